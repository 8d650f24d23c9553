//! Which web pages may read answers (SECURITY.md 7.5): for tokens and revocation those
//! from an origin that a registered client returns to, and never with credentials.
use std::time::Duration;

use axum::{
    Router,
    http::{HeaderValue, Method, header, request::Parts},
};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::web::App;

/// How long a browser may remember what it was allowed.
const REMEMBERED: Duration = Duration::from_secs(600);

/// Lets pages of registered clients read the answers of `routes`.
pub(super) fn by_client(app: &App, routes: Router<App>) -> Router<App> {
    let app = app.clone();
    let known = move |origin: HeaderValue, _: &Parts| {
        let app = app.clone();
        async move { is_of_client(&app, &origin).await }
    };
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::async_predicate(known))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
        .max_age(REMEMBERED)
        .vary([header::ORIGIN]);
    routes.route_layer(cors)
}

/// Nobody's, while the database is away: the request itself is answered.
async fn is_of_client(app: &App, origin: &HeaderValue) -> bool {
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    let found = app.clients.is_origin_of_any(&app.store, origin).await;
    found.unwrap_or_else(|error| {
        tracing::warn!(%error, "an origin could not be looked up");
        false
    })
}
