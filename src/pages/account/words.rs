//! The words for relations that several pages of the account share: keys of texts.
use crate::guardianship::Relationship;

/// What a guardian is to the one he acts for.
pub(super) const fn relationship(relationship: Relationship) -> &'static str {
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

/// How far a relation reaches.
pub(super) const fn reach(is_full: bool) -> &'static str {
    if is_full {
        "reach-full"
    } else {
        "reach-limited"
    }
}
