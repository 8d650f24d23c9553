//! What the API shows of a guardianship, and how its refusals read.
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::{Kind, Problem};
use crate::{
    access::ScopeSet,
    accounts,
    clock::Timestamp,
    guardianship::{
        AccessLevel, AddRefusal, Basis, ChangeRefusal, DecideRefusal, Guardianship, ProposeRefusal,
        Relationship, Status, Verification,
    },
    id::{AccountId, GuardianshipId, OrganizationId},
    store::{StoreError, Tx},
};

/// A relation of guardian and dependent, or of an adult and his proxy.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Relation {
    /// Also the id of the FHIR RelatedPerson.
    #[schema(value_type = uuid::Uuid)]
    id: GuardianshipId,
    #[schema(value_type = uuid::Uuid)]
    organization_id: OrganizationId,
    #[schema(value_type = uuid::Uuid)]
    guardian_account_id: AccountId,
    /// The guardian's name.
    guardian_name: String,
    #[schema(value_type = uuid::Uuid)]
    dependent_account_id: AccountId,
    /// The dependent's name.
    dependent_name: String,
    /// HL7 v3-RoleCode.
    #[schema(value_type = String)]
    relationship: Relationship,
    #[schema(value_type = String)]
    basis: Basis,
    #[schema(value_type = String)]
    access_level: AccessLevel,
    #[schema(value_type = Option<String>)]
    scope_ceiling: Option<ScopeSet>,
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
    survives_majority: bool,
    #[schema(value_type = String)]
    status: Status,
    #[schema(value_type = String)]
    verification: Verification,
    /// Where the evidence is filed; only staff see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence_ref: Option<String>,
}

impl Relation {
    /// As staff see it.
    ///
    /// # Errors
    /// The database is away.
    pub(super) async fn full(tx: &mut Tx, relation: &Guardianship) -> Result<Self, StoreError> {
        Ok(Self {
            id: relation.id,
            organization_id: relation.organization,
            guardian_account_id: relation.guardian,
            guardian_name: name(tx, relation.guardian).await?,
            dependent_account_id: relation.dependent,
            dependent_name: name(tx, relation.dependent).await?,
            relationship: relation.relationship,
            basis: relation.basis,
            access_level: relation.access_level,
            scope_ceiling: relation.scope_ceiling.clone(),
            starts_at: relation.starts_at,
            ends_at: relation.ends_at,
            survives_majority: relation.survives_majority,
            status: relation.status,
            verification: relation.verification,
            evidence_ref: relation.evidence_ref.clone(),
        })
    }

    /// As one of the two sees it: without the evidence, and with no contact data of the
    /// other (N-19).
    ///
    /// # Errors
    /// The database is away.
    pub(super) async fn own(tx: &mut Tx, relation: &Guardianship) -> Result<Self, StoreError> {
        let mut shown = Self::full(tx, relation).await?;
        shown.evidence_ref = None;
        Ok(shown)
    }
}

async fn name(tx: &mut Tx, account: AccountId) -> Result<String, StoreError> {
    let found = accounts::account(tx, account).await?;
    Ok(found
        .map(|account| account.display_name)
        .unwrap_or_default())
}

impl From<AddRefusal> for Kind {
    fn from(refusal: AddRefusal) -> Self {
        match refusal {
            AddRefusal::ImpossibleBirthDate => invalid("birth_date", "invalid"),
            AddRefusal::NotAMinor => invalid("birth_date", "not_a_minor"),
            AddRefusal::GuardianUnfit => Self::Conflict("guardian_unfit"),
            AddRefusal::NoProfile => Self::Conflict("no_consumer_profile"),
            AddRefusal::TooManyDependents => Self::Conflict("too_many_dependents"),
            AddRefusal::PatientIdTaken => Self::Conflict("patient_id_taken"),
        }
    }
}

impl From<ProposeRefusal> for Kind {
    fn from(refusal: ProposeRefusal) -> Self {
        match refusal {
            ProposeRefusal::Oneself => Self::Unfit("self_guardianship"),
            ProposeRefusal::GuardianUnfit => Self::Unfit("guardian_unfit"),
            ProposeRefusal::DependentUnfit => Self::Unfit("dependent_unfit"),
            ProposeRefusal::NotAMinor => Self::Unfit("not_a_minor"),
            ProposeRefusal::NotAnAdult => Self::Unfit("not_an_adult"),
            ProposeRefusal::EndsAt => invalid("ends_at", "out_of_range"),
            ProposeRefusal::Evidence => invalid("evidence_ref", "required"),
            ProposeRefusal::Exists => Self::Conflict("guardianship_exists"),
            ProposeRefusal::TooMany => Self::Conflict("too_many_guardianships"),
            ProposeRefusal::OwnRelation => Self::Forbidden("own_relation"),
        }
    }
}

impl From<ChangeRefusal> for Kind {
    fn from(refusal: ChangeRefusal) -> Self {
        match refusal {
            ChangeRefusal::OwnRelation => Self::Forbidden("own_relation"),
            ChangeRefusal::Over => Self::Conflict("wrong_state"),
            ChangeRefusal::EndsAt => invalid("ends_at", "out_of_range"),
            ChangeRefusal::Ceiling => invalid("scope_ceiling", "invalid"),
            ChangeRefusal::NotStaffs => Self::Forbidden("granted_by_patient"),
        }
    }
}

impl From<DecideRefusal> for Kind {
    fn from(refusal: DecideRefusal) -> Self {
        match refusal {
            DecideRefusal::WrongState => Self::Conflict("wrong_state"),
            DecideRefusal::OwnRelation => Self::Forbidden("own_relation"),
            DecideRefusal::TooMany => Self::Conflict("too_many_guardianships"),
        }
    }
}

fn invalid(field: &str, code: &'static str) -> Kind {
    Kind::Invalid(vec![super::problem::FieldFault::new(field, code)])
}

/// The answer to a refusal.
pub(super) fn refuse(refusal: impl Into<Kind>) -> Problem {
    Problem::of(refusal.into())
}
