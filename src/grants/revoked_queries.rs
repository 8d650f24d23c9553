//! The table `revoked_tokens`, and forgetting what is over.
use crate::{
    clock::Timestamp,
    store::{StoreError, Topic, Tx},
};

/// How long what has ended is kept, in seconds: a week, for reports and replay detection.
const KEPT: i64 = 7 * 24 * 60 * 60;

pub(super) async fn revoke_token(
    tx: &mut Tx,
    jti: &str,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    tx.touch(Topic::Revocations);
    tx.query("INSERT INTO revoked_tokens (jti, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(jti)
        .bind(expires_at)
        .run()
        .await
        .map(drop)
}

pub(super) async fn is_token_revoked(tx: &mut Tx, jti: &str) -> Result<bool, StoreError> {
    let row: Option<(String,)> = tx
        .query("SELECT jti FROM revoked_tokens WHERE jti = $1")
        .bind(jti)
        .optional()
        .await?;
    Ok(row.is_some())
}

pub(super) async fn sweep(tx: &mut Tx) -> Result<u64, StoreError> {
    let now = tx.now();
    let long_ago = now.plus_seconds(-KEPT);
    let never_redeemed = tx
        .query("DELETE FROM grants WHERE redeemed_at IS NULL AND code_expires_at < $1")
        .bind(now.plus_seconds(-600))
        .run()
        .await?;
    let ended = tx
        .query("DELETE FROM grants WHERE expires_at < $1")
        .bind(long_ago)
        .run()
        .await?;
    let tokens = tx
        .query("DELETE FROM revoked_tokens WHERE expires_at < $1")
        .bind(now.plus_seconds(-120))
        .run()
        .await?;
    Ok(never_redeemed + ended + tokens)
}
