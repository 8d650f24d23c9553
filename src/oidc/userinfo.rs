//! `/userinfo` (OpenID Connect Core §5.3): what an application learns of the person. The
//! token comes in the header or, posted, in the form (RFC 6750 §2); never in the address.
use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;

use crate::{
    access::Scope,
    web::{App, Failure, Fields, Problem, form, paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route(paths::USERINFO, get(show).post(show))
}

/// Why a request is refused (RFC 6750 §3.1).
enum Refused {
    NoToken,
    InvalidRequest(&'static str),
    InvalidToken,
    InsufficientScope,
    Failed(Problem),
}

async fn show(State(app): State<App>, method: Method, headers: HeaderMap, body: Body) -> Response {
    match answer(&app, &method, &headers, body).await {
        Ok(response) => response,
        Err(refused) => refused.into_response(),
    }
}

async fn answer(
    app: &App,
    method: &Method,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let token = token(method, headers, body).await?;
    let live = app.tokens.inspect(&app.state(), &token).await;
    let live = live.map_err(|error| Refused::Failed(Failure::from(error).log()))?;
    let live = live.ok_or(Refused::InvalidToken)?;
    if !live.claims.scope.contains(&Scope::OpenId) {
        return Err(Refused::InsufficientScope);
    }
    let headers = [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        ),
    ];
    Ok((headers, live.user_info().to_owned()).into_response())
}

async fn token(method: &Method, headers: &HeaderMap, body: Body) -> Result<String, Refused> {
    let by_header = match headers.get(header::AUTHORIZATION) {
        None => None,
        Some(value) => {
            let text = value.to_str().map_err(|_| Refused::InvalidToken)?;
            let (scheme, token) = text.split_once(' ').ok_or(Refused::InvalidRequest(
                "The Authorization header is malformed.",
            ))?;
            if !scheme.eq_ignore_ascii_case("bearer") {
                return Err(Refused::NoToken);
            }
            Some(token.trim().to_owned())
        }
    };
    let is_form = method == Method::POST && headers.contains_key(header::CONTENT_TYPE);
    let fields = match is_form {
        true => form::read(headers, body)
            .await
            .map_err(|_| Refused::InvalidRequest("The body is not an acceptable form."))?,
        false => Fields::default(),
    };
    if fields.repeated().is_some() {
        return Err(Refused::InvalidRequest("A parameter is repeated."));
    }
    match (by_header, fields.one("access_token")) {
        (Some(_), Some(_)) => Err(Refused::InvalidRequest("There are two tokens.")),
        (Some(token), None) => Ok(token),
        (None, Some(token)) => Ok(token.to_owned()),
        (None, None) => Err(Refused::NoToken),
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, error, reason) = match &self {
            Self::NoToken => (StatusCode::UNAUTHORIZED, None, ""),
            Self::InvalidRequest(reason) => {
                (StatusCode::BAD_REQUEST, Some("invalid_request"), *reason)
            }
            Self::InvalidToken => (
                StatusCode::UNAUTHORIZED,
                Some("invalid_token"),
                "The access token is malformed, expired or revoked.",
            ),
            Self::InsufficientScope => (
                StatusCode::FORBIDDEN,
                Some("insufficient_scope"),
                "The access token lacks the scope openid.",
            ),
            Self::Failed(Problem::Unavailable { .. }) => (
                StatusCode::SERVICE_UNAVAILABLE,
                Some("temporarily_unavailable"),
                "The server cannot answer just now.",
            ),
            Self::Failed(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                Some("server_error"),
                "Something went wrong on our side.",
            ),
        };
        let mut challenge = "Bearer realm=\"tutela\"".to_owned();
        if let Some(error) = error {
            challenge.push_str(&format!(
                ", error=\"{error}\", error_description=\"{reason}\""
            ));
        }
        if matches!(self, Self::InsufficientScope) {
            challenge.push_str(", scope=\"openid\"");
        }
        let body =
            json!({ "error": error.unwrap_or("invalid_token"), "error_description": reason });
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Ok(challenge) = HeaderValue::try_from(challenge)
            && !status.is_server_error()
        {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Self::Failed(problem) = &self
            && let Some(seconds) = problem.retry_after()
        {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
