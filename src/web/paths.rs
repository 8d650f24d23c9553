//! The address of every page, so that faces link to each other without knowing each
//! other.
use super::{LocalPath, Next};
use crate::id::{
    AccountId, AuditEventId, AuthorizationRequestId, DatabaseId, DelegationId, NewIdentifierId,
    OrganizationId, ServiceAccountId, SignUpId,
};

/// The token endpoint.
pub const TOKEN: &str = "/token";
/// UserInfo.
pub const USERINFO: &str = "/userinfo";
/// The key set.
pub const JWKS: &str = "/jwks";
/// Introspection.
pub const INTROSPECT: &str = "/introspect";
/// Revocation.
pub const REVOKE: &str = "/revoke";
/// Signing out by an application.
pub const LOGOUT: &str = "/logout";

/// The OpenAPI document of the JSON API.
pub const OPENAPI: &str = "/api/openapi.json";

/// The front door.
pub fn home() -> String {
    "/".to_owned()
}

/// The signed-in person's own pages.
pub fn account() -> String {
    "/account".to_owned()
}

/// For whom the signed-in person may act.
pub fn account_care() -> String {
    "/account/care".to_owned()
}

/// Adding a child to care for.
pub fn account_care_add() -> String {
    "/account/care/add".to_owned()
}

/// Saying yes to acting for somebody.
pub fn account_care_accept(relation: impl std::fmt::Display) -> String {
    format!("/account/care/{relation}/accept")
}

/// Saying no to it.
pub fn account_care_decline(relation: impl std::fmt::Display) -> String {
    format!("/account/care/{relation}/decline")
}

/// Acting for somebody no more.
pub fn account_care_end(relation: impl std::fmt::Display) -> String {
    format!("/account/care/{relation}/end")
}

/// Letting the dependent sign in himself.
pub fn account_care_sign_in(relation: impl std::fmt::Display) -> String {
    format!("/account/care/{relation}/sign-in")
}

/// Ending that.
pub fn account_care_sign_in_end(relation: impl std::fmt::Display) -> String {
    format!("/account/care/{relation}/sign-in/end")
}

/// Who may act for the signed-in person.
pub fn account_proxies() -> String {
    "/account/proxies".to_owned()
}

/// Taking that back.
pub fn account_proxy_end(relation: impl std::fmt::Display) -> String {
    format!("/account/proxies/{relation}/end")
}

/// What the signed-in person allowed to applications.
pub fn account_apps() -> String {
    "/account/apps".to_owned()
}

/// Taking one of these consents back.
pub fn account_app_stop(consent: impl std::fmt::Display) -> String {
    format!("/account/apps/{consent}/stop")
}

/// What happened in the signed-in person's account.
pub fn account_activity() -> String {
    "/account/activity".to_owned()
}

/// What happened there before the event.
pub fn account_activity_before(event: AuditEventId) -> String {
    format!("/account/activity?before={event}")
}

/// How the signed-in person signs in.
pub fn account_security() -> String {
    "/account/security".to_owned()
}

/// Choosing another password.
pub fn account_password() -> String {
    "/account/security/password".to_owned()
}

/// Signing in with another identifier.
pub fn account_identifier() -> String {
    "/account/security/identifier".to_owned()
}

/// Typing the code that came to it.
pub fn account_identifier_confirm(id: NewIdentifierId) -> String {
    format!("/account/security/identifier/confirm?id={id}")
}

/// Confirming it by the link; the token stands behind it.
pub fn account_identifier_link() -> String {
    "/account/security/identifier/confirm?token=".to_owned()
}

/// Closing the account.
pub fn account_close() -> String {
    "/account/security/close".to_owned()
}

/// What is shown once it is closed.
pub fn account_closed() -> String {
    "/account/closed".to_owned()
}

/// Where the signed-in person is signed in.
pub fn account_sessions() -> String {
    "/account/sessions".to_owned()
}

/// Ending one of these sessions.
pub fn account_session_end(id: impl std::fmt::Display) -> String {
    format!("/account/sessions/{id}/end")
}

