//! The table `seen_assertions`: assertions are used once, on all nodes (RFC 7523 §3).
use crate::{
    clock::Timestamp,
    secret::Fingerprint,
    store::{StoreError, Tx},
};

/// Spends an assertion of `client_id`. `false` when it was used before.
pub(super) async fn spend(
    tx: &mut Tx,
    client_id: &str,
    jti: &str,
    exp: i64,
) -> Result<bool, StoreError> {
    let mark = Fingerprint::of(&format!("{client_id}\n{jti}"));
    let spent = tx
        .query(
            "INSERT INTO seen_assertions (hash, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        )
        .bind(mark.as_str())
        .bind(Timestamp::from_seconds(exp).plus_seconds(60))
        .run()
        .await?;
    Ok(spent == 1)
}

/// Forgets assertions that have expired.
///
/// # Errors
/// The database is away.
pub async fn sweep(tx: &mut Tx) -> Result<u64, StoreError> {
    let now = tx.now();
    tx.query("DELETE FROM seen_assertions WHERE expires_at < $1")
        .bind(now)
        .run()
        .await
}
