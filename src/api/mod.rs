//! The JSON API: bearer tokens for `{issuer}/api`, problem+json, OpenAPI 3.1.
//!
//! Rights are looked up at each request, never read from the token alone (N-10): a token
//! is judged over the present state before any handler runs.
mod caller;
mod checks;
mod json;
mod me;
mod me_relations;
mod problem;
mod relations;

use axum::{
    Json, Router,
    extract::State,
    routing::{any, delete, get, post},
};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{Http, HttpAuthScheme, SecurityScheme},
};

use self::problem::{Kind, Problem};
use crate::web::App;

/// The API's routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/openapi.json", get(document))
        .route("/api/v1/me", get(me::show))
        .route(
            "/api/v1/me/dependents",
            get(me_relations::dependents).post(me_relations::add_dependent),
        )
        .route("/api/v1/me/guardianships", get(me_relations::list))
        .route("/api/v1/me/guardianships/{id}", get(me_relations::show))
        .route(
            "/api/v1/me/guardianships/{id}/accept",
            post(me_relations::accept),
        )
        .route(
            "/api/v1/me/guardianships/{id}/decline",
            post(me_relations::decline),
        )
        .route("/api/v1/me/guardianships/{id}/end", post(me_relations::end))
        .route(
            "/api/v1/me/proxies",
            get(me_relations::proxies).post(me_relations::grant_proxy),
        )
        .route("/api/v1/me/proxies/{id}", delete(me_relations::end_proxy))
        .route("/api/{*rest}", any(async || Problem::of(Kind::NotFound)))
}

/// The OpenAPI document, as `tutela openapi` prints it.
pub fn openapi() -> String {
    Api::openapi().to_pretty_json().unwrap_or_default()
}

async fn document(State(app): State<App>) -> Json<utoipa::openapi::OpenApi> {
    let mut document = Api::openapi();
    document.servers = Some(vec![utoipa::openapi::Server::new(
        app.config.issuer.as_str(),
    )]);
    Json(document)
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Tutela", description = "The JSON API of the authorization server.", license(name = "Apache-2.0", identifier = "Apache-2.0")),
    paths(
        me::show, me_relations::dependents, me_relations::add_dependent, me_relations::list,
        me_relations::show, me_relations::accept, me_relations::decline, me_relations::end,
        me_relations::proxies, me_relations::grant_proxy, me_relations::end_proxy,
    ),
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
