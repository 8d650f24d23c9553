//! The table `proxy_requests`.
use super::{AccessLevel, proxy::ProxyRequest};
use crate::{
    clock::Timestamp,
    id::{AccountId, GuardianshipId, OrganizationId},
    store::{StoreError, Tx},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: GuardianshipId,
    organization_id: OrganizationId,
    identifier: String,
    access_level: String,
    ends_at: Timestamp,
    created_at: Timestamp,
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

/// Keeps what was asked. Asking the same twice changes nothing.
pub(super) async fn insert(
    tx: &mut Tx,
    person: AccountId,
    request: &ProxyRequest,
) -> Result<(), StoreError> {
    tx.query(
        "INSERT INTO proxy_requests (id, organization_id, account_id, identifier, access_level,
           ends_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
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
            "SELECT r.id, r.organization_id, r.identifier, r.access_level, r.ends_at, r.created_at
             FROM proxy_requests r
             WHERE r.account_id = $1 AND r.withdrawn_at IS NULL AND r.ends_at > $2
               AND NOT EXISTS (SELECT 1 FROM guardianships g
                 WHERE g.id = r.id AND g.status IN ('active', 'suspended'))
             ORDER BY r.created_at, r.id",
        )
        .bind(person)
        .bind(now)
        .all()
        .await?;
    rows.into_iter().map(ProxyRequest::try_from).collect()
}

/// The id of what was asked, unless it was taken back; it cannot be before the commit.
pub(super) async fn hold(
    tx: &mut Tx,
    (person, organization, identifier): (AccountId, OrganizationId, &str),
) -> Result<Option<GuardianshipId>, StoreError> {
    let row: Option<(GuardianshipId,)> = tx
        .query(
            "UPDATE proxy_requests SET withdrawn_at = NULL
             WHERE account_id = $1 AND organization_id = $2 AND identifier = $3
               AND withdrawn_at IS NULL
             RETURNING id",
        )
        .bind(person)
        .bind(organization)
        .bind(identifier)
        .optional()
        .await?;
    Ok(row.map(|(id,)| id))
}

/// The person takes back what he asked. Gives the identifier of whoever he asked.
pub(super) async fn withdraw_own(
    tx: &mut Tx,
    id: GuardianshipId,
    person: AccountId,
) -> Result<Option<String>, StoreError> {
    let now = tx.now();
    let withdrawn: Option<(String,)> = tx
        .query(
            "UPDATE proxy_requests SET withdrawn_at = $3
             WHERE id = $1 AND account_id = $2 AND withdrawn_at IS NULL
             RETURNING identifier",
        )
        .bind(id)
        .bind(person)
        .bind(now)
        .optional()
        .await?;
    Ok(withdrawn.map(|(identifier,)| identifier))
}

/// What was asked is over, with the relation that came of it.
pub(super) async fn withdraw(tx: &mut Tx, id: GuardianshipId) -> Result<(), StoreError> {
    let now = tx.now();
    tx.query("UPDATE proxy_requests SET withdrawn_at = $2 WHERE id = $1 AND withdrawn_at IS NULL")
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
