//! The table `authorization_requests`: requests under way, each tied to one browser.
use super::request::Checked;
use crate::{
    clients::Decision,
    clock::Timestamp,
    grants::Capacity,
    id::AuthorizationRequestId,
    secret::Fingerprint,
    store::{StoreError, Tx},
};

/// How long a request may take, in seconds.
const LASTS: i64 = 3600;

/// A request under way.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) id: AuthorizationRequestId,
    pub(super) request: Checked,
    pub(super) chosen: Option<Capacity>,
    pub(super) decision: Option<Decision>,
    pub(super) began_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: AuthorizationRequestId,
    request: String,
    capacity: Option<String>,
    consent: Option<String>,
    created_at: Timestamp,
}

fn read<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt {
        what,
        value: error.to_string(),
    })
}

fn write<T: serde::Serialize>(what: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt {
        what,
        value: error.to_string(),
    })
}

pub(super) async fn insert(
    tx: &mut Tx,
    request: &Checked,
    browser: &Fingerprint,
) -> Result<AuthorizationRequestId, StoreError> {
    let (id, now) = (tx.id(), tx.now());
    let json = write("authorization_requests.request", request)?;
    tx.query(
        "INSERT INTO authorization_requests (id, cookie_hash, client_id, request, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id)
    .bind(browser.as_str())
    .bind(request.client_id.as_str())
    .bind(json)
    .bind(now)
    .bind(now.plus_seconds(LASTS))
    .run()
    .await?;
    Ok(id)
}

/// The request, if it is this browser's, not too old and not yet answered.
pub(super) async fn find(
    tx: &mut Tx,
    id: AuthorizationRequestId,
    browser: &Fingerprint,
) -> Result<Option<Pending>, StoreError> {
    let now = tx.now();
    let row: Option<Row> = tx
        .query(
            "SELECT id, request, capacity, consent, created_at FROM authorization_requests
             WHERE id = $1 AND cookie_hash = $2 AND answered_at IS NULL AND expires_at > $3",
        )
        .bind(id)
        .bind(browser.as_str())
        .bind(now)
        .optional()
        .await?;
    let Some(row) = row else { return Ok(None) };
    let capacity = row
        .capacity
        .map(|text| read("authorization_requests.capacity", &text));
    let consent = row
        .consent
        .map(|text| read("authorization_requests.consent", &text));
    Ok(Some(Pending {
        id: row.id,
        request: read("authorization_requests.request", &row.request)?,
        chosen: capacity.transpose()?,
        decision: consent.transpose()?,
        began_at: row.created_at,
    }))
}

/// Notes the choice. A new choice asks for consent anew.
pub(super) async fn choose(
    tx: &mut Tx,
    id: AuthorizationRequestId,
    capacity: &Capacity,
) -> Result<bool, StoreError> {
    let json = write("authorization_requests.capacity", capacity)?;
    let noted = tx
        .query(
            "UPDATE authorization_requests SET capacity = $2, consent = NULL
             WHERE id = $1 AND answered_at IS NULL",
        )
        .bind(id)
        .bind(json)
        .run()
        .await?;
    Ok(noted == 1)
}

/// Notes what was decided about `capacity`, as long as the choice is still the one that
/// was read with the request.
pub(super) async fn decide(
    tx: &mut Tx,
    id: AuthorizationRequestId,
    (read, capacity): (Option<&Capacity>, &Capacity),
    decision: &Decision,
) -> Result<bool, StoreError> {
    let read = read.map(|read| write("authorization_requests.capacity", read));
    let (capacity, json) = (
        write("authorization_requests.capacity", capacity)?,
        write("authorization_requests.consent", decision)?,
    );
    let noted = tx
        .query(
            "UPDATE authorization_requests SET capacity = $2, consent = $3
             WHERE id = $1 AND answered_at IS NULL AND capacity IS NOT DISTINCT FROM $4",
        )
        .bind(id)
        .bind(capacity)
        .bind(json)
        .bind(read.transpose()?)
        .run()
        .await?;
    Ok(noted == 1)
}

/// Takes the request out of play: only the first caller may answer it.
pub(super) async fn answer(tx: &mut Tx, id: AuthorizationRequestId) -> Result<bool, StoreError> {
    let now = tx.now();
    let answered = tx
        .query(
            "UPDATE authorization_requests SET answered_at = $2
             WHERE id = $1 AND answered_at IS NULL",
        )
        .bind(id)
        .bind(now)
        .run()
        .await?;
    Ok(answered == 1)
}

/// Forgets requests that are over.
///
/// # Errors
/// The database is away.
pub async fn sweep(tx: &mut Tx) -> Result<u64, StoreError> {
    let now = tx.now();
    tx.query("DELETE FROM authorization_requests WHERE expires_at < $1")
        .bind(now)
        .run()
        .await
}
