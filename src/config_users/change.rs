//! What Owners do with config users: other role, other permissions, end (DOMAIN.md 7).
use super::{ConfigGrant, Granted, Status, config_grant, is_last_owner, put, queries};
use crate::{
    access::{ConfigRole, Permission, Permissions},
    accounts::session,
    audit::{self, Action, Doer, Event},
    grants::{self, Capacity, Ending, Group},
    id::{AccountId, OrganizationId},
    store::{StoreError, Tx},
};

/// Why a config grant stays as it is. The names are stable codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigRefusal {
    /// There is no such config user.
    NotFound,
    /// The organization would be without an active Owner (I-40).
    LastOwner,
}

/// What is to be different.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigChange {
    /// Owner or Member.
    pub role: Option<ConfigRole>,
    /// What a Member may, all of it.
    pub permissions: Option<Vec<Permission>>,
}

/// The permissions as `by` grants them now; those that were granted before keep who and when.
pub fn granted(tx: &Tx, wanted: &[Permission], before: &[Granted], by: &Doer) -> Vec<Granted> {
    let mut wanted = wanted.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let fresh = |permission: &Permission| Granted {
        permission: *permission,
        granted_by: by.account(),
        granted_at: tx.now(),
    };
    let kept =
        |permission: &Permission| before.iter().find(|g| g.permission == *permission).cloned();
    let all = wanted.iter().map(|p| kept(p).unwrap_or_else(|| fresh(p)));
    all.collect()
}

/// Whether an Owner may grant each of them to a Member.
pub fn are_grantable(permissions: &[Permission]) -> bool {
    let all: Permissions = permissions.iter().copied().collect();
    all.without(ConfigRole::GRANTABLE).is_empty()
}

/// Changes role or permissions. The caller holds the organization.
///
/// # Errors
/// The database is away.
pub async fn change(
    tx: &mut Tx,
    (account, organization): (AccountId, OrganizationId),
    change: ConfigChange,
    by: &Doer,
) -> Result<Result<ConfigGrant, ConfigRefusal>, StoreError> {
    let Some(before) = present(tx, account, organization).await? else {
        return Ok(Err(ConfigRefusal::NotFound));
    };
    let role = change.role.unwrap_or(before.role);
    let wanted = match (role, change.permissions) {
        (ConfigRole::Owner, _) => Vec::new(),
        (ConfigRole::Member, Some(wanted)) => granted(tx, &wanted, &before.granted, by),
        (ConfigRole::Member, None) => before.granted.clone(),
    };
    let after = ConfigGrant {
        role,
        granted: wanted,
        ..before.clone()
    };
    settle(tx, &before, after, (by, Action::ConfigUserChanged)).await
}

/// Ends a config grant, invited or not. The caller holds the organization, and makes an
/// invitation that waits worth nothing.
///
/// # Errors
/// The database is away.
pub async fn end(
    tx: &mut Tx,
    (account, organization): (AccountId, OrganizationId),
    by: &Doer,
) -> Result<Result<ConfigGrant, ConfigRefusal>, StoreError> {
    let Some(before) = present(tx, account, organization).await? else {
        return Ok(Err(ConfigRefusal::NotFound));
    };
    let after = ConfigGrant {
        status: Status::Ended,
        ..before.clone()
    };
    settle(tx, &before, after, (by, Action::ConfigUserEnded)).await
}

async fn present(
    tx: &mut Tx,
    account: AccountId,
    organization: OrganizationId,
) -> Result<Option<ConfigGrant>, StoreError> {
    let found = config_grant(tx, account, organization).await?;
    Ok(found.filter(|grant| grant.status != Status::Ended))
}

async fn settle(
    tx: &mut Tx,
    before: &ConfigGrant,
    after: ConfigGrant,
    (by, action): (&Doer, Action),
) -> Result<Result<ConfigGrant, ConfigRefusal>, StoreError> {
    let stays_owner = after.role == ConfigRole::Owner && after.is_active();
    if !stays_owner && is_last_owner(tx, before.account, before.organization).await? {
        return Ok(Err(ConfigRefusal::LastOwner));
    }
    put(tx, &after).await?;
    if before.is_active() && !after.is_active() {
        let capacity = Capacity::ConfigUser {
            account: after.account,
            organization: after.organization,
        };
        grants::revoke_all(tx, &Group::In(capacity), Ending::RelationEnded).await?;
    }
    if before.is_active() {
        session::end_all(tx, after.account, None).await?; // SECURITY.md 5.6
    }
    let names = |grant: &ConfigGrant| {
        let names: Vec<_> = grant.permissions().iter().map(|p| p.to_string()).collect();
        names.join(" ")
    };
    let mut event = Event::done(action)
        .done_by(by)
        .about(after.account)
        .within(after.organization);
    if after.is_active() {
        event = event.because(format!("{}: {}", after.role.claim(), names(&after)));
    }
    audit::record(tx, event).await?;
    Ok(Ok(after))
}

/// Somebody accepted: the config grant that waits for `waiting` becomes true for `account`.
/// `false` when none waits any more, or `account` configures already.
///
/// # Errors
/// The database is away.
pub async fn join(
    tx: &mut Tx,
    waiting: AccountId,
    account: AccountId,
    organization: OrganizationId,
) -> Result<bool, StoreError> {
    if waiting != account {
        if present(tx, account, organization).await?.is_some() {
            return Ok(false);
        }
        let found = present(tx, waiting, organization).await?;
        let Some(found) = found.filter(|found| found.status == Status::Invited) else {
            return Ok(false);
        };
        queries::delete(tx, waiting, organization).await?;
        put(tx, &ConfigGrant { account, ..found }).await?;
    }
    queries::join(tx, account, organization).await
}
