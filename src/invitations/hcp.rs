//! Inviting the person behind an HCP (DOMAIN.md 6): who accepts is linked to it, and becomes a
//! member where the HCP has an organization above it; without one he acts as an independent
//! HCP.
use std::{collections::HashMap, slice, sync::Arc};

use super::{accept::AcceptRefusal, hcp_queries};
use crate::{
    access::{Role, Roles},
    accounts::{self, Identifier},
    audit::{self, Action, Doer, Event},
    clock::Timestamp,
    hcps::{self, Hcp},
    id::{AccountId, HcpId},
    mail::{Letter, Mailer, Recipient},
    organizations::Organization,
    providers::{self, Membership, Status},
    store::{StoreError, Tx},
};

/// The person behind an HCP, to be invited.
#[derive(Debug, Clone)]
pub struct NewHcpInvitation {
    /// The tenant.
    pub organization: Arc<Organization>,
    /// The HCP.
    pub hcp: Hcp,
    /// The roles of the membership, where the HCP has a parent.
    pub roles: Roles,
    /// Who invites.
    pub by: Doer,
}

/// Why nobody is invited. The names are stable codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HcpInviteRefusal {
    /// The HCP has no e-mail address.
    EmailRequired,
    /// The HCP is disabled.
    Disabled,
    /// Somebody is linked to it already.
    Linked,
    /// OWNER is not given this way.
    OwnerOnly,
    /// The address is the inviter's own: nobody gives himself a role (I-22).
    OwnRole,
}

/// Sends the link to the HCP's address; one that was sent before is void.
///
/// # Errors
/// The database is away.
pub async fn invite_hcp(
    tx: &mut Tx,
    mailer: &Mailer,
    new: &NewHcpInvitation,
    place: &str,
) -> Result<Result<(), HcpInviteRefusal>, StoreError> {
    let email = new.hcp.email.as_deref().and_then(Identifier::email);
    let Some(email) = email else {
        return Ok(Err(HcpInviteRefusal::EmailRequired));
    };
    if new.hcp.status != hcps::Status::Active {
        return Ok(Err(HcpInviteRefusal::Disabled));
    }
    if new.hcp.account_id.is_some() {
        return Ok(Err(HcpInviteRefusal::Linked));
    }
    if new.roles.contains(Role::Owner) {
        return Ok(Err(HcpInviteRefusal::OwnerOnly));
    }
    let owner = accounts::owner_of(tx, &email).await?;
    if owner.is_some() && owner == new.by.account() {
        return Ok(Err(HcpInviteRefusal::OwnRole));
    }
    let token = tx.secret("tin_");
    let days = i64::from(new.organization.settings.invitation_days);
    let expires_at = tx.now().plus_days(days);
    let name = new.hcp.display_name();
    hcp_queries::void(tx, new.hcp.id).await?;
    let letter = Letter::Invitation {
        name: name.clone(),
        organization: new.organization.name.clone(),
        link: format!("{place}{}", token.expose()),
        days,
    };
    let to = Recipient::Email(email.as_str().to_owned());
    let letter = mailer.post(tx, &to, &letter).await?;
    let row = (&token.fingerprint(), expires_at, letter.as_str());
    hcp_queries::insert(tx, new, (email.as_str(), &name), row).await?;
    let event = Event::done(Action::Invited)
        .done_by(&new.by)
        .within(new.organization.id)
        .on(new.hcp.id)
        .because("hcp");
    audit::record(tx, event).await?;
    Ok(Ok(()))
}

/// Where the last invitation of an HCP stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum HcpInvitationStatus {
    /// The link works.
    Sent,
    /// It was used.
    Accepted,
    /// The letter could not be delivered.
    Failed,
    /// Its time is over.
    Expired,
    /// The address changed, or it was withdrawn.
    Void,
}

/// The last invitation of an HCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HcpInvited {
    /// Where it stands.
    pub status: HcpInvitationStatus,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When the link ends.
    pub expires_at: Timestamp,
}

/// The last invitation of the HCP. `None` when there was none.
///
/// # Errors
/// The database is away.
pub async fn hcp_invited(tx: &mut Tx, hcp: &Hcp) -> Result<Option<HcpInvited>, StoreError> {
    let mut found = hcps_invited(tx, slice::from_ref(hcp)).await?;
    Ok(found.remove(&hcp.id))
}

/// The last invitation of each of these HCPs that had one.
///
/// # Errors
/// The database is away.
pub async fn hcps_invited(
    tx: &mut Tx,
    hcps: &[Hcp],
) -> Result<HashMap<HcpId, HcpInvited>, StoreError> {
    let ids: Vec<HcpId> = hcps.iter().map(|hcp| hcp.id).collect();
    let rows = hcp_queries::last(tx, &ids).await?;
    let now = tx.now();
    let stand = |row: hcp_queries::Last| {
        let hcp = hcps.iter().find(|hcp| hcp.id == row.hcp_id)?;
        let invited = HcpInvited {
            status: status(&row, hcp, now),
            sent_at: row.created_at,
            expires_at: row.expires_at,
        };
        Some((hcp.id, invited))
    };
    Ok(rows.into_iter().filter_map(stand).collect())
}

fn status(row: &hcp_queries::Last, hcp: &Hcp, now: Timestamp) -> HcpInvitationStatus {
    let is_moved = hcp.email.as_deref() != Some(row.email.as_str());
    if row.accepted_at.is_some() {
        HcpInvitationStatus::Accepted
    } else if row.voided_at.is_some() || is_moved {
        HcpInvitationStatus::Void
    } else if row.failed_at.is_some() {
        HcpInvitationStatus::Failed
    } else if row.expires_at <= now {
        HcpInvitationStatus::Expired
    } else {
        HcpInvitationStatus::Sent
    }
}

/// The link was used by `account`: it becomes the HCP's person.
pub(super) async fn become_hcp(
    tx: &mut Tx,
    row: &hcp_queries::Row,
    account: AccountId,
) -> Result<Result<(), AcceptRefusal>, StoreError> {
    if row.invited_by == Some(account) {
        return Ok(Err(AcceptRefusal::NotOwner)); // I-22
    }
    let is_first = hcp_queries::accept(tx, row.id).await?;
    if !is_first || !hcps::link(tx, row.hcp_id, account).await? {
        return Ok(Err(AcceptRefusal::Over));
    }
    if hcps::parent_of(tx, row.hcp_id).await?.is_some() {
        join(tx, row, account).await?;
    }
    let event = Event::done(Action::InvitationAccepted)
        .by(account)
        .about(account)
        .within(row.organization_id)
        .on(row.hcp_id)
        .because("hcp");
    audit::record(tx, event).await?;
    Ok(Ok(()))
}

/// A member gets the link to the directory and the roles besides his own.
async fn join(tx: &mut Tx, row: &hcp_queries::Row, account: AccountId) -> Result<(), StoreError> {
    let invited = row.roles()?;
    let held = providers::membership(tx, account, row.organization_id).await?;
    let held = held.filter(|held| held.status != Status::Ended);
    let own = held.iter().flat_map(|held| held.roles.iter());
    let all = own.chain(invited.iter().flat_map(Roles::iter));
    let Some(roles) = Roles::new(all) else {
        return Ok(());
    };
    let status = match held.as_ref().map(|held| held.status) {
        Some(Status::Suspended) => Status::Suspended,
        _ => Status::Active,
    };
    let membership = Membership {
        account,
        organization: row.organization_id,
        roles,
        status,
        hcp_id: Some(row.hcp_id),
        last_reviewed_at: held.and_then(|held| held.last_reviewed_at),
    };
    providers::put(tx, &membership).await
}
