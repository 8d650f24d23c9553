//! What a relation is made of.
use std::fmt;

use jiff::civil::Date;

use crate::{
    access::ScopeSet,
    accounts::{Standing, Status as AccountStatus},
    clock::Timestamp,
    id::{AccountId, GuardianshipId, OrganizationId},
};

/// What the guardian is to the dependent (HL7 v3-RoleCode).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Relationship {
    /// Parent.
    #[serde(rename = "PRN")]
    Parent,
    /// Mother.
    #[serde(rename = "MTH")]
    Mother,
    /// Father.
    #[serde(rename = "FTH")]
    Father,
    /// Guardian.
    #[serde(rename = "GUARD")]
    Guardian,
    /// Grandparent.
    #[serde(rename = "GRPRN")]
    Grandparent,
    /// Power of attorney.
    #[serde(rename = "POWATT")]
    PowerOfAttorney,
    /// Health care power of attorney.
    #[serde(rename = "HPOWATT")]
    HealthCarePowerOfAttorney,
    /// Durable power of attorney.
    #[serde(rename = "DPOWATT")]
    DurablePowerOfAttorney,
    /// Family member.
    #[serde(rename = "FAMMEMB")]
    FamilyMember,
    /// Other.
    #[serde(rename = "OTH")]
    Other,
}

impl Relationship {
    /// Every one.
    pub const ALL: &[Self] = &[
        Self::Parent,
        Self::Mother,
        Self::Father,
        Self::Guardian,
        Self::Grandparent,
        Self::PowerOfAttorney,
        Self::HealthCarePowerOfAttorney,
        Self::DurablePowerOfAttorney,
        Self::FamilyMember,
        Self::Other,
    ];

    /// The stored and written name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Parent => "PRN",
            Self::Mother => "MTH",
            Self::Father => "FTH",
            Self::Guardian => "GUARD",
            Self::Grandparent => "GRPRN",
            Self::PowerOfAttorney => "POWATT",
            Self::HealthCarePowerOfAttorney => "HPOWATT",
            Self::DurablePowerOfAttorney => "DPOWATT",
            Self::FamilyMember => "FAMMEMB",
            Self::Other => "OTH",
        }
    }

    /// Reads a name. `None` when there is no such word.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|word| word.name() == name)
    }
}

/// What the right rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Being the parent of a minor (I-11).
    Parental,
    /// A court's decision.
    CourtOrder,
    /// A power of attorney.
    PowerOfAttorney,
    /// The adult subject's own consent (I-12).
    PatientConsent,
}

impl Basis {
    /// Every one.
    pub const ALL: &[Self] = &[
        Self::Parental,
        Self::CourtOrder,
        Self::PowerOfAttorney,
        Self::PatientConsent,
    ];

    /// The stored and written name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Parental => "parental",
            Self::CourtOrder => "court_order",
            Self::PowerOfAttorney => "power_of_attorney",
            Self::PatientConsent => "patient_consent",
        }
    }

    /// Reads a name. `None` when there is no such word.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|word| word.name() == name)
    }
}

/// How far the right reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessLevel {
    /// The whole record.
    Full,
    /// The organization's limited ceiling.
    Limited,
}

impl AccessLevel {
    /// Every one.
    pub const ALL: &[Self] = &[Self::Full, Self::Limited];

    /// The stored and written name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Limited => "limited",
        }
    }

    /// Reads a name. `None` when there is no such word.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|word| word.name() == name)
    }
}

/// Where the relation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Proposed.
    Pending,
    /// In force.
    Active,
    /// On hold by staff, for a dispute.
    Suspended,
    /// Over for good.
    Ended,
}

impl Status {
    /// Every one.
    pub const ALL: &[Self] = &[Self::Pending, Self::Active, Self::Suspended, Self::Ended];

    /// The stored and written name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Ended => "ended",
        }
    }

    /// Reads a name. `None` when there is no such word.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|word| word.name() == name)
    }
}

