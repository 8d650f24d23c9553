//! Errors of the API: problem+json (RFC 9457) with a stable code.
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::web::{self, Failure};

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// No token, or one that is worth nothing here.
    InvalidToken,
    /// The token lacks a scope.
    InsufficientScope,
    /// The token is for somebody else's deeds.
    DelegatedToken,
    /// There is no such thing.
    NotFound,
    /// The database is away; worth another try after so many seconds.
    Unavailable(i64),
    /// A fault of ours.
    Broken,
}

/// The body of an error.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Body {
    /// The status again.
    status: u16,
    /// What went wrong, in words.
    title: &'static str,
    /// What went wrong, stable.
    code: &'static str,
}

/// An error as an answer.
#[derive(Debug)]
pub(super) struct Problem(Kind);

impl Problem {
    pub(super) const fn of(kind: Kind) -> Self {
        Self(kind)
    }
}

impl<E: Into<anyhow::Error>> From<E> for Problem {
    fn from(error: E) -> Self {
        Self(match Failure::from(error).log() {
            web::Problem::Unavailable { seconds } => Kind::Unavailable(seconds),
            _ => Kind::Broken,
        })
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, code, title) = match self.0 {
            Kind::InvalidToken => (
                401,
                "invalid_token",
                "The access token is missing, expired, revoked or not for this API.",
            ),
            Kind::InsufficientScope => {
                (403, "insufficient_scope", "The access token lacks a scope.")
            }
            Kind::DelegatedToken => (
                403,
                "delegated_token",
                "This cannot be done for somebody else.",
            ),
            Kind::NotFound => (404, "not_found", "There is no such thing."),
            Kind::Unavailable(_) => (503, "unavailable", "The server cannot answer just now."),
            Kind::Broken => (500, "server_error", "Something went wrong on our side."),
        };
        let body = Body {
            status,
            title,
            code,
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self.0 {
            Kind::InvalidToken => {
                let challenge =
                    HeaderValue::from_static("Bearer realm=\"tutela\", error=\"invalid_token\"");
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            }
            Kind::InsufficientScope => {
                let challenge = HeaderValue::from_static(
                    "Bearer realm=\"tutela\", error=\"insufficient_scope\"",
                );
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            }
            Kind::Unavailable(seconds) => {
                drop(headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds)))
            }
            _ => {}
        }
        response
    }
}
