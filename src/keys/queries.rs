//! The table `signing_keys`.
//!
//! Of each algorithm at most one key has no end set (`retired_at IS NULL`, a unique
//! index): the newest. Whoever replaces it sets its end first, in one conditional
//! statement, so that of many who try at once one succeeds.
use super::{Alg, life::Life};
use crate::{
    clock::Timestamp,
    store::{StoreError, Tx},
};

/// A stored key.
#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) kid: String,
    pub(super) alg: String,
    pub(super) public_key: String,
    pub(super) private_key: String,
    #[sqlx(flatten)]
    pub(super) life: Life,
}

impl Row {
    pub(super) fn alg(&self) -> Result<Alg, StoreError> {
        read_alg(&self.alg)
    }
}

fn read_alg(text: &str) -> Result<Alg, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt {
        what: "signing_keys.alg",
        value: text.to_owned(),
    })
}

/// Every key ever made, oldest first.
pub(super) async fn all(tx: &mut Tx) -> Result<Vec<Row>, StoreError> {
    tx.query(
        "SELECT kid, alg, public_key, private_key, published_at, active_at, retired_at, removed_at
         FROM signing_keys ORDER BY published_at, kid",
    )
    .all()
    .await
}

/// The id of the key that sealed a record.
fn seal_id(sealed: &str) -> &str {
    sealed.split_once(':').map_or("", |(id, _)| id)
}

/// Which key-encryption key everything is sealed with. `None`: nothing is sealed.
pub(super) async fn sealed_by(tx: &mut Tx) -> Result<Option<String>, StoreError> {
    if let Some((id, _)) = key_encryption(tx).await? {
        return Ok(Some(id));
    }
    let sealed: Option<(String,)> = tx
        .query("SELECT private_key FROM signing_keys WHERE private_key <> '' LIMIT 1")
        .optional()
        .await?;
    Ok(sealed.map(|(sealed,)| seal_id(&sealed).to_owned()))
}

/// The id of the key-encryption key and the sealed root of MACs, once that key was changed.
pub(super) async fn key_encryption(tx: &mut Tx) -> Result<Option<(String, String)>, StoreError> {
    tx.query("SELECT kek_id, mac_root FROM key_encryption")
        .optional()
        .await
}

/// Records that everything is sealed with the key `kek_id` from now on.
pub(super) async fn set_key_encryption(
    tx: &mut Tx,
    kek_id: &str,
    mac_root: String,
) -> Result<(), StoreError> {
    tx.query(
        "INSERT INTO key_encryption (one, kek_id, mac_root) VALUES (1, $1, $2)
         ON CONFLICT (one) DO UPDATE SET kek_id = $1, mac_root = $2",
    )
    .bind(kek_id.to_owned())
    .bind(mac_root)
    .run()
    .await?;
    Ok(())
}

/// Replaces the sealed private half of a key.
pub(super) async fn set_private_key(
    tx: &mut Tx,
    kid: &str,
    sealed: String,
) -> Result<(), StoreError> {
    tx.query("UPDATE signing_keys SET private_key = $2 WHERE kid = $1")
        .bind(kid.to_owned())
        .bind(sealed)
        .run()
        .await?;
    Ok(())
}

/// Stores a key without end. `false` when there is one of its algorithm already, or when
/// everything was sealed with another key-encryption key meanwhile.
pub(super) async fn insert(tx: &mut Tx, row: &Row) -> Result<bool, StoreError> {
    let inserted = tx
        .query(
            "INSERT INTO signing_keys (kid, alg, public_key, private_key, published_at, active_at)
             SELECT $1, $2, $3, $4, $5, $6
             WHERE NOT EXISTS (SELECT 1 FROM key_encryption WHERE kek_id <> $7)
             ON CONFLICT DO NOTHING",
        )
        .bind(row.kid.clone())
        .bind(row.alg.clone())
        .bind(row.public_key.clone())
        .bind(row.private_key.clone())
        .bind(row.life.published_at)
        .bind(row.life.active_at)
        .bind(seal_id(&row.private_key).to_owned())
        .run()
        .await?;
    Ok(inserted == 1)
}

/// Sets the end of the algorithm's newest key, if that one signs already. Gives its id.
pub(super) async fn end_newest(
    tx: &mut Tx,
    alg: Alg,
    retired_at: Timestamp,
    removed_at: Timestamp,
) -> Result<Option<String>, StoreError> {
    let now = tx.now();
    let ended: Option<(String,)> = tx
        .query(
            "UPDATE signing_keys SET retired_at = $2, removed_at = $3
             WHERE alg = $1 AND retired_at IS NULL AND active_at <= $4 RETURNING kid",
        )
        .bind(alg.name())
        .bind(retired_at)
        .bind(removed_at)
        .bind(now)
        .optional()
        .await?;
    Ok(ended.map(|(kid,)| kid))
}

/// Ends a key and its publication now, and forgets its private half. `None` when it
/// is unknown or removed already.
pub(super) async fn remove(tx: &mut Tx, kid: &str) -> Result<Option<Alg>, StoreError> {
    let now = tx.now();
    let removed: Option<(String,)> = tx
        .query(
            "UPDATE signing_keys
             SET retired_at = CASE WHEN retired_at < $2 THEN retired_at ELSE $2 END,
                 removed_at = $2, private_key = ''
             WHERE kid = $1 AND (removed_at IS NULL OR removed_at > $2) RETURNING alg",
        )
        .bind(kid.to_owned())
        .bind(now)
        .optional()
        .await?;
    removed.map(|(alg,)| read_alg(&alg)).transpose()
}

/// Lets the key that signs now go on without end. Gives its id.
pub(super) async fn reinstate(tx: &mut Tx, alg: Alg) -> Result<Option<String>, StoreError> {
    let now = tx.now();
    let kept: Option<(String,)> = tx
        .query(
            "UPDATE signing_keys SET retired_at = NULL, removed_at = NULL
             WHERE kid = (SELECT kid FROM signing_keys
                          WHERE alg = $1 AND active_at <= $2 AND retired_at > $2
                          ORDER BY active_at DESC LIMIT 1)
               AND NOT EXISTS (SELECT 1 FROM signing_keys WHERE alg = $1 AND retired_at IS NULL)
             RETURNING kid",
        )
        .bind(alg.name())
        .bind(now)
        .optional()
        .await?;
    Ok(kept.map(|(kid,)| kid))
}

/// Lets the newest key sign from now on, if nothing else of its algorithm does.
/// Gives its id.
pub(super) async fn promote(tx: &mut Tx, alg: Alg) -> Result<Option<String>, StoreError> {
    let now = tx.now();
    let promoted: Option<(String,)> = tx
        .query(
            "UPDATE signing_keys SET active_at = $2
             WHERE alg = $1 AND retired_at IS NULL AND active_at > $2
               AND NOT EXISTS (SELECT 1 FROM signing_keys
                               WHERE alg = $1 AND active_at <= $2 AND retired_at > $2)
             RETURNING kid",
        )
        .bind(alg.name())
        .bind(now)
        .optional()
        .await?;
    Ok(promoted.map(|(kid,)| kid))
}

/// Forgets the private halves of keys whose time is over. Gives how many.
pub(super) async fn forget_removed(tx: &mut Tx) -> Result<u64, StoreError> {
    let now = tx.now();
    tx.query(
        "UPDATE signing_keys SET private_key = '' WHERE removed_at <= $1 AND private_key <> ''",
    )
    .bind(now)
    .run()
    .await
}
