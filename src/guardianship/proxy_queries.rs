//! The table `proxy_requests`.
use super::{AccessLevel, EndedReason, proxy::ProxyRequest};
use crate::{
    clock::Timestamp,
    id::{AccountId, GuardianshipId, OrganizationId},
    store::{StoreError, Topic, Tx},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: GuardianshipId,
    organization_id: OrganizationId,
    identifier: String,
    access_level: String,
    ends_at: Timestamp,
    created_at: Timestamp,
    guardianship_id: Option<GuardianshipId>,
}

impl TryFrom<Row> for ProxyRequest {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            organization: row.organization_id,
            identifier: row.identifier,
            access_level: AccessLevel::parse(&row.access_level).ok_or(StoreError::Corrupt {
                what: "proxy_requests.access_level",
                value: row.access_level,
            })?,
            ends_at: row.ends_at,
            created_at: row.created_at,
        })
    }
}

/// Keeps what was asked. Who asks the same again says how far and until when anew.
pub(super) async fn insert(
    tx: &mut Tx,
    person: AccountId,
    request: &ProxyRequest,
) -> Result<(), StoreError> {
    tx.query(
        "INSERT INTO proxy_requests (id, organization_id, account_id, identifier, access_level,
           ends_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (account_id, organization_id, identifier) WHERE withdrawn_at IS NULL
         DO UPDATE SET access_level = excluded.access_level, ends_at = excluded.ends_at",
    )
    .bind(request.id)
    .bind(request.organization)
    .bind(person)
    .bind(request.identifier.as_str())
    .bind(request.access_level.name())
    .bind(request.ends_at)
    .bind(request.created_at)
    .run()
    .await
    .map(drop)
}

/// What was asked and is neither accepted, taken back nor over.
pub(super) async fn waiting(
    tx: &mut Tx,
    person: AccountId,
) -> Result<Vec<ProxyRequest>, StoreError> {
    let now = tx.now();
    let rows: Vec<Row> = tx
        .query(
            "SELECT r.id, r.organization_id, r.identifier, r.access_level, r.ends_at, r.created_at,
               r.guardianship_id
             FROM proxy_requests r
             WHERE r.account_id = $1 AND r.withdrawn_at IS NULL AND r.ends_at > $2
               AND NOT EXISTS (SELECT 1 FROM guardianships g
                 WHERE g.id = r.guardianship_id AND g.status IN ('active', 'suspended'))
             ORDER BY r.created_at, r.id",
        )
        .bind(person)
        .bind(now)
        .all()
        .await?;
    rows.into_iter().map(ProxyRequest::try_from).collect()
}

/// What was asked, and the last relation that came of it.
pub(super) struct Asked {
    pub(super) request: ProxyRequest,
    pub(super) relation: Option<GuardianshipId>,
}

/// What was asked, unless it was taken back; it cannot be before the commit.
pub(super) async fn hold(
    tx: &mut Tx,
    (person, organization, identifier): (AccountId, OrganizationId, &str),
) -> Result<Option<Asked>, StoreError> {
    let row: Option<Row> = tx
        .query(
            "UPDATE proxy_requests SET withdrawn_at = NULL
             WHERE account_id = $1 AND organization_id = $2 AND identifier = $3
               AND withdrawn_at IS NULL
             RETURNING id, organization_id, identifier, access_level, ends_at, created_at,
               guardianship_id",
        )
        .bind(person)
        .bind(organization)
        .bind(identifier)
        .optional()
        .await?;
    let Some(row) = row else { return Ok(None) };
    let relation = row.guardianship_id;
    let request = row.try_into()?;
    Ok(Some(Asked { request, relation }))
}

/// Which relation came of what was asked.
pub(super) async fn lead_to(
    tx: &mut Tx,
    id: GuardianshipId,
    relation: GuardianshipId,
) -> Result<(), StoreError> {
    tx.query("UPDATE proxy_requests SET guardianship_id = $2 WHERE id = $1")
        .bind(id)
        .bind(relation)
        .run()
        .await
        .map(drop)
}

/// The person takes back what he asked. Gives where it was to hold, and what came of it.
pub(super) async fn withdraw_own(
    tx: &mut Tx,
    id: GuardianshipId,
    person: AccountId,
) -> Result<Option<(OrganizationId, Option<GuardianshipId>)>, StoreError> {
    let now = tx.now();
    tx.query(
        "UPDATE proxy_requests SET withdrawn_at = $3
         WHERE id = $1 AND account_id = $2 AND withdrawn_at IS NULL
         RETURNING organization_id, guardianship_id",
    )
    .bind(id)
    .bind(person)
    .bind(now)
    .optional()
    .await
}

/// Ends a proxy that nobody has accepted, if there is one. It costs the same where there is none,
/// so that its time tells nothing (N-01).
pub(super) async fn end_unanswered(
    tx: &mut Tx,
    relation: Option<GuardianshipId>,
    why: EndedReason,
    by: AccountId,
) -> Result<Option<AccountId>, StoreError> {
    let now = tx.now();
    tx.touch(Topic::People);
    let guardian: Option<(AccountId,)> = tx
        .query(
            "UPDATE guardianships
             SET status = 'ended', ended_at = $2, ended_reason = $3, ended_by = $4
             WHERE id = $1 AND status = 'pending' RETURNING guardian_account_id",
        )
        .bind(relation)
        .bind(now)
        .bind(why.name())
        .bind(by)
        .optional()
        .await?;
    Ok(guardian.map(|(guardian,)| guardian))
}

/// What was asked is over, with the relation that came of it.
pub(super) async fn withdraw(tx: &mut Tx, id: GuardianshipId) -> Result<(), StoreError> {
    let now = tx.now();
    tx.query(
        "UPDATE proxy_requests SET withdrawn_at = $2
         WHERE guardianship_id = $1 AND withdrawn_at IS NULL",
    )
    .bind(id)
    .bind(now)
    .run()
    .await
    .map(drop)
}

/// Everything that the person asked is over.
pub(super) async fn withdraw_all(tx: &mut Tx, person: AccountId) -> Result<(), StoreError> {
    let now = tx.now();
    tx.query(
        "UPDATE proxy_requests SET withdrawn_at = $2
         WHERE account_id = $1 AND withdrawn_at IS NULL",
    )
    .bind(person)
    .bind(now)
    .run()
    .await
    .map(drop)
}
