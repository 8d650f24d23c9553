//! Support lets somebody try again who typed too many wrong passwords. Nobody learns or sets
//! a password by it.
use super::throttle::{self, Counter};
use crate::{
    audit::{self, Action, Doer, Event},
    id::{AccountId, OrganizationId},
    store::{StoreError, Tx},
};

/// Forgets the account's failed sign-ins.
///
/// # Errors
/// The database is away.
pub async fn unlock(
    tx: &mut Tx,
    account: AccountId,
    by: &Doer,
    organization: OrganizationId,
) -> Result<(), StoreError> {
    throttle::forgive(tx, &Counter::sign_in(&account.to_string())).await?;
    let event = Event::done(Action::AccountUnlocked)
        .done_by(by)
        .about(account)
        .within(organization);
    audit::record(tx, event).await
}
