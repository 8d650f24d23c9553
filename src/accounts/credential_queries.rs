//! The table `credentials`.
use super::Identifier;
use crate::{
    id::{AccountId, Id, IdentifierId, kinds},
    store::{StoreError, Tx},
};

/// Dependents whose passwords are tried with an identifier that they share.
const MOST_SHARING: i64 = 4;

/// The PHC string of the account's password. `None` when it has none.
///
/// # Errors
/// The database is away.
pub async fn password_of(tx: &mut Tx, account: AccountId) -> Result<Option<String>, StoreError> {
    let row: Option<(String,)> = tx
        .query("SELECT material FROM credentials WHERE account_id = $1 AND kind = 'password'")
        .bind(account)
        .optional()
        .await?;
    Ok(row.map(|(phc,)| phc))
}

/// Who chose a dependent's password, where a guardian did.
pub const A_GUARDIAN: &str = "guardian";

/// Stores the account's one password, as a PHC string. A dependent's that a guardian chose stays
/// a guardian's choice when it is changed: whoever knew it may have changed it (N-03).
///
/// # Errors
/// The database is away.
pub async fn put_password(tx: &mut Tx, account: AccountId, phc: &str) -> Result<(), StoreError> {
    let (id, now): (Id<kinds::Credential>, _) = (tx.id(), tx.now());
    tx.query(
        "INSERT INTO credentials (id, account_id, kind, material, created_at, is_personal)
         VALUES ($1, $2, 'password', $3, $4,
           EXISTS (SELECT 1 FROM accounts WHERE id = $2 AND standing = 'dependent'))
         ON CONFLICT (account_id) WHERE kind = 'password' DO UPDATE SET
           material = excluded.material, is_personal = excluded.is_personal,
           chosen_by = CASE WHEN credentials.chosen_by = $5 AND excluded.is_personal THEN $5 END",
    )
    .bind(id)
    .bind(account)
    .bind(phc)
    .bind(now)
    .bind(A_GUARDIAN)
    .run()
    .await
    .map(drop)
}

/// Puts another hash of the same password in the place of `stored`; whose choice it was stays.
pub(super) async fn renew(
    tx: &mut Tx,
    account: AccountId,
    stored: &str,
    fresh: &str,
) -> Result<(), StoreError> {
    tx.query(
        "UPDATE credentials SET material = $3
         WHERE account_id = $1 AND kind = 'password' AND material = $2",
    )
    .bind(account)
    .bind(stored)
    .bind(fresh)
    .run()
    .await
    .map(drop)
}

/// Removes the account's password. `false` when it had none.
///
/// # Errors
/// The database is away.
pub async fn remove_password(tx: &mut Tx, account: AccountId) -> Result<bool, StoreError> {
    let removed = tx
        .query("DELETE FROM credentials WHERE account_id = $1 AND kind = 'password'")
        .bind(account)
        .run()
        .await?;
    Ok(removed == 1)
}

/// Says that the account's password is not its owner's choice.
///
/// # Errors
/// The database is away.
pub async fn mark_chosen_by(
    tx: &mut Tx,
    account: AccountId,
    chooser: &str,
) -> Result<(), StoreError> {
    tx.query("UPDATE credentials SET chosen_by = $2 WHERE account_id = $1 AND kind = 'password'")
        .bind(account)
        .bind(chooser)
        .run()
        .await
        .map(drop)
}

/// Whether the account's password is its owner's choice.
///
/// # Errors
/// The database is away.
pub async fn is_own_choice(tx: &mut Tx, account: AccountId) -> Result<bool, StoreError> {
    let row: Option<(String,)> = tx
        .query(
            "SELECT id FROM credentials
             WHERE account_id = $1 AND kind = 'password' AND chosen_by IS NULL",
        )
        .bind(account)
        .optional()
        .await?;
    Ok(row.is_some())
}

/// The dependents who sign in themselves with the identifier that they share.
///
/// # Errors
/// The database is away.
pub async fn personal_of(tx: &mut Tx, shared: IdentifierId) -> Result<Vec<AccountId>, StoreError> {
    let rows: Vec<(AccountId,)> = tx
        .query(
            "SELECT a.id FROM accounts a JOIN credentials c ON c.account_id = a.id AND c.is_personal
             WHERE a.contact_identifier_id = $1 AND a.standing = 'dependent'",
        )
        .bind(shared)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(account,)| account).collect())
}

/// The dependents whose letters go to the identifier.
///
/// # Errors
/// The database is away.
pub async fn reached_at(tx: &mut Tx, lent: IdentifierId) -> Result<Vec<AccountId>, StoreError> {
    let rows: Vec<(AccountId,)> = tx
        .query("SELECT id FROM accounts WHERE contact_identifier_id = $1 ORDER BY id")
        .bind(lent)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(account,)| account).collect())
}

/// What a sign-in needs to know of the identifier's owner.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Candidate {
    pub(super) account_id: AccountId,
    pub(super) status: String,
    pub(super) material: Option<String>,
}

impl Candidate {
    pub(super) fn is_active(&self) -> bool {
        self.status == "active"
    }
}

pub(super) async fn candidate(
    tx: &mut Tx,
    identifier: &Identifier,
) -> Result<Option<Candidate>, StoreError> {
    tx.query(
        "SELECT a.id AS account_id, a.status, c.material
         FROM login_identifiers i JOIN accounts a ON a.id = i.account_id
         LEFT JOIN credentials c ON c.account_id = a.id AND c.kind = 'password'
         WHERE i.kind = $1 AND i.value_norm = $2",
    )
    .bind(identifier.kind().as_str())
    .bind(identifier.as_str())
    .optional()
    .await
}

/// The dependents who share the identifier and sign in themselves: at most four.
pub(super) async fn sharing(
    tx: &mut Tx,
    identifier: &Identifier,
) -> Result<Vec<Candidate>, StoreError> {
    tx.query(
        "SELECT a.id AS account_id, a.status, c.material
         FROM login_identifiers i JOIN accounts a ON a.contact_identifier_id = i.id
         JOIN credentials c ON c.account_id = a.id AND c.kind = 'password' AND c.is_personal
         WHERE i.kind = $1 AND i.value_norm = $2 AND a.standing = 'dependent'
         ORDER BY c.created_at, a.id LIMIT $3",
    )
    .bind(identifier.kind().as_str())
    .bind(identifier.as_str())
    .bind(MOST_SHARING)
    .all()
    .await
}

/// Whether any dependent of this server signs in himself.
pub(super) async fn is_any_personal(tx: &mut Tx) -> Result<bool, StoreError> {
    let row: Option<(AccountId,)> = tx
        .query("SELECT account_id FROM credentials WHERE is_personal LIMIT 1")
        .optional()
        .await?;
    Ok(row.is_some())
}
