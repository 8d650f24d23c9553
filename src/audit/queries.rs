//! The tables `audit_events` and `audit_seals`.
use super::{Event, Outcome};
use crate::{
    clock::Timestamp,
    id::AuditEventId,
    store::{StoreError, Tx},
};

/// An event as it is stored.
#[derive(Debug, sqlx::FromRow, serde::Serialize)]
pub(super) struct Row {
    pub(super) id: AuditEventId,
    at: i64,
    action: String,
    outcome: String,
    actor: Option<String>,
    actor_type: Option<String>,
    subject: Option<String>,
    client_id: Option<String>,
    organization_id: Option<String>,
    relation_id: Option<String>,
    object: Option<String>,
    reason: Option<String>,
    address: Option<String>,
    request_id: Option<String>,
}

/// A link of the chain.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Seal {
    pub(super) seq: i64,
    pub(super) event_id: AuditEventId,
    pub(super) hash: String,
}

impl Row {
    /// The event as it is stored in the unit of work `tx`.
    pub(super) fn of(tx: &mut Tx, event: Event) -> Self {
        Self {
            id: tx.id(),
            at: tx.now().millis(),
            action: event.action.name().to_owned(),
            outcome: match event.outcome {
                Outcome::Done => "done".to_owned(),
                Outcome::Refused => "refused".to_owned(),
            },
            actor: event.actor,
            actor_type: event.actor_type.map(str::to_owned),
            subject: event.subject,
            client_id: event.client_id,
            organization_id: event.organization.map(|id| id.to_string()),
            relation_id: event.relation_id,
            object: event.object,
            reason: event.reason,
            address: tx.origin().and_then(|o| o.address).map(|a| a.to_string()),
            request_id: tx.origin().map(|o| o.request_id.clone()),
        }
    }
}

pub(super) async fn insert(tx: &mut Tx, row: Row) -> Result<(), StoreError> {
    tx.query(
        "INSERT INTO audit_events (id, at, action, outcome, actor, actor_type, subject, client_id,
           organization_id, relation_id, object, reason, address, request_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(row.id)
    .bind(row.at)
    .bind(row.action)
    .bind(row.outcome)
    .bind(row.actor)
    .bind(row.actor_type)
    .bind(row.subject)
    .bind(row.client_id)
    .bind(row.organization_id)
    .bind(row.relation_id)
    .bind(row.object)
    .bind(row.reason)
    .bind(row.address)
    .bind(row.request_id)
    .run()
    .await
    .map(drop)
}

/// Many rows in one statement: what a statement costs is its way to the database.
pub(super) async fn insert_all(tx: &mut Tx, rows: &[Row]) -> Result<(), StoreError> {
    let json = serde_json::to_string(rows).map_err(|error| StoreError::Corrupt {
        what: "audit_events",
        value: error.to_string(),
    })?;
    tx.query_per_database(
        "INSERT INTO audit_events (id, at, action, outcome, actor, actor_type, subject, client_id,
           organization_id, relation_id, object, reason, address, request_id)
         SELECT value ->> 'id', value ->> 'at', value ->> 'action', value ->> 'outcome',
           value ->> 'actor', value ->> 'actor_type', value ->> 'subject', value ->> 'client_id',
           value ->> 'organization_id', value ->> 'relation_id', value ->> 'object',
           value ->> 'reason', value ->> 'address', value ->> 'request_id'
         FROM json_each($1)",
        "INSERT INTO audit_events (id, at, action, outcome, actor, actor_type, subject, client_id,
           organization_id, relation_id, object, reason, address, request_id)
         SELECT id, at, action, outcome, actor, actor_type, subject, client_id, organization_id,
           relation_id, object, reason, address, request_id
         FROM json_to_recordset(CAST($1 AS json)) AS rows (id text, at bigint, action text,
           outcome text, actor text, actor_type text, subject text, client_id text,
           organization_id text, relation_id text, object text, reason text, address text,
           request_id text)",
    )
    .bind(json)
    .run()
    .await
    .map(drop)
}

/// Up to 500 events from `since` on that have no seal yet, oldest first.
pub(super) async fn unsealed(tx: &mut Tx, since: Timestamp) -> Result<Vec<Row>, StoreError> {
    let millis = u64::try_from(since.millis()).unwrap_or(0);
    let first = uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid();
    tx.query(
        "SELECT e.id, e.at, e.action, e.outcome, e.actor, e.actor_type, e.subject, e.client_id,
           e.organization_id, e.relation_id, e.object, e.reason, e.address, e.request_id
         FROM audit_events e LEFT JOIN audit_seals s ON s.event_id = e.id
         WHERE e.id >= $1 AND s.event_id IS NULL ORDER BY e.id LIMIT 500",
    )
    .bind(first.hyphenated().to_string())
    .all()
    .await
}

/// The last link.
pub(super) async fn head(tx: &mut Tx) -> Result<Option<Seal>, StoreError> {
    tx.query("SELECT seq, event_id, hash FROM audit_seals ORDER BY seq DESC LIMIT 1")
        .optional()
        .await
}

/// Adds a link; `false` when another node was first.
pub(super) async fn add_seal(tx: &mut Tx, seal: &Seal) -> Result<bool, StoreError> {
    let added = tx
        .query(
            "INSERT INTO audit_seals (seq, event_id, hash) VALUES ($1, $2, $3)
             ON CONFLICT DO NOTHING",
        )
        .bind(seal.seq)
        .bind(seal.event_id)
        .bind(seal.hash.as_str())
        .run()
        .await?;
    Ok(added == 1)
}

/// Up to 500 links after `seq`, oldest first.
pub(super) async fn seals_after(tx: &mut Tx, seq: i64) -> Result<Vec<Seal>, StoreError> {
    tx.query("SELECT seq, event_id, hash FROM audit_seals WHERE seq > $1 ORDER BY seq LIMIT 500")
        .bind(seq)
        .all()
        .await
}

/// The event, if it still exists.
pub(super) async fn event(tx: &mut Tx, id: AuditEventId) -> Result<Option<Row>, StoreError> {
    tx.query(
        "SELECT id, at, action, outcome, actor, actor_type, subject, client_id,
           organization_id, relation_id, object, reason, address, request_id
         FROM audit_events WHERE id = $1",
    )
    .bind(id)
    .optional()
    .await
}
