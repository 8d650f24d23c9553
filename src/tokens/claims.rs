//! The claims of an access token (DOMAIN.md 9.2).
use serde::{Deserialize, Serialize};

use crate::{
    access::ScopeSet,
    accounts::Amr,
    capacity::ConsumerKind,
    id::{OrganizationId, ServiceAccountId},
};

/// `principal_type`: what resource servers decide by, never by `sub` alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrincipalType {
    /// A patient, guardian, dependent or independent HCP.
    Consumer,
    /// A member with roles.
    Provider,
    /// An Owner or Member who configures.
    ConfigUser,
    /// A machine.
    ServiceAccount,
    /// A directory entry, by its authentication token.
    Hcp,
}

/// Who acts for the subject (T-03). Depth is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// The actor's id; never the subject's (T-04).
    pub sub: String,
    /// What the actor is.
    pub principal_type: PrincipalType,
    /// The kind of relation, for guardians.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relationship: Option<String>,
    /// The guardianship or delegation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relation_id: Option<String>,
}

/// Who may act for the subject with a token of his own, while the subject is present.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MayAct {
    /// The machine.
    pub sub: ServiceAccountId,
}

/// The claims, in the order they are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// The server.
    pub iss: String,
    /// The one resource the token is for (T-06).
    pub aud: String,
    /// Whose data or authority it is.
    pub sub: String,
    /// The application it was issued to.
    pub client_id: String,
    /// What it reaches.
    pub scope: ScopeSet,
    /// What the subject is.
    pub principal_type: PrincipalType,
    /// Which kind of consumer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consumer_kind: Option<ConsumerKind>,
    /// The tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<OrganizationId>,
    /// The tenant's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_name: Option<String>,
    /// What the subject's function is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<String>>,
    /// The directory entry of a provider or an HCP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hcp_id: Option<String>,
    /// The HCP organization above that entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_organization_id: Option<String>,
    /// Whose record `patient/` scopes reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
    /// Who is acting, as a FHIR resource (T-11).
    #[serde(rename = "fhirUser", skip_serializing_if = "Option::is_none")]
    pub fhir_user: Option<String>,
    /// Who acts for the subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<Act>,
    /// Who may act for the subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub may_act: Option<MayAct>,
    /// When the person signed in, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// How sure that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// By which methods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amr: Option<Vec<Amr>>,
    /// For which purposes (T-05).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose_of_use: Option<Vec<String>>,
    /// When it was issued, in seconds.
    pub iat: i64,
    /// When it ends, in seconds.
    pub exp: i64,
    /// Its id; see [`super::Jti`].
    pub jti: String,
}

impl AccessClaims {
    /// Whether the audience is the JSON API of this server.
    pub fn is_for_api(&self) -> bool {
        self.aud.strip_suffix("/api") == Some(&self.iss)
    }
}
