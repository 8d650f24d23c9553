//! What staff send about relations.
use serde::Deserialize;
use utoipa::ToSchema;

use super::{checks::Checks, problem::Problem};
use crate::{
    access::ScopeSet,
    clock::Timestamp,
    guardianship::{AccessLevel, Basis, Guardianship, Proposal, Relationship},
    id::AccountId,
};

/// A relation to propose.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProposalInput {
    #[schema(value_type = uuid::Uuid)]
    guardian_account_id: AccountId,
    #[schema(value_type = uuid::Uuid)]
    dependent_account_id: AccountId,
    /// HL7 v3-RoleCode.
    relationship: String,
    /// `parental`, `court_order` or `power_of_attorney`.
    basis: String,
    /// `full` or `limited`.
    access_level: Option<String>,
    #[schema(value_type = Option<String>)]
    scope_ceiling: Option<ScopeSet>,
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
    #[serde(default)]
    survives_majority: bool,
    evidence_ref: Option<String>,
}

impl ProposalInput {
    pub(super) fn read(self) -> Result<Proposal, Problem> {
        let mut checks = Checks::default();
        let relationship = checks.word(
            "relationship",
            &self.relationship,
            Relationship::parse,
            Relationship::Other,
        );
        // The adult himself grants a proxy (I-12), nobody for him.
        let basis = |name: &str| Basis::parse(name).filter(|b| *b != Basis::PatientConsent);
        let basis = checks.word("basis", &self.basis, basis, Basis::Parental);
        let level = self.access_level.as_deref().unwrap_or("full");
        let level = checks.word("access_level", level, AccessLevel::parse, AccessLevel::Full);
        let evidence_ref = self
            .evidence_ref
            .map(|text| checks.text("evidence_ref", &text, 1, 200));
        checks.finish()?;
        Ok(Proposal {
            guardian: self.guardian_account_id,
            dependent: self.dependent_account_id,
            relationship,
            basis,
            access_level: level,
            scope_ceiling: self.scope_ceiling,
            ends_at: self.ends_at,
            survives_majority: self.survives_majority,
            evidence_ref,
        })
    }
}

/// What may be changed of a relation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RelationChange {
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
    access_level: Option<String>,
    #[schema(value_type = Option<String>)]
    scope_ceiling: Option<ScopeSet>,
    evidence_ref: Option<String>,
}

impl RelationChange {
    /// The relation as it is to be.
    pub(super) fn read(self, relation: &Guardianship) -> Result<Guardianship, Problem> {
        let mut checks = Checks::default();
        let level = match &self.access_level {
            None => relation.access_level,
            Some(name) => checks.word(
                "access_level",
                name,
                AccessLevel::parse,
                AccessLevel::Limited,
            ),
        };
        let evidence = match &self.evidence_ref {
            None => relation.evidence_ref.clone(),
            Some(text) => Some(checks.text("evidence_ref", text, 1, 200)),
        };
        checks.finish()?;
        Ok(Guardianship {
            ends_at: self.ends_at.or(relation.ends_at),
            access_level: level,
            scope_ceiling: self.scope_ceiling.or(relation.scope_ceiling.clone()),
            evidence_ref: evidence,
            ..relation.clone()
        })
    }
}

/// Why something is done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReasonInput {
    /// 3 to 200 characters.
    reason: String,
}

impl ReasonInput {
    pub(super) fn read(&self) -> Result<String, Problem> {
        let mut checks = Checks::default();
        let reason = checks.text("reason", &self.reason, 3, 200);
        checks.finish().map(|()| reason)
    }
}
