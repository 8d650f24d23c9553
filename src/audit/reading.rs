//! Reading the log.
use serde::Serialize;

use crate::{
    clock::Timestamp,
    id::{AccountId, AuditEventId, OrganizationId},
    store::{StoreError, Tx},
};

/// An event as people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Entry {
    /// Its id; later events have greater ones.
    pub id: AuditEventId,
    /// When.
    pub at: Timestamp,
    /// What: one of the names of [`super::Action`].
    pub action: String,
    /// `done` or `refused`.
    pub outcome: String,
    /// Who did it.
    pub actor: Option<String>,
    /// What the actor is: `account`, `service_account`, `client` or `command`.
    pub actor_type: Option<String>,
    /// Whose data or authority it was about.
    pub subject: Option<String>,
    /// Through which client.
    pub client_id: Option<String>,
    /// In which organization.
    pub organization_id: Option<OrganizationId>,
    /// By which guardianship or delegation.
    pub relation_id: Option<String>,
    /// To which thing.
    pub object: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// From which address.
    pub address: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
}

/// Which events; what is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// This action.
    pub action: Option<String>,
    /// By this actor.
    pub actor: Option<String>,
    /// About this subject.
    pub subject: Option<String>,
    /// By this person, or about him.
    pub person: Option<String>,
    /// Through this client.
    pub client: Option<String>,
    /// With this outcome.
    pub outcome: Option<String>,
    /// From this moment on.
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

/// Up to `limit` events of the organization before the one whose id is `before`, newest
/// first. An empty `before` starts at the newest.
///
/// # Errors
/// The database is away.
pub async fn page(
    tx: &mut Tx,
    organization: OrganizationId,
    filter: &Filter,
    (before, limit): (&str, i64),
) -> Result<Vec<Entry>, StoreError> {
    tx.query(
        "SELECT id, at, action, outcome, actor, actor_type, subject, client_id,
           organization_id, relation_id, object, reason, address, request_id
         FROM audit_events
         WHERE organization_id = $1 AND ($2 = '' OR id < $2)
           AND ($3 IS NULL OR action = $3) AND ($4 IS NULL OR actor = $4)
           AND ($5 IS NULL OR subject = $5) AND ($6 IS NULL OR outcome = $6)
           AND ($7 IS NULL OR at >= $7) AND ($8 IS NULL OR at < $8)
           AND ($9 IS NULL OR actor = $9 OR subject = $9) AND ($10 IS NULL OR client_id = $10)
         ORDER BY id DESC LIMIT $11",
    )
    .bind(organization)
    .bind(before)
    .bind(filter.action.clone())
    .bind(filter.actor.clone())
    .bind(filter.subject.clone())
    .bind(filter.outcome.clone())
    .bind(filter.since)
    .bind(filter.until)
    .bind(filter.person.clone())
    .bind(filter.client.clone())
    .bind(limit)
    .all()
    .await
}

/// Up to `limit` events in which the person is subject or actor, before the one whose id is
/// `before`, newest first. What others do for people he acts for is not among them (N-19), nor
/// what applications do by the minute, nor whether a proxy that he asked for exists (N-01).
///
/// # Errors
/// The database is away.
pub async fn page_of_person(
    tx: &mut Tx,
    person: AccountId,
    (before, limit): (&str, i64),
) -> Result<Vec<Entry>, StoreError> {
    // Each half reads no further than its index has to be read.
    tx.query_of(&[
        "SELECT id, at, action, outcome, actor, actor_type, subject, client_id,
           organization_id, relation_id, object, reason, address, request_id
         FROM audit_events WHERE id IN (
           SELECT id FROM (SELECT id FROM audit_events WHERE subject = $1",
        OF_PERSON,
        ") about UNION SELECT id FROM (SELECT id FROM audit_events WHERE actor = $1",
        OF_PERSON,
        ") by_him) ORDER BY id DESC LIMIT $3",
    ])
    .bind(person.to_string())
    .bind(before)
    .bind(limit)
    .all()
    .await
}

/// What a person sees of the events that an index leads to: nothing of what only happens where
/// somebody has the identifier that he asked (N-01). The indexes by subject and by actor
/// hold no others than those of the first six conditions.
const OF_PERSON: &str = "
    AND action <> 'token_issued' AND action <> 'token_refreshed' AND action <> 'code_redeemed'
    AND action <> 'code_issued' AND action <> 'authorization' AND action <> 'client_authentication'
    AND NOT (action = 'guardianship_proposed' AND subject = $1 AND actor = $1)
    AND NOT (action = 'proxy_request_ended' AND subject = $1
        AND (COALESCE(actor, '') <> $1 OR COALESCE(reason, '') = 'superseded'))
    AND ($2 = '' OR id < $2)
    ORDER BY id DESC LIMIT $3";
