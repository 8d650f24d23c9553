//! Which web pages may read answers (SECURITY.md 7.5): for tokens and revocation those
//! from an origin that a registered client returns to, and never with credentials.
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};

use crate::web::{App, Failure};

/// Lets pages of registered clients read the answers of `routes`.
pub(super) fn by_client(app: &App, routes: Router<App>) -> Router<App> {
    routes.route_layer(middleware::from_fn_with_state(app.clone(), allow))
}

async fn allow(State(app): State<App>, request: Request, next: Next) -> Result<Response, Failure> {
    let Some(origin) = request.headers().get(header::ORIGIN).cloned() else {
        return Ok(next.run(request).await);
    };
    let is_preflight = request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let text = origin.to_str().unwrap_or_default();
    let is_known = app.clients.is_origin_of_any(&app.store, text).await?;
    let mut response = match is_preflight {
        true => StatusCode::NO_CONTENT.into_response(),
        false => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if is_known {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if is_preflight {
            allow_methods(headers);
        }
    }
    Ok(response)
}

fn allow_methods(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization, content-type",
        ),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
