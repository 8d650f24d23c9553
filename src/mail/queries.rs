//! The table `mail_outbox`.
use crate::store::{StoreError, Tx};

/// A letter that this node sends.
#[derive(sqlx::FromRow)]
pub(super) struct Taken {
    pub(super) id: String,
    pub(super) recipient: String,
    pub(super) letter: String,
    pub(super) attempts: i64,
}

pub(super) async fn insert(
    tx: &mut Tx,
    id: &str,
    (recipient, letter): (String, String),
) -> Result<(), StoreError> {
    let now = tx.now();
    tx.query(
        "INSERT INTO mail_outbox (id, recipient, letter, next_at, created_at)
         VALUES ($1, $2, $3, $4, $4)",
    )
    .bind(id)
    .bind(recipient)
    .bind(letter)
    .bind(now)
    .run()
    .await
    .map(drop)
}

pub(super) async fn is_any_due(tx: &mut Tx) -> Result<bool, StoreError> {
    let now = tx.now();
    let due: Option<(i64,)> = tx
        .query("SELECT next_at FROM mail_outbox WHERE next_at <= $1 LIMIT 1")
        .bind(now)
        .optional()
        .await?;
    Ok(due.is_some())
}

/// Takes the letter that waits longest; for `seconds` no other node takes it.
pub(super) async fn take(tx: &mut Tx, seconds: i64) -> Result<Option<Taken>, StoreError> {
    let now = tx.now();
    tx.query(
        "UPDATE mail_outbox SET attempts = attempts + 1, next_at = $2
         WHERE next_at <= $1 AND id = (
           SELECT id FROM mail_outbox WHERE next_at <= $1 ORDER BY next_at, id LIMIT 1)
         RETURNING id, recipient, letter, attempts",
    )
    .bind(now)
    .bind(now.plus_seconds(seconds))
    .optional()
    .await
}

pub(super) async fn put_off(tx: &mut Tx, id: &str, seconds: i64) -> Result<(), StoreError> {
    let next = tx.now().plus_seconds(seconds);
    tx.query("UPDATE mail_outbox SET next_at = $2 WHERE id = $1")
        .bind(id)
        .bind(next)
        .run()
        .await
        .map(drop)
}

pub(super) async fn delete(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    tx.query("DELETE FROM mail_outbox WHERE id = $1")
        .bind(id)
        .run()
        .await
        .map(drop)
}

/// Every letter that waits.
pub(super) async fn all(tx: &mut Tx) -> Result<Vec<Taken>, StoreError> {
    tx.query("SELECT id, recipient, letter, attempts FROM mail_outbox ORDER BY id")
        .all()
        .await
}

/// The same letter, sealed anew.
pub(super) async fn replace(
    tx: &mut Tx,
    id: &str,
    (recipient, letter): (String, String),
) -> Result<(), StoreError> {
    tx.query("UPDATE mail_outbox SET recipient = $2, letter = $3 WHERE id = $1")
        .bind(id)
        .bind(recipient)
        .bind(letter)
        .run()
        .await
        .map(drop)
}

/// How long it is remembered that a letter was not delivered, in seconds: half a year.
const REMEMBERED: i64 = 182 * 24 * 60 * 60;

/// Remembers that the letter was not delivered, and forgets what was long ago.
pub(super) async fn note_undelivered(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    let now = tx.now();
    tx.query("DELETE FROM undelivered_letters WHERE failed_at < $1")
        .bind(now.plus_seconds(-REMEMBERED))
        .run()
        .await?;
    tx.query(
        "INSERT INTO undelivered_letters (letter_id, failed_at) VALUES ($1, $2)
         ON CONFLICT (letter_id) DO NOTHING",
    )
    .bind(id)
    .bind(now)
    .run()
    .await
    .map(drop)
}
