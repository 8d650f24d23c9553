//! The tables `audit_events` and `audit_seals`.
use std::{collections::HashSet, sync::Arc};

use super::{Event, Outcome};
use crate::{
    clock::Timestamp,
    id::AuditEventId,
    store::{Insert, Query, StoreError, Tx},
};

/// An event as it is stored.
#[derive(Debug, Clone, sqlx::FromRow, serde::Serialize)]
pub(super) struct Row {
    pub(super) id: AuditEventId,
    at: i64,
    action: Arc<str>,
    outcome: Arc<str>,
    actor: Option<Arc<str>>,
    actor_type: Option<Arc<str>>,
    subject: Option<Arc<str>>,
    client_id: Option<Arc<str>>,
    organization_id: Option<Arc<str>>,
    relation_id: Option<Arc<str>>,
    object: Option<Arc<str>>,
    reason: Option<Arc<str>>,
    address: Option<Arc<str>>,
    request_id: Option<Arc<str>>,
}

/// Events that have the beginning of their ids in common, which are those of a quarter of a second.
/// Seals never reach over two of them, so whether a slot has events without a seal is
/// found by looking at this slot alone.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub(super) struct Slot(String);

impl Slot {
    /// How many characters of an id: 40 bits of its time, and a hyphen.
    const LENGTH: usize = 11;

    pub(super) fn of(id: &str) -> Self {
        Self(id.chars().take(Self::LENGTH).collect())
    }

    /// Greater than every id in it, and less than those behind.
    pub(super) fn end(&self) -> String {
        format!("{}g", self.0)
    }

    /// When its first event may have been made.
    pub(super) fn begin(&self) -> Timestamp {
        let digits = self.0.replace('-', "");
        let quarter = i64::from_str_radix(&digits, 16).unwrap_or(0);
        Timestamp::from_millis(quarter << 8)
    }
}

/// The end of the chain.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Last {
    /// How many events have seals.
    pub(super) seq: i64,
    /// The seal of the last.
    pub(super) hash: String,
    /// Where it stands.
    pub(super) slot: Slot,
}

/// Seals of events of one slot: links of the chain, one behind the other.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Seals {
    /// How many events are sealed before these.
    pub(super) after: i64,
    /// The number of the last of these.
    pub(super) seq: i64,
    /// Its seal.
    pub(super) hash: String,
    pub(super) slot: Slot,
    ids: String,
    hashes: String,
}

/// Characters of an id, and of a seal.
const ID: usize = 36;
const HASH: usize = 64;

impl Seals {
    /// No seals yet and room for `count`, behind `after` others of which the last is `hash`.
    pub(super) fn behind(after: i64, hash: String, slot: Slot, count: usize) -> Self {
        Self {
            after,
            seq: after,
            hash,
            slot,
            ids: String::with_capacity(count * ID),
            hashes: String::with_capacity(count * HASH),
        }
    }

    /// Adds the seal `hash` of the event.
    pub(super) fn add(&mut self, event: AuditEventId, hash: String) {
        self.seq += 1;
        let mut id = uuid::Uuid::encode_buffer();
        self.ids
            .push_str(event.uuid().hyphenated().encode_lower(&mut id));
        self.hashes.push_str(&hash);
        self.hash = hash;
    }

    /// Each event's id and seal. `None` when they do not fit to each other or to the numbers.
    pub(super) fn links(&self) -> Option<Vec<(&str, &str)>> {
        let (ids, hashes) = (pieces(&self.ids, ID)?, pieces(&self.hashes, HASH)?);
        let fit = i64::try_from(ids.len()) == Ok(self.seq - self.after)
            && ids.len() == hashes.len()
            && hashes.last() == Some(&self.hash.as_str());
        fit.then(|| ids.into_iter().zip(hashes).collect())
    }
}

/// Cuts `text` into pieces of `length` ASCII characters each.
fn pieces(text: &str, length: usize) -> Option<Vec<&str>> {
    let fits = text.is_ascii() && text.len().is_multiple_of(length);
    let cut = |piece| std::str::from_utf8(piece).ok();
    fits.then(|| text.as_bytes().chunks(length).filter_map(cut).collect())
}

