//! The words for relations that several faces share: keys of texts.
use crate::guardianship::{AccessLevel, Basis, Relationship, WhyNot};

/// What a guardian is to the one he acts for.
pub const fn relationship(relationship: Relationship) -> &'static str {
    match relationship {
        Relationship::Parent => "relationship-parent",
        Relationship::Mother => "relationship-mother",
        Relationship::Father => "relationship-father",
        Relationship::Guardian => "relationship-guardian",
        Relationship::Grandparent => "relationship-grandparent",
        Relationship::PowerOfAttorney => "relationship-power-of-attorney",
        Relationship::HealthCarePowerOfAttorney => "relationship-health-care-power-of-attorney",
        Relationship::DurablePowerOfAttorney => "relationship-durable-power-of-attorney",
        Relationship::FamilyMember => "relationship-family-member",
        Relationship::Other => "relationship-other",
    }
}

/// The same for a token's word. `None` when it is no such word.
pub fn relationship_named(name: &str) -> Option<&'static str> {
    Relationship::parse(name).map(relationship)
}

/// How far a relation reaches.
pub const fn reach(is_full: bool) -> &'static str {
    if is_full {
        "reach-full"
    } else {
        "reach-limited"
    }
}

/// How far a relation reaches, as a choice of staff.
pub const fn level(level: AccessLevel) -> &'static str {
    match level {
        AccessLevel::Full => "level-full",
        AccessLevel::Limited => "level-limited",
    }
}

/// What a relation rests on.
pub const fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Parental => "basis-parental",
        Basis::CourtOrder => "basis-court-order",
        Basis::PowerOfAttorney => "basis-power-of-attorney",
        Basis::PatientConsent => "basis-patient-consent",
    }
}

/// Why a relation does not authorise.
pub const fn why_not(why: WhyNot) -> &'static str {
    match why {
        WhyNot::NotActive => "why-not-active",
        WhyNot::NotYet => "why-not-yet",
        WhyNot::Over => "why-over",
        WhyNot::GuardianUnfit => "why-guardian-unfit",
        WhyNot::DependentUnfit => "why-dependent-unfit",
        WhyNot::Majority => "why-majority",
        WhyNot::Emancipated => "why-emancipated",
        WhyNot::AgeUnknown => "why-age-unknown",
    }
}
