//! The JSON API: bearer tokens for `{issuer}/api`, problem+json, OpenAPI 3.1.
//!
//! Rights are looked up at each request, never read from the token alone (N-10): a token
//! is judged over the present state before any handler runs.
mod me;
mod problem;

use axum::{
    Json, Router,
    extract::State,
    routing::{any, get},
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
    paths(me::show),
    components(schemas(me::Me, problem::Body)),
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
