//! Where somebody administers, and what he may do there: his memberships and config grants,
//! looked up at each request (N-10).
use std::sync::Arc;

use crate::{
    access::{ConfigRole, Permissions, Role},
    config_users::{self, ConfigGrant},
    id::AccountId,
    organizations::{Organization, Organizations},
    providers::{self, Membership},
    store::{Store, StoreError},
};

/// What a person may do in one organization, in whatever capacity.
#[derive(Debug, Clone)]
pub struct Seat {
    /// The organization.
    pub organization: Arc<Organization>,
    /// What his roles and his config grant allow, together.
    pub permissions: Permissions,
    /// Whether he is an OWNER among the members.
    pub is_owner: bool,
    /// Owner or Member among those who configure.
    pub config_role: Option<ConfigRole>,
}

/// Every organization that the person has a part in, by name.
///
/// # Errors
/// The database is away.
pub async fn seats(
    store: &Store,
    organizations: &Organizations,
    account: AccountId,
) -> Result<Vec<Seat>, StoreError> {
    let mut tx = store.read().await?;
    let memberships = providers::of_account(&mut tx, account).await?;
    let grants = config_users::of_account(&mut tx, account).await?;
    drop(tx);
    let mut ids: Vec<_> = memberships.iter().map(|m| m.organization).collect();
    ids.extend(grants.iter().map(|g| g.organization));
    ids.sort_unstable();
    ids.dedup();
    let mut seats = Vec::new();
    for id in ids {
        let found = organizations.get(store, id).await?;
        let Some(organization) = found.filter(|organization| organization.is_active()) else {
            continue;
        };
        let is_here = |m: &&Membership| m.organization == id && m.is_active();
        let membership = memberships.iter().find(is_here);
        let grant = grants
            .iter()
            .find(|g| g.organization == id && g.is_active());
        if membership.is_some() || grant.is_some() {
            seats.push(seat(organization, membership, grant));
        }
    }
    seats.sort_by(|a, b| a.organization.name.cmp(&b.organization.name));
    Ok(seats)
}

fn seat(
    organization: Arc<Organization>,
    membership: Option<&Membership>,
    grant: Option<&ConfigGrant>,
) -> Seat {
    let limits = &organization.settings.role_limits;
    let as_member = membership.map(|m| m.roles.capabilities(limits).permissions);
    let as_configurer = grant.map(ConfigGrant::permissions);
    let permissions = as_member.unwrap_or(Permissions::NONE);
    Seat {
        permissions: permissions.and(as_configurer.unwrap_or(Permissions::NONE)),
        is_owner: membership.is_some_and(|m| m.roles.contains(Role::Owner)),
        config_role: grant.map(|grant| grant.role),
        organization,
    }
}