/// Who vouches for the relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verification {
    /// The guardian.
    SelfAsserted,
    /// Staff.
    StaffVerified,
}

impl Verification {
    /// Every one.
    pub const ALL: &[Self] = &[Self::SelfAsserted, Self::StaffVerified];

    /// The stored and written name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SelfAsserted => "self_asserted",
            Self::StaffVerified => "staff_verified",
        }
    }

    /// Reads a name. `None` when there is no such word.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|word| word.name() == name)
    }
}

/// Why a relation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedReason {
    /// Taken back by the subject or staff.
    Revoked,
    /// Given up by the guardian.
    Resigned,
    /// Its time was over.
    Expired,
    /// The dependent came of age.
    Majority,
    /// Staff recorded that the minor counts as grown up.
    Emancipated,
    /// The guardian's account was closed.
    GuardianClosed,
    /// Another row took its place.
    Superseded,
    /// Never accepted.
    Declined,
}

impl EndedReason {
    /// Every one.
    pub const ALL: &[Self] = &[
        Self::Revoked,
        Self::Resigned,
        Self::Expired,
        Self::Majority,
        Self::Emancipated,
        Self::GuardianClosed,
        Self::Superseded,
        Self::Declined,
    ];

    /// The stored and written name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Resigned => "resigned",
            Self::Expired => "expired",
            Self::Majority => "majority",
            Self::Emancipated => "emancipated",
            Self::GuardianClosed => "guardian_closed",
            Self::Superseded => "superseded",
            Self::Declined => "declined",
        }
    }

    /// Reads a name. `None` when there is no such word.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|word| word.name() == name)
    }
}

impl fmt::Display for Relationship {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guardianship {
    /// Its id; also the FHIR RelatedPerson's.
    pub id: GuardianshipId,
    /// Where it holds.
    pub organization: OrganizationId,
    /// Who acts.
    pub guardian: AccountId,
    /// For whom.
    pub dependent: AccountId,
    /// What the guardian is to the dependent.
    pub relationship: Relationship,
    /// What the right rests on.
    pub basis: Basis,
    /// How far it reaches.
    pub access_level: AccessLevel,
    /// What narrows it further.
    pub scope_ceiling: Option<ScopeSet>,
    /// From when on.
    pub starts_at: Timestamp,
    /// Until when; `None`: until something else ends it.
    pub ends_at: Option<Timestamp>,
    /// Whether it goes on after majority.
    pub survives_majority: bool,
    /// Where it stands.
    pub status: Status,
    /// Who vouches for it.
    pub verification: Verification,
    /// Where the evidence is filed.
    pub evidence_ref: Option<String>,
}

/// What the rules need to know of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Party {
    /// Whether it may be used.
    pub status: AccountStatus,
    /// Whether the person stands on his own.
    pub standing: Standing,
    /// Day of birth, if known.
    pub birth_date: Option<Date>,
    /// From when on a minor counts as grown up.
    pub emancipated_at: Option<Timestamp>,
}

/// The two sides of a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parties {
    /// Who acts.
    pub guardian: Party,
    /// For whom.
    pub dependent: Party,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_written_as_stored<T: serde::Serialize + Copy>(all: &[T], name: fn(T) -> &'static str) {
        for word in all {
            let written = serde_json::to_value(word).unwrap();
            assert_eq!(written, name(*word));
        }
    }

    #[test]
    fn a_word_is_written_as_it_is_stored() {
        is_written_as_stored(Relationship::ALL, Relationship::name);
        is_written_as_stored(Basis::ALL, Basis::name);
        is_written_as_stored(AccessLevel::ALL, AccessLevel::name);
        is_written_as_stored(Status::ALL, Status::name);
        is_written_as_stored(Verification::ALL, Verification::name);
        is_written_as_stored(EndedReason::ALL, EndedReason::name);
        assert_eq!(Relationship::parse("FTH"), Some(Relationship::Father));
        assert_eq!(Relationship::parse("fth"), None);
    }
}
