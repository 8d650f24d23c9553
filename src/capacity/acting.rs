//! Acting for another without having chosen it on a page (DOMAIN.md 10.1): by which
//! relation, and what follows from it now.
use std::sync::Arc;

use super::{Actor, Role, Standing, standing};
use crate::{
    access::{self, Roles},
    delegations,
    grants::Capacity,
    guardianship,
    id::{AccountId, DelegationId, OrganizationId, ServiceAccountId},
    organizations::Organization,
    service_accounts::{self, Mode},
    store::{StoreError, Tx},
};

/// By which relation one acts for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Acting {
    /// A guardian or proxy: a capacity that could also be chosen.
    Guardian(Capacity),
    /// An OWNER for a colleague.
    OnBehalf {
        /// Who acts.
        owner: AccountId,
        /// For whom.
        provider: AccountId,
        /// Where.
        organization: OrganizationId,
    },
    /// A machine for a provider.
    Delegate {
        /// By which delegation.
        delegation: DelegationId,
        /// Where.
        organization: OrganizationId,
    },
}

impl Acting {
    /// The tenant.
    pub const fn organization(&self) -> OrganizationId {
        match self {
            Self::Guardian(capacity) => capacity.organization(),
            Self::OnBehalf { organization, .. } | Self::Delegate { organization, .. } => {
                *organization
            }
        }
    }
}

/// How the person who stands as `actor` would act for `subject`, by what the rows suggest.
/// Whether it holds is for [`super::Standings::acting`] to say. `None` when nothing relates
/// the two, or the actor acts for somebody himself (T-03).
///
/// # Errors
/// The database is away.
pub async fn acting_for(
    tx: &mut Tx,
    actor: &Standing,
    subject: AccountId,
) -> Result<Option<Acting>, StoreError> {
    if actor.actor.is_some() {
        return Ok(None);
    }
    match &actor.role {
        Role::Consumer { .. } => guardian_of(tx, actor, subject).await,
        Role::Provider { roles, .. } => Ok(is_owner(roles).then_some(Acting::OnBehalf {
            owner: actor.subject.id,
            provider: subject,
            organization: actor.organization.id,
        })),
        Role::Hcp { .. } | Role::ConfigUser { .. } => Ok(None),
    }
}

async fn guardian_of(
    tx: &mut Tx,
    actor: &Standing,
    subject: AccountId,
) -> Result<Option<Acting>, StoreError> {
    let (guardian, organization) = (actor.subject.id, actor.organization.id);
    let relations = guardianship::of_guardian(tx, guardian).await?;
    let found = relations
        .into_iter()
        .find(|relation| relation.dependent == subject && relation.organization == organization);
    Ok(found.map(|relation| {
        Acting::Guardian(Capacity::Guardian {
            guardian,
            dependent: relation.dependent,
            guardianship: relation.id,
            organization,
        })
    }))
}

/// How the machine would act for the provider, as [`acting_for`].
///
/// # Errors
/// The database is away.
pub async fn machine_acting_for(
    tx: &mut Tx,
    machine: ServiceAccountId,
    provider: AccountId,
    organization: OrganizationId,
) -> Result<Option<Acting>, StoreError> {
    let found = delegations::standing_between(tx, machine, provider, organization).await?;
    Ok(found.map(|delegation| Acting::Delegate {
        delegation: delegation.id,
        organization,
    }))
}

/// What follows from it now. `None` when it does not hold.
pub(super) async fn acting(
    tx: &mut Tx,
    organization: Arc<Organization>,
    acting: &Acting,
) -> Result<Option<Standing>, StoreError> {
    match acting {
        Acting::Guardian(capacity) => standing(tx, organization, capacity).await,
        Acting::OnBehalf {
            owner, provider, ..
        } => on_behalf(tx, organization, *owner, *provider).await,
        Acting::Delegate { delegation, .. } => delegate(tx, organization, *delegation).await,
    }
}

/// An OWNER acts for an active member who is none, with that member's reach over records
/// and nothing that administers (DOMAIN.md 5, N-09).
async fn on_behalf(
    tx: &mut Tx,
    organization: Arc<Organization>,
    owner: AccountId,
    provider: AccountId,
) -> Result<Option<Standing>, StoreError> {
    let Some(acts) = member(tx, &organization, owner).await? else {
        return Ok(None);
    };
    let Some(mut target) = member(tx, &organization, provider).await? else {
        return Ok(None);
    };
    let holds = |standing: &Standing| matches!(&standing.role, Role::Provider { roles, .. } if is_owner(roles));
    if owner == provider || !holds(&acts) || holds(&target) {
        return Ok(None);
    }
    target.actor = Some(Actor::Owner(owner));
    Ok(bounded(target))
}

/// A machine acts for an active member who delegated, in the member's roles without OWNER
/// (DOMAIN.md 8, N-16).
async fn delegate(
    tx: &mut Tx,
    organization: Arc<Organization>,
    id: DelegationId,
) -> Result<Option<Standing>, StoreError> {
    let now = tx.now();
    let found = delegations::find(tx, id).await?;
    let is_here = |d: &delegations::Delegation| d.organization == organization.id;
    let Some(delegation) = found.filter(|d| is_here(d) && d.authorises(now)) else {
        return Ok(None);
    };
    let machine = service_accounts::find(tx, delegation.service_account).await?;
    let may_act = machine.is_some_and(|machine| {
        machine.is_active
            && machine.may(Mode::Provider)
            && machine.organization == Some(organization.id)
    });
    if !may_act {
        return Ok(None);
    }
    let Some(mut target) = member(tx, &organization, delegation.provider).await? else {
        return Ok(None);
    };
    target.actor = Some(Actor::Machine {
        service_account: delegation.service_account,
        delegation: delegation.id,
    });
    target.until = Some(delegation.ends_at);
    Ok(bounded(target).map(|mut standing| {
        standing.ceiling = standing.ceiling.narrowed_to(&delegation.scopes);
        standing
    }))
}

async fn member(
    tx: &mut Tx,
    organization: &Arc<Organization>,
    account: AccountId,
) -> Result<Option<Standing>, StoreError> {
    let capacity = Capacity::Provider {
        account,
        organization: organization.id,
    };
    standing(tx, Arc::clone(organization), &capacity).await
}

fn is_owner(roles: &Roles) -> bool {
    roles.contains(access::Role::Owner)
}

/// The standing without OWNER and without what administers. `None` when no role is left.
fn bounded(mut standing: Standing) -> Option<Standing> {
    let Role::Provider {
        roles,
        hcp_id,
        parent_id,
    } = standing.role
    else {
        return None;
    };
    let roles = roles.without(access::Role::Owner)?;
    let limits = &standing.organization.settings.role_limits;
    standing.ceiling = roles.capabilities(limits).ceiling;
    standing.purposes = roles.purpose_of_use();
    standing.role = Role::Provider {
        roles,
        hcp_id,
        parent_id,
    };
    Some(standing)
}
