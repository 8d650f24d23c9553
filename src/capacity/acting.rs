//! Acting for another without having chosen it on a page (DOMAIN.md 10.1): by which
//! relation, and what follows from it now.
use std::sync::Arc;

use super::{Actor, Role, Standing, Standings, standing};
use crate::{
    access::{self, Roles},
    delegations,
    grants::Capacity,
    id::{AccountId, DelegationId, OrganizationId, ServiceAccountId},
    organizations::Organization,
    service_accounts::{self, Mode},
    store::{Store, StoreError, Tx},
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

impl Standings {
    /// How the person who stands as `actor` would act for `subject`. Whether it holds is for
    /// [`Standings::acting`] to say. `None` when nothing relates the two, or the actor acts
    /// for somebody himself (T-03).
    ///
    /// # Errors
    /// The database is away.
    pub async fn acting_for(
        &self,
        store: &Store,
        actor: &Standing,
        subject: AccountId,
    ) -> Result<Option<Acting>, StoreError> {
        if actor.actor.is_some() {
            return Ok(None);
        }
        let organization = actor.organization.id;
        match &actor.role {
            Role::Consumer { .. } => {
                let known = self.candidates(store, actor.subject.id).await?;
                let is_his = |capacity: &&Capacity| {
                    capacity.relation().is_some()
                        && capacity.subject() == subject
                        && capacity.organization() == organization
                };
                let found = known.iter().flat_map(|known| known.iter()).find(is_his);
                Ok(found.copied().map(Acting::Guardian)) // there is one at most (I-13)
            }
            Role::Provider { roles, .. } => Ok(is_owner(roles).then_some(Acting::OnBehalf {
                owner: actor.subject.id,
                provider: subject,
                organization,
            })),
            Role::Hcp { .. } | Role::ConfigUser { .. } => Ok(None),
        }
    }

    /// How the machine would act for the provider, as [`Standings::acting_for`]: by the
    /// newest delegation that has begun, the last word.
    ///
    /// # Errors
    /// The database is away.
    pub async fn machine_acting_for(
        &self,
        store: &Store,
        (machine, provider): (ServiceAccountId, AccountId),
        organization: OrganizationId,
    ) -> Result<Option<Acting>, StoreError> {
        let load = async || {
            let found = delegations::between(&mut store.read().await?, machine, provider).await?;
            Ok::<_, StoreError>((!found.is_empty()).then(|| Arc::from(found)))
        };
        let pair = (machine, provider);
        let found = self.delegations.get_or_load(store, &pair, load).await?;
        let now = store.now();
        let newest = found
            .iter()
            .flat_map(|found| found.iter())
            .find(|delegation| {
                delegation.organization == organization && delegation.authorises(now)
            });
        Ok(newest.map(|delegation| Acting::Delegate {
            delegation: delegation.id,
            organization,
        }))
    }
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
