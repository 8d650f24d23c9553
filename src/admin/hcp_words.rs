//! The codes of the directory in words for people.
use crate::{
    hcps::{Fault, KeyFault, KeyRefusal, Refusal, TokenRefusal},
    invitations::HcpInvitationStatus,
    web::{Faults, Texts},
};

/// The key of the words for where an invitation stands, and the class of its chip.
pub(super) const fn invitation(
    status: Option<HcpInvitationStatus>,
) -> (&'static str, &'static str) {
    match status {
        None => ("not-invited", "chip"),
        Some(HcpInvitationStatus::Sent) => ("invitation-sent", "chip chip-dot chip-warn"),
        Some(HcpInvitationStatus::Accepted) => ("invitation-accepted", "chip chip-dot chip-ok"),
        Some(HcpInvitationStatus::Failed) => ("invitation-failed", "chip chip-dot chip-danger"),
        Some(HcpInvitationStatus::Expired) => ("invitation-expired", "chip chip-dot chip-danger"),
        Some(HcpInvitationStatus::Void) => ("invitation-void", "chip chip-dot chip-warn"),
    }
}

/// The key of the words for a fault of a field.
fn of_fault(fault: &Fault) -> &'static str {
    match (fault.code, fault.field) {
        ("required", _) => "fault-required",
        ("too_long", _) => "fault-too-long",
        ("control_characters", _) => "fault-characters",
        ("in_the_past", _) => "fault-in-the-past",
        ("too_late", _) => "fault-too-late",
        ("unknown_parent_organization", _) => "fault-parent-unknown",
        (_, "email") => "fault-hcp-email",
        (_, "phone") => "fault-hcp-phone",
        _ => "fault-unfit",
    }
}

/// Adds what does not fit.
pub(super) fn add(t: &Texts, faults: &mut Faults, found: &[Fault]) {
    for fault in found {
        faults.add(fault.field, t.get(of_fault(fault)));
    }
}

/// Adds why a deed was refused, at the field that it is about.
pub(super) fn refuse(t: &Texts, faults: &mut Faults, refusal: Refusal) {
    let (field, words) = match refusal {
        Refusal::EmailTaken => ("email", "fault-email-taken"),
        Refusal::UnknownParent => ("parent_id", "fault-parent-unknown"),
        Refusal::ParentNotOrganization => ("parent_id", "fault-parent-person"),
        Refusal::ParentCycle => ("parent_id", "fault-parent-cycle"),
        Refusal::TooDeep => ("parent_id", "fault-too-deep"),
        Refusal::Stale => ("version", "fault-stale"),
        Refusal::HasChildren => ("confirm", "fault-has-children"),
        Refusal::LastOwner => ("confirm", "fault-hcp-last-owner"),
    };
    faults.add(field, t.get(words));
}

/// Adds why a token was not made.
pub(super) fn refuse_token(t: &Texts, faults: &mut Faults, refusal: &TokenRefusal) {
    match refusal {
        TokenRefusal::Unfit(found) => {
            for fault in found {
                faults.add(fault.field, t.get(of_fault(fault)));
            }
        }
        TokenRefusal::NameTaken => faults.add("name", t.get("fault-token-name-taken")),
    }
}

/// Why a text is no public key.
pub(super) const fn key_fault(fault: KeyFault) -> &'static str {
    match fault {
        KeyFault::Invalid => "fault-key",
        KeyFault::Size => "fault-key-size",
        KeyFault::Exponent => "fault-key-exponent",
    }
}

/// Why a key was not registered.
pub(super) const fn key_refusal(refusal: KeyRefusal) -> &'static str {
    match refusal {
        KeyRefusal::Taken => "fault-key-taken",
        KeyRefusal::TooMany => "fault-too-many-keys",
    }
}
