//! `/jwks`: the keys that verify our tokens (RFC 7517), to be kept as long as the header
//! says, which is shorter than a new key waits before it signs.
use axum::{
    Router,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};

use crate::web::{App, paths};

pub(super) fn routes() -> Router<App> {
    Router::new().route(paths::JWKS, get(show))
}

async fn show(State(app): State<App>) -> Response {
    let jwks = app.keys.jwks();
    let kept = HeaderValue::try_from(format!("public, max-age={}", jwks.max_age));
    let headers = [
        (
            header::CACHE_CONTROL,
            kept.unwrap_or(HeaderValue::from_static("no-cache")),
        ),
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/jwk-set+json"),
        ),
    ];
    (headers, jwks.json.clone()).into_response()
}
