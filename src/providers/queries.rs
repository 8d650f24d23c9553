//! The table `memberships`.
use std::collections::BTreeMap;

use super::{Member, MemberFilter, Membership, Status};
use crate::{
    access::{Role, Roles},
    clock::Timestamp,
    folding::fold,
    id::{AccountId, HcpId, OrganizationId},
    store::{StoreError, Topic, Tx},
};

#[derive(sqlx::FromRow)]
struct Row {
    account_id: AccountId,
    organization_id: OrganizationId,
    roles: String,
    status: String,
    hcp_id: Option<HcpId>,
    last_reviewed_at: Option<Timestamp>,
}

impl TryFrom<Row> for Membership {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            account: row.account_id,
            organization: row.organization_id,
            roles: parse_roles(&row.roles)?,
            status: Status::parse(&row.status).ok_or(StoreError::Corrupt {
                what: "memberships.status",
                value: row.status,
            })?,
            hcp_id: row.hcp_id,
            last_reviewed_at: row.last_reviewed_at,
        })
    }
}

fn parse_roles(text: &str) -> Result<Roles, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt {
        what: "memberships.roles",
        value: text.to_owned(),
    })
}

/// The person's membership there, whatever its status.
///
/// # Errors
/// The database is away.
pub async fn membership(
    tx: &mut Tx,
    account: AccountId,
    organization: OrganizationId,
) -> Result<Option<Membership>, StoreError> {
    let row: Option<Row> = tx
        .query(
            "SELECT account_id, organization_id, roles, status, hcp_id, last_reviewed_at
             FROM memberships WHERE account_id = $1 AND organization_id = $2",
        )
        .bind(account)
        .bind(organization)
        .optional()
        .await?;
    row.map(Membership::try_from).transpose()
}

/// All memberships of the person, whatever their status.
///
/// # Errors
/// The database is away.
pub async fn of_account(tx: &mut Tx, account: AccountId) -> Result<Vec<Membership>, StoreError> {
    let rows: Vec<Row> = tx
        .query(
            "SELECT account_id, organization_id, roles, status, hcp_id, last_reviewed_at
             FROM memberships WHERE account_id = $1 ORDER BY organization_id",
        )
        .bind(account)
        .all()
        .await?;
    rows.into_iter().map(Membership::try_from).collect()
}

/// The memberships there that are linked to the directory entry.
///
/// # Errors
/// The database is away.
pub async fn of_hcp(
    tx: &mut Tx,
    organization: OrganizationId,
    hcp: HcpId,
) -> Result<Vec<Membership>, StoreError> {
    let rows: Vec<Row> = tx
        .query(
            "SELECT account_id, organization_id, roles, status, hcp_id, last_reviewed_at
             FROM memberships WHERE organization_id = $1 AND hcp_id = $2",
        )
        .bind(organization)
        .bind(hcp)
        .all()
        .await?;
    rows.into_iter().map(Membership::try_from).collect()
}

/// Everybody with a membership there that has not ended.
///
/// # Errors
/// The database is away.
pub async fn accounts_of(
    tx: &mut Tx,
    organization: OrganizationId,
) -> Result<Vec<AccountId>, StoreError> {
    let rows: Vec<(AccountId,)> = tx
        .query(
            "SELECT account_id FROM memberships
             WHERE organization_id = $1 AND status <> 'ended' ORDER BY account_id",
        )
        .bind(organization)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(account,)| account).collect())
}

/// Stores a membership, new or in place of the old one. The caller ends the grants that
/// a lost role or membership carried.
///
/// # Errors
/// The database is away.
pub async fn put(tx: &mut Tx, membership: &Membership) -> Result<(), StoreError> {
    let now = tx.now();
    let roles = serde_json::to_string(&membership.roles).map_err(|e| StoreError::Corrupt {
        what: "memberships.roles",
        value: e.to_string(),
    })?;
    tx.touch(Topic::People);
    tx.query(
        "INSERT INTO memberships (account_id, organization_id, roles, status, hcp_id, created_at,
           last_reviewed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (account_id, organization_id) DO UPDATE SET roles = excluded.roles,
           status = excluded.status, hcp_id = excluded.hcp_id,
           last_reviewed_at = excluded.last_reviewed_at",
    )
    .bind(membership.account)
    .bind(membership.organization)
    .bind(roles)
    .bind(membership.status.name())
    .bind(membership.hcp_id)
    .bind(now)
    .bind(membership.last_reviewed_at)
    .run()
    .await
    .map(drop)
}

/// Whether the person is the organization's only active OWNER (I-21). To be asked in the
/// transaction that would end that, after touching the organization's row.
///
/// # Errors
/// The database is away.
pub async fn is_last_owner(
    tx: &mut Tx,
    account: AccountId,
    organization: OrganizationId,
) -> Result<bool, StoreError> {
    let rows: Vec<(AccountId, String)> = tx
        .query(
            "SELECT account_id, roles FROM memberships
             WHERE organization_id = $1 AND status = 'active'",
        )
        .bind(organization)
        .all()
        .await?;
    let mut owners = Vec::new();
    for (account, roles) in rows {
        if parse_roles(&roles)?.contains(Role::Owner) {
            owners.push(account);
        }
    }
    Ok(owners == [account])
}

