//! The names of roles and permissions in plain words.
use jiff::civil::Date;

use crate::{
    access::{Permission, Role},
    clock::Timestamp,
    organizations::Organization,
    web::{Faults, Texts},
};

/// The 14 roles in three groups: the key of the group's name, and its roles.
pub(super) const GROUPS: [(&str, &[Role]); 3] = [
    ("roles-run", &[Role::Owner, Role::Member, Role::Support]),
    (
        "roles-care",
        &[
            Role::Provider,
            Role::ProviderPhysician,
            Role::ProviderPhysicianAssistant,
            Role::ProviderNursePractitioner,
            Role::Therapist,
            Role::Nutritionist,
            Role::HealthCoach,
        ],
    ),
    (
        "roles-organize",
        &[
            Role::IntakeStaff,
            Role::FieldStaff,
            Role::ClientManager,
            Role::Dispatch,
        ],
    ),
];

/// The plain name of a role.
pub(super) fn role(t: &Texts, role: Role) -> String {
    t.get(match role {
        Role::Owner => "role-owner",
        Role::Member => "role-member",
        Role::Support => "role-support",
        Role::Provider => "role-provider",
        Role::ProviderPhysician => "role-physician",
        Role::ProviderPhysicianAssistant => "role-physician-assistant",
        Role::ProviderNursePractitioner => "role-nurse-practitioner",
        Role::Therapist => "role-therapist",
        Role::Nutritionist => "role-nutritionist",
        Role::HealthCoach => "role-health-coach",
        Role::IntakeStaff => "role-intake-staff",
        Role::FieldStaff => "role-field-staff",
        Role::ClientManager => "role-client-manager",
        Role::Dispatch => "role-dispatch",
    })
}

/// What a permission lets somebody do. `None` for those that no form offers.
pub(super) fn permission(t: &Texts, permission: Permission) -> Option<String> {
    use Permission as P;
    let key = match permission {
        P::OrgRead => "may-org-read",
        P::OrgWrite => "may-org-write",
        P::UsersRead => "may-users-read",
        P::UsersWrite => "may-users-write",
        P::HcpRead => "may-hcp-read",
        P::HcpWrite => "may-hcp-write",
        P::HcpDelete => "may-hcp-delete",
        P::HcpImport => "may-hcp-import",
        P::HcpTokens => "may-hcp-tokens",
        P::HcpKeys => "may-hcp-keys",
        P::ServiceAccountsRead => "may-service-accounts-read",
        P::ServiceAccountsWrite => "may-service-accounts-write",
        P::ClientsRead => "may-clients-read",
        P::ClientsWrite => "may-clients-write",
        P::PolicyWrite => "may-policy-write",
        P::AuditRead => "may-audit-read",
        P::AccountsSupport => "may-accounts-support",
        P::ConsumersRead => "may-consumers-read",
        P::ConsumersWrite => "may-consumers-write",
        P::GuardianshipsRead => "may-guardianships-read",
        P::GuardianshipsWrite => "may-guardianships-write",
        P::DelegationsWrite => "may-delegations-write",
        P::OnBehalf => "may-on-behalf",
        P::ConfigUsersWrite | P::LaunchWrite | P::PlatformAdmin => return None,
    };
    Some(t.get(key))
}

/// A day in the organization's time zone, as tables show it.
pub(super) fn day(moment: Timestamp, organization: &Organization) -> String {
    date(organization.settings.time_zone.day_of(moment))
}

/// A day of the calendar, in the same form.
pub(super) fn date(day: Date) -> String {
    day.strftime("%-d %b %Y").to_string()
}

/// A day of birth, which does not lie ahead; what does not fit is added.
pub(super) fn birthday(t: &Texts, faults: &mut Faults, typed: &str, today: Date) -> Option<Date> {
    let day: Option<Date> = typed.parse().ok();
    let day = day.filter(|day| *day <= today && day.year() >= 1900);
    if day.is_none() {
        faults.add("birth_date", t.get("fault-date"));
    }
    day
}

/// A patient record's id, where one is typed; what does not fit is added.
pub(super) fn patient_id(t: &Texts, faults: &mut Faults, typed: &str) -> Option<String> {
    short(t, faults, "patient_id", (typed, 64))
}

/// A text of up to `longest` characters, where one is typed; what does not fit is added.
pub(super) fn short(
    t: &Texts,
    faults: &mut Faults,
    field: &'static str,
    (typed, longest): (&str, usize),
) -> Option<String> {
    let text = typed.trim();
    if text.chars().count() > longest || text.chars().any(char::is_control) {
        faults.add(field, t.get("fault-text"));
    }
    (!text.is_empty()).then(|| text.to_owned())
}

/// Why something is done, 3 to 200 characters; what does not fit is added.
pub(super) fn reason(t: &Texts, faults: &mut Faults, field: &'static str, typed: &str) -> String {
    let text = typed.trim();
    let fits = (3..=200).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if !fits {
        faults.add(field, t.get("fault-reason"));
    }
    text.to_owned()
}

/// The end of a last day in the organization's time zone, where one is typed; what does not
/// fit is added.
pub(super) fn last_day(
    t: &Texts,
    faults: &mut Faults,
    typed: &str,
    organization: &Organization,
) -> Option<Timestamp> {
    if typed.trim().is_empty() {
        return None;
    }
    let day: Option<Date> = typed.trim().parse().ok();
    let end = day.and_then(|day| organization.settings.time_zone.end_of(day));
    if end.is_none() {
        faults.add("last_day", t.get("fault-last-day"));
    }
    end
}
