//! The JSON API: bearer tokens for `{issuer}/api`, problem+json, OpenAPI 3.1.
//!
//! Rights are looked up at each request, never read from the token alone (N-10): a token
//! is judged over the present state before any handler runs.
mod api_keys;
mod audit_log;
mod caller;
mod checks;
mod config_users;
mod consumers;
mod databases;
mod delegations;
mod denied;
mod docs;
mod guardianship_input;
mod guardianships;
mod handover_codes;
mod hcp_import_shown;
mod hcp_imports;
mod hcp_input;
mod hcp_invitations;
mod hcp_keys;
mod hcp_tokens;
mod hcps;
mod json;
mod me;
mod me_account;
mod me_exchanges;
mod me_hcp;
mod me_proxies;
mod me_relations;
mod member_support;
mod members;
mod organization_clients;
mod organization_new;
mod organizations;
mod paging;
mod personal_sign_in;
mod problem;
mod relations;
mod service_account_input;
mod service_account_shown;
mod service_accounts;
mod solutions;
mod what_if;

use axum::{
    Json, Router,
    extract::State,
    middleware,
    routing::{any, get},
};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{Http, HttpAuthScheme, SecurityScheme},
};

pub use self::hcp_import_shown::ImportShown;
use self::problem::{Kind, Problem};
use crate::web::{App, paths};

/// The API's routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::OPENAPI, get(document))
        .route("/api/v1/me", get(me::show))
        .merge(me_account::routes())
        .merge(me_proxies::routes())
        .merge(me_relations::routes())
        .merge(me_exchanges::routes())
        .merge(organizations::routes())
        .merge(members::routes())
        .merge(member_support::routes())
        .merge(config_users::routes())
        .merge(consumers::routes())
        .merge(handover_codes::routes())
        .merge(personal_sign_in::routes())
        .merge(guardianships::routes())
        .merge(solutions::routes())
        .merge(databases::routes())
        .merge(hcps::routes())
        .merge(hcp_imports::routes())
        .merge(hcp_tokens::routes())
        .merge(hcp_invitations::routes())
        .merge(delegations::routes())
        .merge(hcp_keys::routes())
        .merge(me_hcp::routes())
        .merge(service_accounts::routes())
        .merge(api_keys::routes())
        .merge(audit_log::routes())
        .merge(what_if::routes())
        .route("/api/{*rest}", any(async || Problem::of(Kind::NotFound)))
        .layer(middleware::from_fn(denied::record))
}

/// The API's pages.
pub fn pages() -> Router<App> {
    docs::routes()
}

/// The OpenAPI document, as `tutela openapi` prints it.
pub fn openapi() -> String {
    whole().to_pretty_json().unwrap_or_default()
}

/// The documents of every part, as one.
fn whole() -> utoipa::openapi::OpenApi {
    let mut document = Api::openapi();
    for part in [
        me_account::Document::openapi(),
        me_proxies::Document::openapi(),
        me_relations::Document::openapi(),
        me_exchanges::Document::openapi(),
        organizations::Document::openapi(),
        members::Document::openapi(),
        member_support::Document::openapi(),
        config_users::Document::openapi(),
        consumers::Document::openapi(),
        handover_codes::Document::openapi(),
        personal_sign_in::Document::openapi(),
        guardianships::Document::openapi(),
        solutions::Document::openapi(),
        databases::Document::openapi(),
        hcps::Document::openapi(),
        hcp_imports::Document::openapi(),
        hcp_tokens::Document::openapi(),
        hcp_invitations::Document::openapi(),
        delegations::Document::openapi(),
        hcp_keys::Document::openapi(),
        me_hcp::Document::openapi(),
        service_accounts::Document::openapi(),
        api_keys::Document::openapi(),
        audit_log::Document::openapi(),
        what_if::Document::openapi(),
    ] {
        document.merge(part);
    }
    document
}

async fn document(State(app): State<App>) -> Json<utoipa::openapi::OpenApi> {
    let mut document = whole();
    document.servers = Some(vec![utoipa::openapi::Server::new(
        app.config.issuer.as_str(),
    )]);
    Json(document)
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Tutela", description = "The JSON API of the authorization server.", license(name = "Apache-2.0", identifier = "Apache-2.0")),
    paths(me::show),
    modifiers(&Bearer)
)]
struct Api;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme("bearer", scheme);
    }
}
