//! The tables `audit_events` and `audit_seals`.
use super::{Event, Outcome};
use crate::{
    clock::Timestamp,
    id::AuditEventId,
    store::{Insert, Query, StoreError, Tx},
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

const EVENTS: Insert = Insert {
    head:
        "INSERT INTO audit_events (id, at, action, outcome, actor, actor_type, subject, client_id,
      organization_id, relation_id, object, reason, address, request_id)",
    columns: 14,
    tail: "",
};

const SEALS: Insert = Insert {
    head: "INSERT INTO audit_seals (seq, event_id, hash)",
    columns: 3,
    tail: "ON CONFLICT DO NOTHING",
};

impl Row {
    fn bind(self, query: Query<'_>) -> Query<'_> {
        query
            .bind(self.id)
            .bind(self.at)
            .bind(self.action)
            .bind(self.outcome)
            .bind(self.actor)
            .bind(self.actor_type)
            .bind(self.subject)
            .bind(self.client_id)
            .bind(self.organization_id)
            .bind(self.relation_id)
            .bind(self.object)
            .bind(self.reason)
            .bind(self.address)
            .bind(self.request_id)
    }
}

pub(super) async fn insert_all(tx: &mut Tx, rows: Vec<Row>) -> Result<(), StoreError> {
    let inserted = tx.insert_all(&EVENTS, rows.into_iter(), Row::bind).await;
    inserted.map(drop)
}

/// An id below those of all events from `moment` on.
pub(super) fn id_before(moment: Timestamp) -> String {
    let millis = u64::try_from(moment.millis()).unwrap_or(0);
    let first = uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid();
    first.hyphenated().to_string()
}

/// When the event's id was made.
pub(super) fn moment_of(id: AuditEventId) -> Timestamp {
    let millis = id.uuid().as_u128() >> 80;
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(0))
}

/// Up to 500 events behind the id `after` that have no seal yet, oldest first.
pub(super) async fn unsealed(tx: &mut Tx, after: &str) -> Result<Vec<Row>, StoreError> {
    // The seals are bounded, too, so that either database walks two short pieces of an index.
    tx.query(
        "SELECT id, at, action, outcome, actor, actor_type, subject, client_id,
           organization_id, relation_id, object, reason, address, request_id
         FROM audit_events e
         WHERE id > $1 AND NOT EXISTS
           (SELECT 1 FROM audit_seals s WHERE s.event_id = e.id AND s.event_id > $1)
         ORDER BY id LIMIT 500",
    )
    .bind(after)
    .all()
    .await
}

/// The last link.
pub(super) async fn head(tx: &mut Tx) -> Result<Option<Seal>, StoreError> {
    tx.query("SELECT seq, event_id, hash FROM audit_seals ORDER BY seq DESC LIMIT 1")
        .optional()
        .await
}

/// Adds links; `false` when another node was first.
pub(super) async fn add_seals(tx: &mut Tx, seals: Vec<Seal>) -> Result<bool, StoreError> {
    let wanted = u64::try_from(seals.len());
    let added = tx.insert_all(&SEALS, seals.into_iter(), Seal::bind).await?;
    Ok(wanted == Ok(added))
}

impl Seal {
    fn bind(self, query: Query<'_>) -> Query<'_> {
        query.bind(self.seq).bind(self.event_id).bind(self.hash)
    }
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
