//! The table `invitations`.
use super::{Invitation, Kind, NewInvitation};
use crate::{
    clock::Timestamp,
    id::{AccountId, InvitationId, OrganizationId},
    secret::Fingerprint,
    store::{StoreError, Tx},
};

/// How long a void or used invitation is kept, in seconds: half a year.
const KEPT: i64 = 182 * 24 * 60 * 60;

#[derive(sqlx::FromRow)]
struct Row {
    id: InvitationId,
    organization_id: OrganizationId,
    kind: String,
    account_id: AccountId,
    email: String,
    name: String,
    expires_at: Timestamp,
}

impl TryFrom<Row> for Invitation {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            organization: row.organization_id,
            kind: Kind::parse(&row.kind).ok_or(StoreError::Corrupt {
                what: "invitations.kind",
                value: row.kind,
            })?,
            account: Some(row.account_id),
            email: row.email,
            name: row.name,
            expires_at: row.expires_at,
        })
    }
}

pub(super) async fn insert(
    tx: &mut Tx,
    (new, account): (&NewInvitation, AccountId),
    token: &Fingerprint,
    expires_at: Timestamp,
) -> Result<InvitationId, StoreError> {
    let (id, now) = (tx.id(), tx.now());
    tx.query(
        "INSERT INTO invitations (id, organization_id, kind, account_id, email, name, token_hash,
           invited_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(id)
    .bind(new.organization.id)
    .bind(new.offer.kind().name())
    .bind(account)
    .bind(new.email.as_str())
    .bind(new.name())
    .bind(token.as_str())
    .bind(new.by.account())
    .bind(now)
    .bind(expires_at)
    .run()
    .await?;
    Ok(id)
}

/// The invitation behind a link, if it still works.
pub(super) async fn by_token(
    tx: &mut Tx,
    token: &Fingerprint,
) -> Result<Option<Invitation>, StoreError> {
    let now = tx.now();
    let row: Option<Row> = tx
        .query(
            "SELECT id, organization_id, kind, account_id, email, name, expires_at
             FROM invitations
             WHERE token_hash = $1 AND accepted_at IS NULL AND voided_at IS NULL
               AND expires_at > $2",
        )
        .bind(token.as_str())
        .bind(now)
        .optional()
        .await?;
    row.map(Invitation::try_from).transpose()
}

/// The invitation of that kind that the account has not answered, over or not.
pub(super) async fn waiting(
    tx: &mut Tx,
    (account, organization, kind): (AccountId, OrganizationId, Kind),
) -> Result<Option<Invitation>, StoreError> {
    let row: Option<Row> = tx
        .query(
            "SELECT id, organization_id, kind, account_id, email, name, expires_at
             FROM invitations
             WHERE account_id = $1 AND organization_id = $2 AND kind = $3
               AND accepted_at IS NULL AND voided_at IS NULL",
        )
        .bind(account)
        .bind(organization)
        .bind(kind.name())
        .optional()
        .await?;
    row.map(Invitation::try_from).transpose()
}

/// The account that waited for this address in this organization before.
pub(super) async fn invited_before(
    tx: &mut Tx,
    organization: OrganizationId,
    email: &str,
) -> Result<Option<AccountId>, StoreError> {
    let row: Option<(AccountId,)> = tx
        .query(
            "SELECT account_id FROM invitations
             WHERE organization_id = $1 AND email = $2 AND accepted_at IS NULL
             ORDER BY created_at DESC, id DESC LIMIT 1",
        )
        .bind(organization)
        .bind(email)
        .optional()
        .await?;
    Ok(row.map(|(account,)| account))
}

/// Uses the invitation: only the first caller does.
pub(super) async fn accept(
    tx: &mut Tx,
    id: InvitationId,
    account: AccountId,
) -> Result<bool, StoreError> {
    let now = tx.now();
    let used = tx
        .query(
            "UPDATE invitations SET accepted_at = $2, account_id = $3
             WHERE id = $1 AND accepted_at IS NULL AND voided_at IS NULL AND expires_at > $2",
        )
        .bind(id)
        .bind(now)
        .bind(account)
        .run()
        .await?;
    Ok(used == 1)
}

pub(super) async fn void(
    tx: &mut Tx,
    (account, organization, kind): (AccountId, OrganizationId, Kind),
) -> Result<bool, StoreError> {
    let now = tx.now();
    let voided = tx
        .query(
            "UPDATE invitations SET voided_at = $4
             WHERE account_id = $1 AND organization_id = $2 AND kind = $3
               AND accepted_at IS NULL AND voided_at IS NULL",
        )
        .bind(account)
        .bind(organization)
        .bind(kind.name())
        .bind(now)
        .run()
        .await?;
    Ok(voided > 0)
}

/// What lists show of an invitation that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The name that whoever invited wrote.
    pub name: String,
    /// Where the link went.
    pub email: String,
    /// When the link ends.
    pub expires_at: Timestamp,
}

/// The invitation of that kind that waits for the account's answer, over or not.
///
/// # Errors
/// The database is away.
pub async fn listed(
    tx: &mut Tx,
    account: AccountId,
    organization: OrganizationId,
    kind: Kind,
) -> Result<Option<Listed>, StoreError> {
    let found = waiting(tx, (account, organization, kind)).await?;
    Ok(found.map(|invitation| Listed {
        name: invitation.name,
        email: invitation.email,
        expires_at: invitation.expires_at,
    }))
}

/// Forgets invitations that were over long ago.
///
/// # Errors
/// The database is away.
pub async fn sweep(tx: &mut Tx) -> Result<u64, StoreError> {
    let long_ago = tx.now().plus_seconds(-KEPT);
    tx.query(
        "DELETE FROM invitations WHERE (accepted_at IS NOT NULL OR voided_at IS NOT NULL)
           AND created_at < $1",
    )
    .bind(long_ago)
    .run()
    .await
}
