//! Ids that name their kind: an [`AccountId`] is never taken for an [`OrganizationId`].
//!
//! All are UUIDs of version 7, written lower-case with hyphens, never reused and
//! never derived from personal data. They are made by `store::Tx::id`.
use std::{fmt, hash, marker::PhantomData, str::FromStr};

use sqlx::{Database, Decode, Encode, Type, encode::IsNull, error::BoxDynError};
use uuid::Uuid;

/// An id of a `K`.
pub struct Id<K>(Uuid, PhantomData<fn() -> K>);

/// The kinds of things that have ids. They hold nothing; they only tell ids apart.
pub mod kinds {
    /// A person who signs in, or a dependent: `sub`.
    #[derive(Debug)]
    pub enum Account {}
    /// An e-mail address or phone number that somebody signs in with.
    #[derive(Debug)]
    pub enum Identifier {}
    /// A password, a passkey or another proof.
    #[derive(Debug)]
    pub enum Credential {}
    /// A tenant.
    #[derive(Debug)]
    pub enum Organization {}
    /// A group of databases.
    #[derive(Debug)]
    pub enum Solution {}
    /// A directory of HCPs.
    #[derive(Debug)]
    pub enum Database {}
    /// What was granted to a client: the parent of a code, a refresh family and access tokens.
    #[derive(Debug)]
    pub enum Grant {}
    /// A guardian's relation to a dependent; also the id of the FHIR RelatedPerson.
    #[derive(Debug)]
    pub enum Guardianship {}
    /// A machine: `client_id` and `sub`.
    #[derive(Debug)]
    pub enum ServiceAccount {}
    /// A provider's permission to a machine to act for him.
    #[derive(Debug)]
    pub enum Delegation {}
    /// A service account's key.
    #[derive(Debug)]
    pub enum ApiKey {}
    /// Somebody's permission to a client.
    #[derive(Debug)]
    pub enum Consent {}
    /// A browser session: `sid`.
    #[derive(Debug)]
    pub enum Session {}
    /// An authorization request under way.
    #[derive(Debug)]
    pub enum AuthorizationRequest {}
    /// Something that happened.
    #[derive(Debug)]
    pub enum AuditEvent {}
    /// Somebody's directory entry.
    #[derive(Debug)]
    pub enum Hcp {}
    /// A code by which somebody takes over his account.
    #[derive(Debug)]
    pub enum HandoverCode {}
    /// An identifier that somebody wants for an account.
    #[derive(Debug)]
    pub enum NewIdentifier {}
    /// Somebody was asked to join.
    #[derive(Debug)]
    pub enum Invitation {}
    /// An HCP's authentication token.
    #[derive(Debug)]
    pub enum HcpToken {}
    /// An HCP's public key.
    #[derive(Debug)]
    pub enum HcpKey {}
    /// An import of HCPs.
    #[derive(Debug)]
    pub enum Import {}
    /// A registration that nobody has verified yet.
    #[derive(Debug)]
    pub enum SignUp {}
}

/// An identifier that somebody wants for an account.
pub type NewIdentifierId = Id<kinds::NewIdentifier>;
/// The `sub` of a person.
pub type AccountId = Id<kinds::Account>;
/// A login identifier.
pub type IdentifierId = Id<kinds::Identifier>;
/// A tenant.
pub type OrganizationId = Id<kinds::Organization>;
/// A solution of a tenant.
pub type SolutionId = Id<kinds::Solution>;
/// A database of a solution.
pub type DatabaseId = Id<kinds::Database>;
/// A grant.
pub type GrantId = Id<kinds::Grant>;
/// A guardianship.
pub type GuardianshipId = Id<kinds::Guardianship>;
/// A service account.
pub type ServiceAccountId = Id<kinds::ServiceAccount>;
/// A delegation.
pub type DelegationId = Id<kinds::Delegation>;
/// A service account's key.
pub type ApiKeyId = Id<kinds::ApiKey>;
/// A consent.
pub type ConsentId = Id<kinds::Consent>;
/// A browser session.
pub type SessionId = Id<kinds::Session>;
/// An authorization request under way.
pub type AuthorizationRequestId = Id<kinds::AuthorizationRequest>;
/// An audit event.
pub type AuditEventId = Id<kinds::AuditEvent>;
/// A registration under way.
pub type SignUpId = Id<kinds::SignUp>;
/// An invitation.
pub type InvitationId = Id<kinds::Invitation>;
/// A directory entry.
pub type HcpId = Id<kinds::Hcp>;
/// An HCP's authentication token.
pub type HcpTokenId = Id<kinds::HcpToken>;
/// An HCP's public key.
pub type HcpKeyId = Id<kinds::HcpKey>;
/// An import of HCPs.
pub type ImportId = Id<kinds::Import>;

impl<K> Id<K> {
    /// Takes a UUID that is known to name a `K`.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// The UUID.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> hash::Hash for Id<K> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}
impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K> FromStr for Id<K> {
    type Err = uuid::Error;

    /// Reads a hyphenated UUID.
    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        uuid::fmt::Hyphenated::from_str(text).map(|id| Self::from_uuid(id.into_uuid()))
    }
}

impl<K> serde::Serialize for Id<K> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut text = uuid::Uuid::encode_buffer();
        to.serialize_str(self.0.hyphenated().encode_lower(&mut text))
    }
}
impl<'de, K> serde::Deserialize<'de> for Id<K> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl<DB: Database, K> Type<DB> for Id<K>
where
    String: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        String::type_info()
    }
    fn compatible(ty: &DB::TypeInfo) -> bool {
        String::compatible(ty)
    }
}
impl<'q, DB: Database, K> Encode<'q, DB> for Id<K>
where
    String: Encode<'q, DB>,
{
    fn encode_by_ref(&self, buf: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        self.to_string().encode(buf)
    }
}
impl<'r, DB: Database, K> Decode<'r, DB> for Id<K>
where
    &'r str: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(<&str>::decode(value)?.parse()?)
    }
}
