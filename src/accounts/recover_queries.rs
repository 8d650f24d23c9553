//! The table `recoveries`.
use super::recover::LASTS;
use crate::{
    id::{AccountId, IdentifierId},
    secret::Fingerprint,
    store::{StoreError, Tx},
};

/// A link that may be used.
#[derive(sqlx::FromRow)]
pub(super) struct Recovery {
    pub(super) account_id: AccountId,
    pub(super) credential: String,
    pub(super) value_norm: String,
}

/// A link that was used just now.
#[derive(sqlx::FromRow)]
pub(super) struct Used {
    pub(super) account_id: AccountId,
    pub(super) credential: String,
}

pub(super) async fn insert(
    tx: &mut Tx,
    (account, identifier): (AccountId, IdentifierId),
    credential: &Fingerprint,
    token: &Fingerprint,
) -> Result<(), StoreError> {
    let now = tx.now();
    let id = tx.id::<Recovery>();
    tx.query(
        "INSERT INTO recoveries (id, account_id, identifier_id, credential, token_hash,
           created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id)
    .bind(account)
    .bind(identifier)
    .bind(credential.as_str())
    .bind(token.as_str())
    .bind(now)
    .bind(now.plus_seconds(LASTS))
    .run()
    .await
    .map(drop)
}

/// The link, while the address it was sent to is still its account's.
pub(super) async fn find(tx: &mut Tx, token: &Fingerprint) -> Result<Option<Recovery>, StoreError> {
    let now = tx.now();
    tx.query(
        "SELECT r.account_id, r.credential, i.value_norm
         FROM recoveries r JOIN login_identifiers i
           ON i.id = r.identifier_id AND i.account_id = r.account_id
         WHERE r.token_hash = $1 AND r.used_at IS NULL AND r.expires_at > $2",
    )
    .bind(token.as_str())
    .bind(now)
    .optional()
    .await
}

/// Uses the link once.
pub(super) async fn use_link(tx: &mut Tx, token: &Fingerprint) -> Result<Option<Used>, StoreError> {
    let now = tx.now();
    tx.query(
        "UPDATE recoveries SET used_at = $2
         WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2
           AND EXISTS (SELECT 1 FROM login_identifiers i
             WHERE i.id = recoveries.identifier_id AND i.account_id = recoveries.account_id)
         RETURNING account_id, credential",
    )
    .bind(token.as_str())
    .bind(now)
    .optional()
    .await
}

/// No link that was sent to the account works any more.
pub(super) async fn void(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    let now = tx.now();
    tx.query("UPDATE recoveries SET used_at = $2 WHERE account_id = $1 AND used_at IS NULL")
        .bind(account)
        .bind(now)
        .run()
        .await
        .map(drop)
}

pub(super) async fn sweep(tx: &mut Tx) -> Result<u64, StoreError> {
    let now = tx.now();
    tx.query("DELETE FROM recoveries WHERE expires_at <= $1 OR used_at IS NOT NULL")
        .bind(now)
        .run()
        .await
}
