//! The end of an account, with everything that hangs on it.
//!
//! Owns no table: it puts the deeds of those who do into one transaction, so that nothing of
//! the account outlives it.
use crate::{
    access::{ConfigRole, Role},
    accounts::{self, Standing},
    audit::{self, Action, Doer, Event},
    clients, config_users,
    grants::{self, Ending, Group},
    guardianship::{self, EndedReason, Notices},
    id::AccountId,
    mail::Letter,
    organizations, providers,
    store::{StoreError, Tx},
};

/// Why the account stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseRefusal {
    /// Its person is an organization's only OWNER, or its only config Owner (I-21, I-40).
    LastOwner,
    /// Its person stands under guardianship.
    Dependent,
}

/// Closes the account of `person` for good, on his own wish. His identifiers are free
/// afterwards. What is refused changes nothing.
///
/// # Errors
/// The database is away.
pub async fn close_account(
    tx: &mut Tx,
    notices: &Notices,
    person: AccountId,
) -> Result<Result<(), CloseRefusal>, StoreError> {
    let account = accounts::account(tx, person).await?;
    let Some(account) = account.filter(|account| account.standing == Standing::Primary) else {
        return Ok(Err(CloseRefusal::Dependent));
    };
    if is_needed(tx, person).await? {
        return Ok(Err(CloseRefusal::LastOwner));
    }
    let letter = Letter::AccountClosed {
        name: account.display_name,
    };
    accounts::tell(tx, &notices.mailer, person, &letter).await?;
    let doer = Doer::Person(person);
    for relation in guardianship::of_guardian(tx, person).await? {
        let why = EndedReason::GuardianClosed;
        guardianship::finish(tx, notices, &relation, why, &doer, None).await?;
    }
    guardianship::settle_lent(tx, person).await?;
    for relation in guardianship::of_dependent(tx, person).await? {
        let why = EndedReason::Revoked;
        guardianship::finish(tx, notices, &relation, why, &doer, None).await?;
    }
    guardianship::forget_requests(tx, person).await?;
    for mut membership in providers::of_account(tx, person).await? {
        membership.status = providers::Status::Ended;
        providers::put(tx, &membership).await?;
    }
    for mut grant in config_users::of_account(tx, person).await? {
        grant.status = config_users::Status::Ended;
        config_users::put(tx, &grant).await?;
    }
    clients::withdraw_all(tx, person).await?;
    grants::revoke_all(tx, &Group::Person(person), Ending::RelationEnded).await?;
    accounts::session::end_all(tx, person, None).await?;
    accounts::close(tx, person).await?;
    let event = Event::done(Action::AccountClosed).by(person).about(person);
    audit::record(tx, event).await?;
    Ok(Ok(()))
}

/// Whether an organization would be without OWNER or config Owner.
async fn is_needed(tx: &mut Tx, person: AccountId) -> Result<bool, StoreError> {
    for membership in providers::of_account(tx, person).await? {
        organizations::hold(tx, membership.organization).await?;
        let is_owner = membership.is_active() && membership.roles.contains(Role::Owner);
        if is_owner && providers::is_last_owner(tx, person, membership.organization).await? {
            return Ok(true);
        }
    }
    for grant in config_users::of_account(tx, person).await? {
        organizations::hold(tx, grant.organization).await?;
        let is_owner = grant.is_active() && grant.role == ConfigRole::Owner;
        if is_owner && config_users::is_last_owner(tx, person, grant.organization).await? {
            return Ok(true);
        }
    }
    Ok(false)
}
