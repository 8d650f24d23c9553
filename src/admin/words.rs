//! The names of roles and permissions in plain words.
use crate::{
    access::{Permission, Role},
    clock::Timestamp,
    organizations::Organization,
    web::Texts,
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

/// What a permission lets somebody do. `None` for those that nobody grants to a Member.
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
        _ => return None,
    };
    Some(t.get(key))
}

/// A day in the organization's time zone, as tables show it.
pub(super) fn day(moment: Timestamp, organization: &Organization) -> String {
    let day = organization.settings.time_zone.day_of(moment);
    day.strftime("%-d %b %Y").to_string()
}
