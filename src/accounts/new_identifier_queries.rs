//! The table `new_identifiers`, and the identifier that another takes the place of.
use super::{
    Identifier, NewIdentifier,
    sign_up::{GUESSES, LASTS},
};
use crate::{
    id::{AccountId, IdentifierId, NewIdentifierId},
    secret::Fingerprint,
    store::{StoreError, Topic, Tx},
};

/// What was proven just now.
#[derive(sqlx::FromRow)]
pub(super) struct Used {
    pub(super) account_id: AccountId,
    pub(super) kind: String,
    pub(super) value_norm: String,
    pub(super) password: Option<String>,
    pub(super) credential: String,
    pub(super) browser: String,
}

pub(super) async fn insert(
    tx: &mut Tx,
    id: NewIdentifierId,
    new: &NewIdentifier,
    (token, code, credential): (&Fingerprint, &Fingerprint, &Fingerprint),
) -> Result<(), StoreError> {
    let now = tx.now();
    tx.query(
        "INSERT INTO new_identifiers (id, account_id, kind, value_norm, password, credential,
           browser, token_hash, code_hash, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(id)
    .bind(new.account)
    .bind(new.identifier.kind().as_str())
    .bind(new.identifier.as_str())
    .bind(new.password.clone())
    .bind(credential.as_str())
    .bind(new.browser.as_str())
    .bind(token.as_str())
    .bind(code.as_str())
    .bind(now)
    .bind(now.plus_seconds(LASTS))
    .run()
    .await
    .map(drop)
}

/// Uses the link once, for the account if one is named.
pub(super) async fn use_link(
    tx: &mut Tx,
    token: &Fingerprint,
    account: Option<AccountId>,
) -> Result<Option<Used>, StoreError> {
    let now = tx.now();
    tx.query(
        "UPDATE new_identifiers SET used_at = $2
         WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2
           AND ($3 IS NULL OR account_id = $3) AND (password IS NULL) = ($3 IS NOT NULL)
         RETURNING account_id, kind, value_norm, password, credential, browser",
    )
    .bind(token.as_str())
    .bind(now)
    .bind(account)
    .optional()
    .await
}

/// Uses the code once; a wrong one is counted, and after some of them no code fits.
pub(super) async fn use_code(
    tx: &mut Tx,
    id: NewIdentifierId,
    (code, account): (&Fingerprint, Option<AccountId>),
) -> Result<Option<Used>, StoreError> {
    let now = tx.now();
    let used = tx
        .query(
            "UPDATE new_identifiers SET used_at = $3
             WHERE id = $1 AND code_hash = $2 AND used_at IS NULL AND expires_at > $3
               AND failures < $4
               AND ($5 IS NULL OR account_id = $5) AND (password IS NULL) = ($5 IS NOT NULL)
             RETURNING account_id, kind, value_norm, password, credential, browser",
        )
        .bind(id)
        .bind(code.as_str())
        .bind(now)
        .bind(GUESSES)
        .bind(account)
        .optional()
        .await?;
    if used.is_none() {
        tx.query("UPDATE new_identifiers SET failures = failures + 1 WHERE id = $1")
            .bind(id)
            .run()
            .await?;
    }
    Ok(used)
}

/// The identifier that the account claimed moves into the row of its old one. `false` when that
/// row is there no more.
pub(super) async fn replace(
    tx: &mut Tx,
    old: IdentifierId,
    new: &Identifier,
) -> Result<bool, StoreError> {
    let now = tx.now();
    tx.touch(Topic::People);
    tx.query("DELETE FROM login_identifiers WHERE kind = $1 AND value_norm = $2 AND id <> $3")
        .bind(new.kind().as_str())
        .bind(new.as_str())
        .bind(old)
        .run()
        .await?;
    let replaced = tx
        .query(
            "UPDATE login_identifiers SET kind = $2, value_norm = $3, verified_at = $4
             WHERE id = $1",
        )
        .bind(old)
        .bind(new.kind().as_str())
        .bind(new.as_str())
        .bind(now)
        .run()
        .await?;
    Ok(replaced == 1)
}

pub(super) async fn void(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    let now = tx.now();
    tx.query("UPDATE new_identifiers SET used_at = $2 WHERE account_id = $1 AND used_at IS NULL")
        .bind(account)
        .bind(now)
        .run()
        .await
        .map(drop)
}

pub(super) async fn sweep(tx: &mut Tx) -> Result<u64, StoreError> {
    let now = tx.now();
    tx.query("DELETE FROM new_identifiers WHERE expires_at <= $1 OR used_at IS NOT NULL")
        .bind(now)
        .run()
        .await
}
