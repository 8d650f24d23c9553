//! What declared people are in an organization besides consumers: its staff, and who
//! configures it.
use super::{
    apply::{ApplyError, Run},
    declared::Person,
};
use crate::{
    accounts,
    config_users::{self, ConfigGrant, Granted},
    grants::{self, Capacity, Ending, Group},
    id::{AccountId, OrganizationId},
    providers::{self, Membership},
};

pub(super) async fn put_roles(
    run: &mut Run<'_>,
    organization: OrganizationId,
    (person, id): (&Person, AccountId),
    fields: &mut Vec<&'static str>,
) -> Result<(), ApplyError> {
    let Some(roles) = &person.roles else {
        return Ok(());
    };
    let stored = providers::membership(run.tx, id, organization).await?;
    if stored
        .as_ref()
        .is_some_and(|m| m.is_active() && m.roles == *roles)
    {
        return Ok(());
    }
    if let Some(stored) = stored.as_ref().filter(|stored| stored.is_active()) {
        if stored.roles.iter().any(|role| !roles.contains(role)) {
            let capacity = Capacity::Provider {
                account: id,
                organization,
            };
            grants::revoke_all(run.tx, &Group::In(capacity), Ending::RelationEnded).await?;
        }
        accounts::session::end_all(run.tx, id, None).await?; // SECURITY.md 5.6
    }
    let membership = Membership {
        account: id,
        organization,
        roles: roles.clone(),
        status: providers::Status::Active,
        hcp_id: stored.as_ref().and_then(|m| m.hcp_id),
        last_reviewed_at: stored.and_then(|m| m.last_reviewed_at),
    };
    providers::put(run.tx, &membership).await?;
    fields.push("roles");
    Ok(())
}

pub(super) async fn put_config(
    run: &mut Run<'_>,
    organization: OrganizationId,
    (person, id): (&Person, AccountId),
    fields: &mut Vec<&'static str>,
) -> Result<(), ApplyError> {
    let Some((role, permissions)) = &person.config else {
        return Ok(());
    };
    let stored = config_users::config_grant(run.tx, id, organization).await?;
    let mut wanted = permissions.clone();
    wanted.sort_unstable();
    wanted.dedup();
    let is_same = stored.as_ref().is_some_and(|grant| {
        let mut held: Vec<_> = grant.granted.iter().map(|g| g.permission).collect();
        held.sort_unstable();
        grant.is_active() && grant.role == *role && held == wanted
    });
    if is_same {
        return Ok(());
    }
    let granted_at = run.tx.now();
    let granted = |permission: &_| Granted {
        permission: *permission,
        granted_by: None,
        granted_at,
    };
    let grant = ConfigGrant {
        account: id,
        organization,
        role: *role,
        granted: wanted.iter().map(granted).collect(),
        status: config_users::Status::Active,
    };
    if let Some(stored) = stored.filter(ConfigGrant::is_active) {
        let lost = stored.permissions().without(grant.permissions());
        if !lost.is_empty() {
            let capacity = Capacity::ConfigUser {
                account: id,
                organization,
            };
            grants::revoke_all(run.tx, &Group::In(capacity), Ending::RelationEnded).await?;
        }
        accounts::session::end_all(run.tx, id, None).await?; // SECURITY.md 5.6
    }
    config_users::put(run.tx, &grant).await?;
    fields.push("config");
    Ok(())
}

/// Ends what the person holds through a part in the organization that is gone.
pub(super) async fn end_grants(
    run: &mut Run<'_>,
    account: AccountId,
    organization: OrganizationId,
) -> Result<(), ApplyError> {
    let group = Group::PersonWithin(account, organization);
    grants::revoke_all(run.tx, &group, Ending::RelationEnded).await?;
    Ok(())
}