impl Row {
    /// What the unit of work `tx` stores of an event that happened at `at`.
    pub(super) fn of(tx: &mut Tx, event: Event, at: Timestamp) -> Self {
        Self {
            id: tx.id(),
            at: at.millis(),
            action: event.action.name().into(),
            outcome: match event.outcome {
                Outcome::Done => "done".into(),
                Outcome::Refused => "refused".into(),
            },
            actor: event.actor,
            actor_type: event.actor_type.map(Into::into),
            subject: event.subject,
            client_id: event.client_id,
            organization_id: event.organization.map(|id| id.to_string().into()),
            relation_id: event.relation_id,
            object: event.object,
            reason: event.reason,
            address: tx
                .origin()
                .and_then(|o| o.address)
                .map(|a| a.to_string().into()),
            request_id: tx.origin().map(|o| Arc::clone(&o.request_id)),
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

/// The first slot that holds an id greater than `after`.
pub(super) async fn slot_after(tx: &mut Tx, after: &str) -> Result<Option<Slot>, StoreError> {
    let found: Option<(String,)> = tx
        .query("SELECT id FROM audit_events WHERE id > $1 ORDER BY id LIMIT 1")
        .bind(after)
        .optional()
        .await?;
    Ok(found.map(|(id,)| Slot::of(&id)))
}

/// The ids of the slot's events that have no seal yet, in order, and how many have one. Those
/// between which an event has its seal are in lists of their own, so that it is not read with them.
pub(super) async fn unsealed(
    tx: &mut Tx,
    slot: &Slot,
) -> Result<(Vec<Vec<String>>, i64), StoreError> {
    let (events, sealed): (i64, i64) = tx
        .query(
            "SELECT (SELECT COUNT(*) FROM audit_events WHERE id > $1 AND id < $2),
               (SELECT CAST(COALESCE(SUM(seq - after), 0) AS BIGINT) FROM audit_seals
                WHERE slot = $1)",
        )
        .bind(slot.clone())
        .bind(slot.end())
        .one()
        .await?;
    if events == sealed {
        return Ok((Vec::new(), sealed));
    }
    let (all, with_seal): (String, String) = tx
        .query(
            "SELECT (SELECT COALESCE(string_agg(id, ''), '') FROM audit_events
                WHERE id > $1 AND id < $2),
               (SELECT COALESCE(string_agg(ids, ''), '') FROM audit_seals WHERE slot = $1)",
        )
        .bind(slot.clone())
        .bind(slot.end())
        .one()
        .await?;
    let mut all = pieces(&all, ID).unwrap_or_default();
    all.sort_unstable();
    let with_seal: HashSet<_> = pieces(&with_seal, ID)
        .unwrap_or_default()
        .into_iter()
        .collect();
    let lists = all
        .split(|id| with_seal.contains(id))
        .filter(|list| !list.is_empty())
        .map(|list| list.iter().map(|id| (*id).to_owned()).collect());
    Ok((lists.collect(), sealed))
}

/// The ids that got seals in the slot after the event number `seq`.
pub(super) async fn sealed_since(
    tx: &mut Tx,
    slot: &Slot,
    seq: i64,
) -> Result<Vec<String>, StoreError> {
    let ids = tx.query("SELECT ids FROM audit_seals WHERE slot = $1 AND after >= $2");
    let ids: Vec<(String,)> = ids.bind(slot.clone()).bind(seq).all().await?;
    Ok(ids.into_iter().map(|(ids,)| ids).collect())
}

/// The last link, and how many seals the slot has, as they are at one moment.
pub(super) async fn last_and_sealed(
    tx: &mut Tx,
    slot: &Slot,
) -> Result<(Option<Last>, i64), StoreError> {
    let found: Option<(i64, String, Slot, i64)> = tx
        .query(
            "SELECT seq, hash, slot,
               (SELECT CAST(COALESCE(SUM(seq - after), 0) AS BIGINT) FROM audit_seals
                WHERE slot = $1)
             FROM audit_seals ORDER BY after DESC LIMIT 1",
        )
        .bind(slot.clone())
        .optional()
        .await?;
    Ok(match found {
        Some((seq, hash, slot, sealed)) => (Some(Last { seq, hash, slot }), sealed),
        None => (None, 0),
    })
}

/// The last link.
pub(super) async fn last(tx: &mut Tx) -> Result<Option<Last>, StoreError> {
    tx.query("SELECT seq, hash, slot FROM audit_seals ORDER BY after DESC LIMIT 1")
        .optional()
        .await
}

/// Adds links; `false` when another node was first.
pub(super) async fn add_seals(tx: &mut Tx, seals: Seals) -> Result<bool, StoreError> {
    let added = tx
        .query(
            "INSERT INTO audit_seals (after, seq, hash, slot, ids, hashes)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        )
        .bind(seals.after)
        .bind(seals.seq)
        .bind(seals.hash)
        .bind(seals.slot)
        .bind(seals.ids)
        .bind(seals.hashes)
        .run()
        .await?;
    Ok(added == 1)
}

/// Some links after the event number `seq`, oldest first.
pub(super) async fn seals_after(tx: &mut Tx, seq: i64) -> Result<Vec<Seals>, StoreError> {
    tx.query(
        "SELECT after, seq, hash, slot, ids, hashes FROM audit_seals
         WHERE after >= $1 ORDER BY after LIMIT 20",
    )
    .bind(seq)
    .all()
    .await
}

/// The events from the id `first` to the id `last`, in their order.
pub(super) async fn events(tx: &mut Tx, first: &str, last: &str) -> Result<Vec<Row>, StoreError> {
    tx.query(
        "SELECT id, at, action, outcome, actor, actor_type, subject, client_id,
           organization_id, relation_id, object, reason, address, request_id
         FROM audit_events WHERE id >= $1 AND id <= $2 ORDER BY id",
    )
    .bind(first)
    .bind(last)
    .all()
    .await
}
