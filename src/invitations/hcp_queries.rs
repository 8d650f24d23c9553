//! The table `hcp_invitations`.
use super::hcp::NewHcpInvitation;
use crate::{
    access::Roles,
    clock::Timestamp,
    id::{AccountId, HcpId, InvitationId, OrganizationId},
    secret::Fingerprint,
    store::{StoreError, Tx},
};

/// An invitation of an HCP.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Row {
    pub(super) id: InvitationId,
    pub(super) hcp_id: HcpId,
    pub(super) organization_id: OrganizationId,
    pub(super) email: String,
    pub(super) name: String,
    roles: Option<String>,
    pub(super) invited_by: Option<AccountId>,
    pub(super) expires_at: Timestamp,
}

/// Where the last invitation of an HCP stands.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Last {
    pub(super) hcp_id: HcpId,
    pub(super) email: String,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) accepted_at: Option<Timestamp>,
    pub(super) voided_at: Option<Timestamp>,
    /// When its letter was given up.
    pub(super) failed_at: Option<Timestamp>,
}

impl Row {
    /// The roles that whoever invited chose.
    pub(super) fn roles(&self) -> Result<Option<Roles>, StoreError> {
        let read = |text: &String| {
            serde_json::from_str(text).map_err(|_| StoreError::Corrupt {
                what: "hcp_invitations.roles",
                value: text.clone(),
            })
        };
        self.roles.as_ref().map(read).transpose()
    }
}

pub(super) async fn insert(
    tx: &mut Tx,
    new: &NewHcpInvitation,
    (email, name): (&str, &str),
    (token, expires_at, letter): (&Fingerprint, Timestamp, &str),
) -> Result<(), StoreError> {
    let (id, now): (InvitationId, _) = (tx.id(), tx.now());
    let roles = serde_json::to_string(&new.roles).map_err(|error| StoreError::Corrupt {
        what: "hcp_invitations.roles",
        value: error.to_string(),
    })?;
    tx.query(
        "INSERT INTO hcp_invitations (id, hcp_id, organization_id, email, name, roles, token_hash,
           invited_by, created_at, expires_at, letter_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(id)
    .bind(new.hcp.id)
    .bind(new.organization.id)
    .bind(email)
    .bind(name)
    .bind(roles)
    .bind(token.as_str())
    .bind(new.by.account())
    .bind(now)
    .bind(expires_at)
    .bind(letter)
    .run()
    .await
    .map(drop)
}

/// The invitation behind a link, if it still works: the HCP is in use and has the address
/// that the link went to (N-18).
pub(super) async fn by_token(tx: &mut Tx, token: &Fingerprint) -> Result<Option<Row>, StoreError> {
    let now = tx.now();
    tx.query(
        "SELECT i.id, i.hcp_id, i.organization_id, i.email, i.name, i.roles, i.invited_by,
           i.expires_at
         FROM hcp_invitations i JOIN hcps h ON h.id = i.hcp_id
         WHERE i.token_hash = $1 AND i.accepted_at IS NULL AND i.voided_at IS NULL
           AND i.expires_at > $2 AND h.email = i.email AND h.status = 'active'",
    )
    .bind(token.as_str())
    .bind(now)
    .optional()
    .await
}

/// The last invitation of each of these HCPs that had one.
pub(super) async fn last(tx: &mut Tx, hcps: &[HcpId]) -> Result<Vec<Last>, StoreError> {
    const SQLITE: &str = "SELECT i.hcp_id, i.email, i.created_at, i.expires_at, i.accepted_at,
          i.voided_at, u.failed_at
        FROM hcp_invitations i LEFT JOIN undelivered_letters u ON u.letter_id = i.letter_id
        WHERE i.hcp_id IN (SELECT value FROM json_each($1)) AND NOT EXISTS (
          SELECT 1 FROM hcp_invitations n
          WHERE n.hcp_id = i.hcp_id AND (n.created_at, n.id) > (i.created_at, i.id))";
    const POSTGRES: &str = "SELECT i.hcp_id, i.email, i.created_at, i.expires_at, i.accepted_at,
          i.voided_at, u.failed_at
        FROM hcp_invitations i LEFT JOIN undelivered_letters u ON u.letter_id = i.letter_id
        WHERE i.hcp_id IN (SELECT json_array_elements_text(CAST($1 AS json))) AND NOT EXISTS (
          SELECT 1 FROM hcp_invitations n
          WHERE n.hcp_id = i.hcp_id AND (n.created_at, n.id) > (i.created_at, i.id))";
    let ids = serde_json::Value::from_iter(hcps.iter().map(ToString::to_string));
    tx.query_per_database(SQLITE, POSTGRES)
        .bind(ids.to_string())
        .all()
        .await
}

/// Makes every link of the HCP worth nothing that was not used.
pub(super) async fn void(tx: &mut Tx, hcp: HcpId) -> Result<(), StoreError> {
    let now = tx.now();
    tx.query(
        "UPDATE hcp_invitations SET voided_at = $2
         WHERE hcp_id = $1 AND accepted_at IS NULL AND voided_at IS NULL",
    )
    .bind(hcp)
    .bind(now)
    .run()
    .await
    .map(drop)
}

/// Uses the invitation: only the first caller does.
pub(super) async fn accept(tx: &mut Tx, id: InvitationId) -> Result<bool, StoreError> {
    let now = tx.now();
    let used = tx
        .query(
            "UPDATE hcp_invitations SET accepted_at = $2
             WHERE id = $1 AND accepted_at IS NULL AND voided_at IS NULL AND expires_at > $2",
        )
        .bind(id)
        .bind(now)
        .run()
        .await?;
    Ok(used == 1)
}
