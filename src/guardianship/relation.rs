//! What a relation is made of.
use std::fmt;

use jiff::civil::Date;

use crate::{
    access::ScopeSet,
    accounts::{Standing, Status as AccountStatus},
    clock::Timestamp,
    id::{AccountId, GuardianshipId, OrganizationId},
};

/// A set of words, each with its stored name. Gives `name`, `parse` and `ALL`.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$word_doc])* #[serde(rename = $text)] $word),+ }
        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$word),+];
            /// The stored and written name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$word => $text),+ }
            }
            /// Reads a name. `None` when there is no such word.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.name() == name)
            }
        }
    };
}

words! {
    /// What the guardian is to the dependent (HL7 v3-RoleCode).
    Relationship {
        /// Parent.
        Parent = "PRN",
        /// Mother.
        Mother = "MTH",
        /// Father.
        Father = "FTH",
        /// Guardian.
        Guardian = "GUARD",
        /// Grandparent.
        Grandparent = "GRPRN",
        /// Power of attorney.
        PowerOfAttorney = "POWATT",
        /// Health care power of attorney.
        HealthCarePowerOfAttorney = "HPOWATT",
        /// Durable power of attorney.
        DurablePowerOfAttorney = "DPOWATT",
        /// Family member.
        FamilyMember = "FAMMEMB",
        /// Other.
        Other = "OTH",
    }
}
words! {
    /// What the right rests on.
    Basis {
        /// Being the parent of a minor (I-11).
        Parental = "parental",
        /// A court's decision.
        CourtOrder = "court_order",
        /// A power of attorney.
        PowerOfAttorney = "power_of_attorney",
        /// The adult subject's own consent (I-12).
        PatientConsent = "patient_consent",
    }
}
words! {
    /// How far the right reaches.
    AccessLevel {
        /// The whole record.
        Full = "full",
        /// The organization's limited ceiling.
        Limited = "limited",
    }
}
words! {
    /// Where the relation stands.
    Status {
        /// Proposed.
        Pending = "pending",
        /// In force.
        Active = "active",
        /// On hold by staff, for a dispute.
        Suspended = "suspended",
        /// Over for good.
        Ended = "ended",
    }
}
words! {
    /// Who vouches for the relation.
    Verification {
        /// The guardian.
        SelfAsserted = "self_asserted",
        /// Staff.
        StaffVerified = "staff_verified",
    }
}
words! {
    /// Why a relation ended.
    EndedReason {
        /// Taken back by the subject or staff.
        Revoked = "revoked",
        /// Given up by the guardian.
        Resigned = "resigned",
        /// Its time was over.
        Expired = "expired",
        /// The dependent came of age.
        Majority = "majority",
        /// Staff recorded that the minor counts as grown up.
        Emancipated = "emancipated",
        /// The guardian's account was closed.
        GuardianClosed = "guardian_closed",
        /// Another row took its place.
        Superseded = "superseded",
        /// Never accepted.
        Declined = "declined",
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
