//! The tables `accounts` and `login_identifiers`.
use super::{Account, Contact, Identifier, IdentifierKind, Standing, Status};
use crate::{
    clock::Timestamp,
    folding::fold,
    id::{AccountId, IdentifierId},
    store::{StoreError, Topic, Tx},
};

#[derive(sqlx::FromRow)]
struct AccountRow {
    id: AccountId,
    status: String,
    standing: String,
    given_name: String,
    family_name: String,
    display_name: String,
    birth_date: Option<String>,
    contact_identifier_id: Option<IdentifierId>,
    updated_at: Timestamp,
    emancipated_at: Option<Timestamp>,
}

impl TryFrom<AccountRow> for Account {
    type Error = StoreError;

    fn try_from(row: AccountRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            status: parse_status(&row.status)?,
            standing: parse_standing(row.standing)?,
            given_name: row.given_name,
            family_name: row.family_name,
            display_name: row.display_name,
            birth_date: match row.birth_date {
                None => None,
                Some(text) => match text.parse() {
                    Ok(date) => Some(date),
                    Err(_) => return Err(corrupt("accounts.birth_date", "not a date".to_owned())),
                },
            },
            contact_identifier: row.contact_identifier_id,
            updated_at: row.updated_at,
            emancipated_at: row.emancipated_at,
        })
    }
}

const fn corrupt(what: &'static str, value: String) -> StoreError {
    StoreError::Corrupt { what, value }
}

pub(super) fn parse_standing(text: String) -> Result<Standing, StoreError> {
    match text.as_str() {
        "primary" => Ok(Standing::Primary),
        "dependent" => Ok(Standing::Dependent),
        _ => Err(corrupt("accounts.standing", text)),
    }
}

pub(super) fn parse_status(text: &str) -> Result<Status, StoreError> {
    Ok(match text {
        "pending" => Status::Pending,
        "active" => Status::Active,
        "suspended" => Status::Suspended,
        "closed" => Status::Closed,
        other => return Err(corrupt("accounts.status", other.to_owned())),
    })
}

const fn status_text(status: Status) -> &'static str {
    match status {
        Status::Pending => "pending",
        Status::Active => "active",
        Status::Suspended => "suspended",
        Status::Closed => "closed",
    }
}

const fn standing_text(standing: Standing) -> &'static str {
    match standing {
        Standing::Primary => "primary",
        Standing::Dependent => "dependent",
    }
}

/// A person to be stored.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// `sub`, when it was declared; else a fresh one is taken.
    pub id: Option<AccountId>,
    /// Whether the person stands on his own.
    pub standing: Standing,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Day of birth, if known.
    pub birth_date: Option<jiff::civil::Date>,
}

/// Notes that the person signed in now.
///
/// # Errors
/// The database is away.
pub async fn note_sign_in(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    let now = tx.now();
    tx.query("UPDATE accounts SET last_sign_in_at = $2 WHERE id = $1")
        .bind(account)
        .bind(now)
        .run()
        .await
        .map(drop)
}

/// Stores an active account and gives its id.
///
/// # Errors
/// The id is taken, or the database is away.
pub async fn insert_account(tx: &mut Tx, new: NewAccount) -> Result<AccountId, StoreError> {
    let id = new.id.unwrap_or_else(|| tx.id());
    let now = tx.now();
    let display_name = format!("{} {}", new.given_name, new.family_name);
    let display_name = display_name.trim();
    tx.touch(Topic::People);
    tx.query(
        "INSERT INTO accounts (id, status, standing, given_name, family_name, display_name,
           birth_date, created_at, updated_at, search_name)
         VALUES ($1, 'active', $2, $3, $4, $5, $6, $7, $7, $8)",
    )
    .bind(id)
    .bind(standing_text(new.standing))
    .bind(new.given_name)
    .bind(new.family_name)
    .bind(display_name)
    .bind(new.birth_date.map(|date| date.to_string()))
    .bind(now)
    .bind(fold(display_name))
    .run()
    .await?;
    Ok(id)
}

pub(super) async fn update_account(tx: &mut Tx, account: &Account) -> Result<(), StoreError> {
    let now = tx.now();
    tx.touch(Topic::People);
    tx.query(
        "UPDATE accounts SET status = $2, standing = $3, given_name = $4, family_name = $5,
           display_name = $6, birth_date = $7, contact_identifier_id = $8, emancipated_at = $9,
           updated_at = $10, search_name = $11
         WHERE id = $1",
    )
    .bind(account.id)
    .bind(status_text(account.status))
    .bind(standing_text(account.standing))
    .bind(account.given_name.as_str())
    .bind(account.family_name.as_str())
    .bind(account.display_name.as_str())
    .bind(account.birth_date.map(|date| date.to_string()))
    .bind(account.contact_identifier)
    .bind(account.emancipated_at)
    .bind(now)
    .bind(fold(&account.display_name))
    .run()
    .await
    .map(drop)
}

