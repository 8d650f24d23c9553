//! Tenants: who they are, how they want things, and where their data lives.
//!
//! Owns `organizations`, `resource_servers`, `solutions` and `databases`. Everything a
//! tenant may set is one [`Settings`] value, checked when it is read from text, so
//! that the rules elsewhere take it as it is. Requests look tenants up through
//! [`Organizations`], which keeps them in memory until one changes.
mod change;
mod directories;
mod place;
mod queries;
mod reader;
mod settings;
mod span;
mod zone;

use crate::id::{DatabaseId, OrganizationId, SolutionId};

pub use change::change;
pub use directories::{
    Directory, archive_database, archive_solution, databases_of, directory, hold_database, solution,
};
pub use place::BaseUrl;
pub use queries::{
    NewOrganization, by_name, databases, get, hold, insert, insert_database, insert_solution, list,
    put_resource_servers, rename_database, rename_solution, solutions, update,
};
pub use reader::Organizations;
pub use settings::{SecondFactor, Settings, SettingsFault};
pub use span::Span;
pub use zone::Zone;

/// The word in a list of audiences that stands for this server's own API,
/// `{issuer}/api`.
pub const SELF_AUDIENCE: &str = "self";

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name, unique on the server.
    pub name: String,
    /// Whether its people and machines may do anything.
    pub status: Status,
    /// How it wants things.
    pub settings: Settings,
    /// The resource servers it declared, by audience.
    pub resource_servers: Vec<ResourceServer>,
}

/// Whether an organization is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Status {
    /// In use.
    Active,
    /// Nobody acts in it.
    Suspended,
}

/// A consumer of access tokens.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::FromRow)]
#[serde(deny_unknown_fields)]
pub struct ResourceServer {
    /// Its resource name (RFC 8707): the `aud` of its tokens.
    pub audience: String,
    /// How its access tokens are signed.
    pub signing_alg: SigningAlg,
}

/// A signature algorithm.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::Type,
)]
#[sqlx(type_name = "TEXT")]
pub enum SigningAlg {
    /// RSA, PKCS #1 v1.5.
    RS256,
    /// RSA, PSS.
    PS256,
    /// ECDSA on P-256.
    #[default]
    ES256,
    /// Ed25519.
    EdDSA,
}

impl SigningAlg {
    /// Its name in headers and metadata.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::PS256 => "PS256",
            Self::ES256 => "ES256",
            Self::EdDSA => "EdDSA",
        }
    }
}

impl Organization {
    /// Whether people and machines may act in it.
    pub fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    /// How access tokens for `audience` are signed: ES256 unless declared otherwise.
    pub fn signing_alg(&self, audience: &str) -> SigningAlg {
        self.resource_servers
            .iter()
            .find(|server| server.audience == audience)
            .map(|server| server.signing_alg)
            .unwrap_or_default()
    }

    /// The audiences of a client or service account that names none (T-06).
    pub fn default_audiences(&self) -> Vec<String> {
        let fhir = self
            .settings
            .fhir_base_url
            .as_ref()
            .map(ToString::to_string);
        fhir.into_iter().chain([SELF_AUDIENCE.to_owned()]).collect()
    }
}

/// A group of databases.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Solution {
    /// Its id.
    pub id: SolutionId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Its name, unique in the organization.
    pub name: String,
}

/// A directory of HCPs.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Database {
    /// Its id.
    pub id: DatabaseId,
    /// Its solution.
    pub solution_id: SolutionId,
    /// Its name, unique in the solution.
    pub name: String,
}
