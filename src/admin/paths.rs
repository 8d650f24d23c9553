//! The addresses of the console.
use crate::{
    access::Role,
    id::{AccountId, DatabaseId, GuardianshipId, ImportId, OrganizationId, SolutionId},
    web::paths as web_paths,
};

/// Where an organization's console begins.
pub(super) fn console(org: OrganizationId) -> String {
    format!("/admin/{org}")
}

/// The directories of HCPs.
pub(super) fn hcps(org: OrganizationId) -> String {
    format!("/admin/{org}/hcps")
}

/// The same, with what is done to solutions and directories.
pub(super) fn all_databases(org: OrganizationId) -> String {
    format!("/admin/{org}/hcps?all=yes")
}

/// Where a solution is made.
pub(super) fn solutions(org: OrganizationId) -> String {
    format!("/admin/{org}/solutions")
}

/// One solution.
pub(super) fn solution(org: OrganizationId, id: SolutionId) -> String {
    format!("/admin/{org}/solutions/{id}")
}

/// One directory, as it is called and put away.
pub(super) fn database(org: OrganizationId, of: SolutionId, id: DatabaseId) -> String {
    format!("/admin/{org}/solutions/{of}/databases/{id}")
}

/// Users and roles.
pub(super) fn members(org: OrganizationId) -> String {
    format!("/admin/{org}/members")
}

/// The form that invites a member.
pub(super) fn invite_member(org: OrganizationId) -> String {
    format!("/admin/{org}/members/invite")
}

/// One member.
pub(super) fn member(org: OrganizationId, account: AccountId) -> String {
    format!("/admin/{org}/members/{account}")
}

/// The 14 roles.
pub(super) fn roles(org: OrganizationId) -> String {
    format!("/admin/{org}/roles")
}

/// What the organization takes away from a role.
pub(super) fn role(org: OrganizationId, role: Role) -> String {
    format!("/admin/{org}/roles/{role}")
}

/// Config users.
pub(super) fn config_users(org: OrganizationId) -> String {
    format!("/admin/{org}/config-users")
}

/// The form that invites a config user.
pub(super) fn invite_config_user(org: OrganizationId) -> String {
    format!("/admin/{org}/config-users/invite")
}

/// One config user.
pub(super) fn config_user(org: OrganizationId, account: AccountId) -> String {
    format!("/admin/{org}/config-users/{account}")
}

/// The form that reads a file of HCPs.
pub(super) fn hcp_import(org: OrganizationId) -> String {
    format!("/admin/{org}/hcp-import")
}

/// The rows of a file of HCPs.
pub(super) fn hcp_import_rows(org: OrganizationId, db: DatabaseId, import: ImportId) -> String {
    format!("/admin/{org}/hcp-import/{db}/{import}")
}

/// Consumers and guardianships.
pub(super) fn consumers(org: OrganizationId) -> String {
    format!("/admin/{org}/consumers")
}

/// The form that enters a consumer.
pub(super) fn new_consumer(org: OrganizationId) -> String {
    format!("/admin/{org}/consumers/new")
}

/// One consumer.
pub(super) fn consumer(org: OrganizationId, account: AccountId) -> String {
    web_paths::admin_consumer(org, account)
}

/// One relation.
pub(super) fn guardianship(org: OrganizationId, id: GuardianshipId) -> String {
    format!("/admin/{org}/guardianships/{id}")
}

/// Who could act for somebody at a moment.
pub(super) fn what_if(org: OrganizationId) -> String {
    format!("/admin/{org}/what-if")
}

/// The audit log.
pub(super) fn audit(org: OrganizationId) -> String {
    format!("/admin/{org}/audit")
}

/// The organization's settings.
pub(super) fn settings(org: OrganizationId) -> String {
    format!("/admin/{org}/settings")
}