/// Says where letters for a dependent go (I-02). `None`: nowhere.
///
/// # Errors
/// The database is away.
pub async fn put_contact(
    tx: &mut Tx,
    dependent: AccountId,
    contact: Option<IdentifierId>,
) -> Result<(), StoreError> {
    let now = tx.now();
    tx.touch(Topic::People);
    tx.query("UPDATE accounts SET contact_identifier_id = $2, updated_at = $3 WHERE id = $1")
        .bind(dependent)
        .bind(contact)
        .bind(now)
        .run()
        .await
        .map(drop)
}

pub(super) async fn account(tx: &mut Tx, id: AccountId) -> Result<Option<Account>, StoreError> {
    let row: Option<AccountRow> = tx
        .query(
            "SELECT id, status, standing, given_name, family_name, display_name, birth_date,
               contact_identifier_id, updated_at, emancipated_at
             FROM accounts WHERE id = $1",
        )
        .bind(id)
        .optional()
        .await?;
    row.map(Account::try_from).transpose()
}

/// The account that owns `identifier`. `None` when it is free.
///
/// # Errors
/// The database is away.
pub async fn owner_of(
    tx: &mut Tx,
    identifier: &Identifier,
) -> Result<Option<AccountId>, StoreError> {
    let row: Option<(AccountId,)> = tx
        .query("SELECT account_id FROM login_identifiers WHERE kind = $1 AND value_norm = $2")
        .bind(identifier.kind().as_str())
        .bind(identifier.as_str())
        .optional()
        .await?;
    Ok(row.map(|(account,)| account))
}

pub(super) async fn contacts(tx: &mut Tx, account: AccountId) -> Result<Vec<Contact>, StoreError> {
    let rows: Vec<(IdentifierId, String, String)> = tx
        .query(
            "SELECT id, kind, value_norm FROM login_identifiers WHERE account_id = $1
             ORDER BY verified_at, id",
        )
        .bind(account)
        .all()
        .await?;
    let contact = |(id, kind, value): (IdentifierId, String, String)| Contact {
        id,
        kind: if kind == "email" {
            IdentifierKind::Email
        } else {
            IdentifierKind::Phone
        },
        value,
    };
    Ok(rows.into_iter().map(contact).collect())
}

/// Gives `identifier` to `account`, verified now. `Ok(false)` when somebody else owns it
/// (I-05); giving it to its owner changes nothing.
///
/// # Errors
/// The database is away.
pub async fn put_identifier(
    tx: &mut Tx,
    account: AccountId,
    identifier: &Identifier,
) -> Result<bool, StoreError> {
    let (id, now): (IdentifierId, _) = (tx.id(), tx.now());
    tx.touch(Topic::People);
    tx.query(
        "INSERT INTO login_identifiers (id, account_id, kind, value_norm, verified_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (kind, value_norm) DO NOTHING",
    )
    .bind(id)
    .bind(account)
    .bind(identifier.kind().as_str())
    .bind(identifier.as_str())
    .bind(now)
    .run()
    .await?;
    Ok(owner_of(tx, identifier).await? == Some(account))
}

/// Takes from `account` every identifier of the kind but `keep`.
///
/// # Errors
/// The database is away.
pub async fn remove_identifiers_except(
    tx: &mut Tx,
    account: AccountId,
    kind: IdentifierKind,
    keep: Option<&Identifier>,
) -> Result<(), StoreError> {
    tx.touch(Topic::People);
    tx.query(
        "DELETE FROM login_identifiers
         WHERE account_id = $1 AND kind = $2 AND ($3 IS NULL OR value_norm <> $3)",
    )
    .bind(account)
    .bind(kind.as_str())
    .bind(keep.map(|identifier| identifier.as_str().to_owned()))
    .run()
    .await
    .map(drop)
}

/// Closes the account for good. Its identifiers are free again, and its credentials and what
/// waits for a proof are gone.
///
/// # Errors
/// The database is away.
pub async fn close(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    let now = tx.now();
    tx.touch(Topic::People);
    tx.query(
        "UPDATE accounts SET status = 'closed', closed_at = $2, updated_at = $2,
           contact_identifier_id = NULL
         WHERE id = $1",
    )
    .bind(account)
    .bind(now)
    .run()
    .await?;
    for statement in [
        "DELETE FROM login_identifiers WHERE account_id = $1",
        "DELETE FROM credentials WHERE account_id = $1",
        "DELETE FROM recoveries WHERE account_id = $1",
        "DELETE FROM new_identifiers WHERE account_id = $1",
    ] {
        tx.query(statement).bind(account).run().await?;
    }
    Ok(())
}