/// Ending all of them but the one that asks.
pub fn account_sessions_end_others() -> String {
    "/account/sessions/end-others".to_owned()
}

/// Signing in, and going to `next` afterwards.
pub fn sign_in(next: &Next) -> String {
    match next {
        Next::Account => "/sign-in".to_owned(),
        Next::Authorization(id) => format!("/sign-in?request={id}"),
        Next::Page(path) => format!("/sign-in?next={}", encoded(path)),
    }
}

/// Signing up, with the query of the visit.
pub fn sign_up(query: &str) -> String {
    match query {
        "" => "/sign-up".to_owned(),
        query => format!("/sign-up?{query}"),
    }
}

/// Signing up from where `next` leads.
pub fn sign_up_for(next: &Next) -> String {
    match next.request() {
        Some(id) => sign_up(&format!("request={id}")),
        None => sign_up(""),
    }
}

/// Typing the code of a registration, and going to `next` afterwards.
pub fn verify(id: SignUpId, next: &Next) -> String {
    match next {
        Next::Account => format!("/verify?id={id}"),
        Next::Authorization(request) => format!("/verify?id={id}&request={request}"),
        Next::Page(path) => format!("/verify?id={id}&next={}", encoded(path)),
    }
}

/// Confirming a registration by its link; the token stands behind it.
pub fn verify_link() -> String {
    "/verify?token=".to_owned()
}

/// Asking for a new password.
pub fn forgot_password() -> String {
    "/forgot-password".to_owned()
}

/// Choosing a new password; the token stands behind it.
pub fn reset_link() -> String {
    "/reset-password?token=".to_owned()
}

/// Taking over one's account.
pub fn hand_over() -> String {
    "/hand-over".to_owned()
}

/// Typing the code that came to the new identifier.
pub fn hand_over_confirm(id: NewIdentifierId) -> String {
    format!("/hand-over?id={id}")
}

/// Confirming it by the link; the token stands behind it.
pub fn hand_over_link() -> String {
    "/hand-over?token=".to_owned()
}

/// Joining by an invitation; the token stands behind it.
pub fn invitation_link() -> String {
    "/invitation?token=".to_owned()
}

/// Signing out.
pub fn sign_out() -> String {
    "/sign-out".to_owned()
}

/// Signing in as somebody else for an authorization request under way.
pub fn sign_in_for(id: AuthorizationRequestId) -> String {
    sign_in(&Next::Authorization(id))
}

/// The authorization endpoint, with a query.
pub fn authorize(query: &str) -> String {
    format!("/authorize?{query}")
}

/// The page of an authorization request that asks for whom the person acts.
pub fn authorize_for(id: AuthorizationRequestId) -> String {
    format!("/authorize/{id}/for")
}

/// The page of an authorization request that asks for consent.
pub fn authorize_consent(id: AuthorizationRequestId) -> String {
    format!("/authorize/{id}/consent")
}

/// The dispatcher of an authorization request under way.
pub fn authorize_step(id: AuthorizationRequestId) -> String {
    format!("/authorize/{id}")
}

/// The administration.
pub fn admin() -> String {
    "/admin".to_owned()
}

/// A consumer of an organization, for its staff.
pub fn admin_consumer(org: OrganizationId, account: AccountId) -> String {
    format!("/admin/{org}/consumers/{account}")
}

/// The HCPs of a directory.
pub fn admin_hcps(database: DatabaseId) -> String {
    format!("/admin/databases/{database}/hcps")
}

/// A machine of an organization, in the console.
pub fn admin_service_account(org: OrganizationId, account: ServiceAccountId) -> String {
    format!("/admin/{org}/service-accounts/{account}")
}

/// Which machines act for a provider.
pub fn account_delegations() -> String {
    "/account/delegations".to_owned()
}

/// Taking a delegation back.
pub fn account_delegation_withdraw(id: DelegationId) -> String {
    format!("/account/delegations/{id}/withdraw")
}

fn encoded(path: &LocalPath) -> String {
    form_urlencoded::byte_serialize(path.as_str().as_bytes()).collect()
}
