//! A new minor dependent, with the relation of the guardian who adds him (DOMAIN.md 4.3).
use jiff::civil::Date;

use super::{
    AccessLevel, Basis, Guardianship, NewGuardianship, Notices, Relationship, Status, Verification,
    limits, majority_at, queries, rules, step_queries,
};
use crate::{
    accounts::{self, NewAccount, Standing},
    audit::{self, Action, Doer, Event},
    id::{AccountId, GuardianshipId},
    organizations::{self, Organization},
    store::{StoreError, Tx},
};

/// Somebody to care for.
#[derive(Debug, Clone)]
pub struct NewDependent {
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Day of birth.
    pub birth_date: Date,
    /// What the guardian is to him.
    pub relationship: Relationship,
    /// His FHIR Patient; only staff give one.
    pub patient_id: Option<String>,
}

/// Why nobody was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddRefusal {
    /// The day of birth lies ahead, or before anybody alive was born.
    ImpossibleBirthDate,
    /// Of age already: only a minor can be added (I-11, N-03).
    NotAMinor,
    /// The guardian cannot act for others (I-10).
    GuardianUnfit,
    /// The guardian is no consumer of the organization.
    NoProfile,
    /// The guardian cares for as many as the organization allows (I-14).
    TooManyDependents,
    /// Another account has that patient record.
    PatientIdTaken,
}

/// Adds a dependent whom `guardian` cares for: active at once, or pending where the
/// organization wants to approve. What staff add is verified by them.
///
/// # Errors
/// The database is away.
pub async fn add_dependent(
    tx: &mut Tx,
    notices: &Notices,
    organization: &Organization,
    guardian: AccountId,
    new: NewDependent,
    by: &Doer,
) -> Result<Result<Guardianship, AddRefusal>, StoreError> {
    organizations::hold(tx, organization.id).await?;
    if let Some(refusal) = refusal(tx, organization, guardian, &new).await? {
        return Ok(Err(refusal));
    }
    let account = NewAccount {
        id: None,
        standing: Standing::Dependent,
        given_name: new.given_name,
        family_name: new.family_name,
        birth_date: Some(new.birth_date),
    };
    let dependent = accounts::insert_account(tx, account).await?;
    let contact = accounts::contacts(tx, guardian).await?;
    accounts::put_contact(tx, dependent, contact.first().map(|contact| contact.id)).await?; // I-02
    let patient = new.patient_id.as_deref();
    accounts::put_profile(tx, dependent, organization.id, patient).await?;

    let is_by_staff = by.account() != Some(guardian);
    let waits = organization.settings.require_guardianship_approval && !is_by_staff;
    let id: GuardianshipId = tx.id();
    let relation = Guardianship {
        id,
        organization: organization.id,
        guardian,
        dependent,
        relationship: new.relationship,
        basis: Basis::Parental,
        access_level: AccessLevel::Full,
        scope_ceiling: None,
        starts_at: tx.now(),
        ends_at: None,
        survives_majority: false,
        status: if waits {
            Status::Pending
        } else {
            Status::Active
        },
        verification: if is_by_staff {
            Verification::StaffVerified
        } else {
            Verification::SelfAsserted
        },
        evidence_ref: None,
    };
    let new = NewGuardianship {
        relation: relation.clone(),
        created_by: by.account(),
    };
    queries::insert(tx, new).await?;
    if waits {
        step_queries::accept(tx, id).await?;
    }
    let event = Event::done(Action::DependentAdded)
        .done_by(by)
        .about(dependent)
        .within(organization.id)
        .under(Some(id));
    audit::record(tx, event).await?;
    notices.began(tx, (&relation, by)).await?;
    Ok(Ok(relation))
}

async fn refusal(
    tx: &mut Tx,
    organization: &Organization,
    guardian: AccountId,
    new: &NewDependent,
) -> Result<Option<AddRefusal>, StoreError> {
    let (settings, now) = (&organization.settings, tx.now());
    let today = settings.time_zone.day_of(now);
    if new.birth_date > today || new.birth_date.year() < 1900 {
        return Ok(Some(AddRefusal::ImpossibleBirthDate));
    }
    if majority_at(new.birth_date, settings).is_none_or(|at| now >= at) {
        return Ok(Some(AddRefusal::NotAMinor));
    }
    let party = queries::party(tx, guardian).await?;
    if !party.is_some_and(|party| rules::is_fit_guardian(&party, settings, now)) {
        return Ok(Some(AddRefusal::GuardianUnfit));
    }
    if accounts::profile(tx, guardian, organization.id)
        .await?
        .is_none()
    {
        return Ok(Some(AddRefusal::NoProfile));
    }
    if !limits::has_room_for_dependent(tx, organization, guardian).await? {
        return Ok(Some(AddRefusal::TooManyDependents));
    }
    if let Some(patient) = &new.patient_id
        && accounts::by_patient(tx, organization.id, patient)
            .await?
            .is_some()
    {
        return Ok(Some(AddRefusal::PatientIdTaken));
    }
    Ok(None)
}
