//! An organization's name or settings change.
use super::{Organization, queries};
use crate::{
    audit::{self, Action, Doer, Event},
    store::{StoreError, Tx},
};

/// Stores the organization as it is to be; the caller holds it. `false` when another has the
/// name.
///
/// # Errors
/// The database is away.
pub async fn change(tx: &mut Tx, changed: &Organization, by: &Doer) -> Result<bool, StoreError> {
    let namesake = queries::by_name(tx, &changed.name).await?;
    if namesake.is_some_and(|other| other.id != changed.id) {
        return Ok(false);
    }
    queries::update(tx, changed).await?;
    let event = Event::done(Action::OrganizationChanged)
        .done_by(by)
        .within(changed.id)
        .on(changed.id);
    audit::record(tx, event).await?;
    Ok(true)
}
