//! What files can declare, checked as far as that goes without the database.
use jiff::civil::Date;

use crate::{
    access::{ConfigRole, Permission, Roles, ScopeSet},
    accounts::Identifier,
    clients::Registration,
    clock::Timestamp,
    guardianship::{AccessLevel, Basis, Relationship, Verification},
    id::{
        AccountId, ApiKeyId, DatabaseId, GuardianshipId, OrganizationId, ServiceAccountId,
        SolutionId,
    },
    organizations::{ResourceServer, Settings, Status},
    secret::Secret,
    service_accounts,
};

/// Everything that was declared.
#[derive(Debug, Default)]
pub struct Declared {
    pub(super) organizations: Vec<Organization>,
    /// Applications of the whole platform.
    pub(super) clients: Vec<Client>,
}

#[derive(Debug)]
pub(super) struct Organization {
    pub(super) id: Option<OrganizationId>,
    pub(super) name: String,
    /// `None`: it says nothing of it.
    pub(super) status: Option<Status>,
    pub(super) settings: Option<Settings>,
    /// `None`: it says nothing of them.
    pub(super) resource_servers: Option<Vec<ResourceServer>>,
    pub(super) solutions: Vec<Solution>,
    pub(super) people: Vec<Person>,
    pub(super) service_accounts: Vec<ServiceAccount>,
    pub(super) clients: Vec<Client>,
}

#[derive(Debug)]
pub(super) struct Solution {
    pub(super) id: Option<SolutionId>,
    pub(super) name: String,
    pub(super) databases: Vec<(Option<DatabaseId>, String)>,
}

/// A secret as it was declared.
#[derive(Debug, Clone)]
pub(super) enum DeclaredSecret {
    /// As it is.
    Plain(Secret),
    /// `sha256:…`, or an Argon2id PHC string.
    Stored(String),
}

impl DeclaredSecret {
    /// Whether both say the same.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Plain(a), Self::Plain(b)) => a.fingerprint() == b.fingerprint(),
            (Self::Stored(a), Self::Stored(b)) => a == b,
            _ => false,
        }
    }
}

#[derive(Debug)]
pub(super) struct Person {
    pub(super) path: String,
    pub(super) id: Option<AccountId>,
    pub(super) given_name: String,
    pub(super) family_name: String,
    pub(super) birth_date: Option<Date>,
    pub(super) email: Option<Identifier>,
    pub(super) phone: Option<Identifier>,
    pub(super) password: Option<DeclaredSecret>,
    pub(super) patient_id: Option<String>,
    /// Whether the person is a consumer here.
    pub(super) is_consumer: bool,
    pub(super) guardians: Vec<Guardian>,
    pub(super) roles: Option<Roles>,
    pub(super) config: Option<(ConfigRole, Vec<Permission>)>,
}

impl Person {
    /// What plans call the person.
    pub(super) fn label(&self) -> String {
        format!("person {} {}", self.given_name, self.family_name)
            .trim()
            .to_owned()
    }

    /// Whether no identifier of his own is declared. Somebody who is declared so for the first
    /// time is a dependent.
    pub(super) const fn is_dependent(&self) -> bool {
        self.email.is_none() && self.phone.is_none()
    }

    /// Whether nothing declared leads to the person.
    pub(super) const fn is_unreachable(&self) -> bool {
        self.is_dependent() && self.guardians.is_empty() && self.patient_id.is_none()
    }
}

/// How a guardian is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AccountRef {
    Id(AccountId),
    Identifier(Identifier),
}

#[derive(Debug)]
pub(super) struct Guardian {
    pub(super) path: String,
    pub(super) account: AccountRef,
    pub(super) id: Option<GuardianshipId>,
    pub(super) relationship: Relationship,
    pub(super) basis: Basis,
    pub(super) access_level: AccessLevel,
    pub(super) scope_ceiling: Option<ScopeSet>,
    pub(super) starts_at: Option<Timestamp>,
    pub(super) ends_at: Option<Timestamp>,
    pub(super) survives_majority: bool,
    pub(super) verification: Verification,
    pub(super) evidence_ref: Option<String>,
}

#[derive(Debug)]
pub(super) struct ServiceAccount {
    pub(super) path: String,
    pub(super) id: Option<ServiceAccountId>,
    pub(super) name: String,
    pub(super) registration: service_accounts::Registration,
    pub(super) keys: Vec<ApiKey>,
}

#[derive(Debug)]
pub(super) struct ApiKey {
    pub(super) path: String,
    pub(super) id: Option<ApiKeyId>,
    pub(super) name: String,
    pub(super) secret: DeclaredSecret,
    pub(super) expires_at: Timestamp,
}

#[derive(Debug)]
pub(super) struct Client {
    pub(super) path: String,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) is_active: bool,
    pub(super) registration: Registration,
    pub(super) secret: Option<DeclaredSecret>,
}
