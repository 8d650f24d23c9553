//! Staff enter a person who has no identifier yet.
use super::{NewAccount, by_patient, put_profile, queries};
use crate::{
    audit::{self, Action, Doer, Event},
    id::{AccountId, OrganizationId},
    store::{StoreError, Tx},
};

/// Enters a consumer of `organization`. He signs in once he has an identifier of his own: who
/// is grown up takes the account over, for a minor somebody cares. `None` when another account
/// has the patient record.
///
/// # Errors
/// The database is away.
pub async fn create_consumer(
    tx: &mut Tx,
    organization: OrganizationId,
    (new, patient_id): (NewAccount, Option<&str>),
    by: &Doer,
) -> Result<Option<AccountId>, StoreError> {
    if let Some(patient) = patient_id
        && by_patient(tx, organization, patient).await?.is_some()
    {
        return Ok(None);
    }
    let account = queries::insert_account(tx, new).await?;
    put_profile(tx, account, organization, patient_id).await?;
    let event = Event::done(Action::PersonCreated)
        .done_by(by)
        .about(account)
        .within(organization);
    audit::record(tx, event).await?;
    Ok(Some(account))
}
