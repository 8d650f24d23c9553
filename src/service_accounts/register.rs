//! A machine is registered, changed, and removed.
use super::{ServiceAccount, queries};
use crate::{
    access::{Context, Permission, Scope, ScopeSet},
    audit::{self, Action, Doer, Event},
    store::{StoreError, Tx},
};

/// Another service account of the organization has the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameTaken;

/// What cannot be registered for a machine: it has `system/` scopes, administrative ones, and
/// `introspect` (DOMAIN.md 8). `platform:admin` is the operator's.
pub fn not_registrable(scopes: &ScopeSet) -> ScopeSet {
    let is_out = |scope: &&Scope| match scope {
        Scope::Permission(permission) => *permission == Permission::PlatformAdmin,
        Scope::Introspect => false,
        other => other.context() != Some(Context::System),
    };
    scopes.iter().filter(is_out).cloned().collect()
}

/// Whether somebody who holds `held` may hand out `scopes`: nobody gets by a machine what he
/// may not do himself. Launch contexts are for machines only.
pub fn may_hand_out(scopes: &ScopeSet, held: &ScopeSet) -> bool {
    scopes.iter().all(|scope| match scope {
        Scope::Permission(Permission::LaunchWrite) => true,
        Scope::Permission(_) => held.contains(scope),
        _ => true,
    })
}

/// Stores a new service account.
///
/// # Errors
/// The database is away.
pub async fn register(
    tx: &mut Tx,
    account: &ServiceAccount,
    by: &Doer,
) -> Result<Result<(), NameTaken>, StoreError> {
    store(tx, account, (Action::ServiceAccountRegistered, by)).await
}

/// Stores what changed of a service account: true at once for tokens that it has.
///
/// # Errors
/// The database is away.
pub async fn change(
    tx: &mut Tx,
    account: &ServiceAccount,
    by: &Doer,
) -> Result<Result<(), NameTaken>, StoreError> {
    store(tx, account, (Action::ServiceAccountChanged, by)).await
}

async fn store(
    tx: &mut Tx,
    account: &ServiceAccount,
    (action, by): (Action, &Doer),
) -> Result<Result<(), NameTaken>, StoreError> {
    let namesake = queries::find_by_name(tx, account.organization, &account.name).await?;
    if namesake.is_some_and(|other| other.id != account.id) {
        return Ok(Err(NameTaken));
    }
    match queries::put(tx, account).await {
        Err(error) if error.is_duplicate() => return Ok(Err(NameTaken)),
        stored => stored?,
    }
    record(tx, account, action, by).await?;
    Ok(Ok(()))
}

/// Removes a service account with its keys. Its id is never used again. The caller removes
/// its delegations before: `delegations::remove_machine` does both.
///
/// # Errors
/// The database is away.
pub async fn remove(tx: &mut Tx, account: &ServiceAccount, by: &Doer) -> Result<(), StoreError> {
    queries::delete(tx, account.id).await?;
    record(tx, account, Action::ServiceAccountRemoved, by).await
}

pub(super) async fn record(
    tx: &mut Tx,
    account: &ServiceAccount,
    action: Action,
    by: &Doer,
) -> Result<(), StoreError> {
    let event = Event::done(action)
        .done_by(by)
        .about(account.id)
        .within(account.organization);
    audit::record(tx, event).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> ScopeSet {
        text.parse().unwrap()
    }

    #[test]
    fn a_machine_has_system_and_administrative_scopes_only() {
        let good = set("system/*.rs hcp:read launch:write introspect");
        assert!(not_registrable(&good).is_empty());
        let bad = set("openid account user/*.rs patient/*.rs platform:admin offline_access");
        assert_eq!(not_registrable(&bad), bad);
    }

    #[test]
    fn nobody_hands_out_what_he_does_not_hold() {
        let held = set("hcp:read service_accounts:write");
        assert!(may_hand_out(
            &set("hcp:read launch:write system/*.cruds"),
            &held
        ));
        assert!(!may_hand_out(&set("hcp:read hcp:write"), &held));
    }
}