#[derive(sqlx::FromRow)]
struct MemberRow {
    account_id: AccountId,
    organization_id: OrganizationId,
    roles: String,
    status: String,
    hcp_id: Option<HcpId>,
    last_reviewed_at: Option<Timestamp>,
    created_at: Timestamp,
    name: String,
    email: Option<String>,
    last_sign_in_at: Option<Timestamp>,
}

pub(super) async fn members(
    tx: &mut Tx,
    organization: OrganizationId,
    filter: &MemberFilter,
    (after, rows): (&str, i64),
) -> Result<Vec<Member>, StoreError> {
    let text = filter
        .text
        .as_deref()
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    let role = filter.role.map(|role| format!("%\"{}\"%", role.name()));
    let found: Vec<MemberRow> = tx
        .query(
            "SELECT account_id, organization_id, roles, status, hcp_id, last_reviewed_at,
               created_at, name, email, last_sign_in_at
             FROM (
               SELECT m.account_id, m.organization_id, m.roles, m.status, m.hcp_id,
                 m.last_reviewed_at, m.created_at,
                 CASE WHEN m.status = 'invited' THEN COALESCE(i.name, '') ELSE a.display_name END AS name,
                 CASE WHEN m.status = 'invited' THEN LOWER(COALESCE(i.name, '')) ELSE a.search_name END
                   AS search_name,
                 CASE WHEN m.status = 'invited' THEN i.email ELSE (
                   SELECT value_norm FROM login_identifiers
                   WHERE account_id = m.account_id AND kind = 'email' ORDER BY id LIMIT 1) END AS email,
                 CASE WHEN m.status = 'invited' THEN NULL ELSE a.last_sign_in_at END AS last_sign_in_at
               FROM memberships m JOIN accounts a ON a.id = m.account_id
               LEFT JOIN invitations i ON i.account_id = m.account_id
                 AND i.organization_id = m.organization_id AND i.kind = 'member'
                 AND i.accepted_at IS NULL AND i.voided_at IS NULL
               WHERE m.organization_id = $1 AND m.status <> 'ended' AND m.account_id > $2
             ) listed
             WHERE ($3 = '' OR search_name LIKE $9 OR email LIKE $4)
               AND ($5 IS NULL OR roles LIKE $5) AND ($6 IS NULL OR status = $6)
               AND ($8 IS NULL OR account_id = $8)
             ORDER BY account_id LIMIT $7",
        )
        .bind(organization)
        .bind(after)
        .bind(text.as_str())
        .bind(format!("%{text}%"))
        .bind(role)
        .bind(filter.status.map(Status::name))
        .bind(rows)
        .bind(filter.account)
        .bind(format!("%{}%", fold(&text)))
        .all()
        .await?;
    found.into_iter().map(Member::try_from).collect()
}

impl TryFrom<MemberRow> for Member {
    type Error = StoreError;

    fn try_from(row: MemberRow) -> Result<Self, StoreError> {
        let membership = Row {
            account_id: row.account_id,
            organization_id: row.organization_id,
            roles: row.roles,
            status: row.status,
            hcp_id: row.hcp_id,
            last_reviewed_at: row.last_reviewed_at,
        };
        Ok(Self {
            membership: membership.try_into()?,
            name: row.name,
            email: row.email,
            last_sign_in_at: row.last_sign_in_at,
            created_at: row.created_at,
        })
    }
}

/// The membership becomes active, if it waits for that.
pub(super) async fn join(
    tx: &mut Tx,
    account: AccountId,
    organization: OrganizationId,
) -> Result<bool, StoreError> {
    tx.touch(Topic::People);
    let joined = tx
        .query(
            "UPDATE memberships SET status = 'active'
             WHERE account_id = $1 AND organization_id = $2 AND status = 'invited'",
        )
        .bind(account)
        .bind(organization)
        .run()
        .await?;
    Ok(joined == 1)
}

pub(super) async fn delete(
    tx: &mut Tx,
    account: AccountId,
    organization: OrganizationId,
) -> Result<(), StoreError> {
    tx.touch(Topic::People);
    tx.query("DELETE FROM memberships WHERE account_id = $1 AND organization_id = $2")
        .bind(account)
        .bind(organization)
        .run()
        .await
        .map(drop)
}

/// How many active members have each role.
///
/// # Errors
/// The database is away.
pub async fn count_by_role(
    tx: &mut Tx,
    organization: OrganizationId,
) -> Result<BTreeMap<Role, i64>, StoreError> {
    let rows: Vec<(String, i64)> = tx
        .query(
            "SELECT roles, COUNT(*) FROM memberships
             WHERE organization_id = $1 AND status = 'active' GROUP BY roles",
        )
        .bind(organization)
        .all()
        .await?;
    let mut counts = BTreeMap::new();
    for (roles, people) in rows {
        for role in parse_roles(&roles)?.iter() {
            *counts.entry(role).or_default() += people;
        }
    }
    Ok(counts)
}
