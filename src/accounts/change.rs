//! Staff change a person.
use jiff::civil::Date;

use super::{Account, Status, by_patient, put_profile, queries, session};
use crate::{
    audit::{self, Action, Doer, Event},
    grants::{self, Ending, Group},
    id::OrganizationId,
    store::{StoreError, Tx},
};

/// What changes; the rest stays.
#[derive(Debug, Clone, Default)]
pub struct PersonChange {
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Day of birth; what depends on the age follows at once.
    pub birth_date: Option<Date>,
    /// Active or suspended.
    pub status: Option<Status>,
    /// The FHIR Patient.
    pub patient_id: Option<String>,
}

/// Changes a person on behalf of staff of `organization`. Whoever is suspended loses
/// sessions and grants in the same transaction. `false` when another account has the patient
/// record: nothing is changed.
///
/// # Errors
/// The database is away.
pub async fn change_person(
    tx: &mut Tx,
    mut account: Account,
    organization: OrganizationId,
    change: PersonChange,
    by: &Doer,
) -> Result<bool, StoreError> {
    let id = account.id;
    if let Some(patient) = &change.patient_id {
        let owner = by_patient(tx, organization, patient).await?;
        if owner.is_some_and(|owner| owner != id) {
            return Ok(false);
        }
        put_profile(tx, id, organization, Some(patient)).await?;
    }
    let is_renamed = change.given_name.is_some() || change.family_name.is_some();
    account.given_name = change.given_name.unwrap_or(account.given_name);
    account.family_name = change.family_name.unwrap_or(account.family_name);
    if is_renamed {
        let name = format!("{} {}", account.given_name, account.family_name);
        account.display_name = name.trim().to_owned();
    }
    account.birth_date = change.birth_date.or(account.birth_date);
    // Whoever closed his account, or never proved his identifier, is not brought back by staff.
    if matches!(account.status, Status::Active | Status::Suspended) {
        account.status = change.status.unwrap_or(account.status);
    }
    queries::update_account(tx, &account).await?;
    if account.status != Status::Active {
        session::end_all(tx, id, None).await?;
        grants::revoke_all(tx, &Group::Person(id), Ending::RelationEnded).await?;
    }
    let event = Event::done(Action::PersonChanged)
        .done_by(by)
        .about(id)
        .within(organization);
    audit::record(tx, event).await?;
    Ok(true)
}
