//! Errors of the API: problem+json (RFC 9457) with a stable code.
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::denied::Code;
use crate::web::{self, Failure};

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// No token, or one that is worth nothing here.
    InvalidToken,
    /// The token lacks a scope.
    InsufficientScope,
    /// The caller does not hold the permission now, or the token does not carry it.
    InsufficientPermission,
    /// The token is for somebody else's deeds.
    DelegatedToken,
    /// There is no such thing, or it is another organization's (N-15).
    NotFound,
    /// The body is no JSON.
    Malformed,
    /// The body's type is not the one that is expected.
    UnsupportedMediaType,
    /// A file is none of those that can be read; which fault, stable.
    UnsupportedFormat(&'static str),
    /// A file is too large; which fault, stable.
    TooLarge(&'static str),
    /// The deed is forbidden to this caller, whatever the permissions; why, stable.
    Forbidden(&'static str),
    /// The present state does not allow it; why, stable.
    Conflict(&'static str),
    /// The value of a field is somebody else's; the field and why, stable.
    Taken(&'static str, &'static str),
    /// Somebody else changed it since it was read.
    Stale,
    /// Fields do not fit.
    Invalid(Vec<FieldFault>),
    /// One thing about the body does not fit; which, stable.
    Unfit(&'static str),
    /// As [`Kind::Unfit`], with the fields that it is about.
    UnfitFields(&'static str, Vec<FieldFault>),
    /// The database is away; worth another try after so many seconds.
    Unavailable(i64),
    /// A fault of ours.
    Broken,
}

/// One field that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct FieldFault {
    /// The field's name; a path within nested fields.
    pub(super) field: String,
    /// What is wrong with it, stable.
    pub(super) code: &'static str,
}

impl FieldFault {
    pub(super) fn new(field: &str, code: &'static str) -> Self {
        Self {
            field: field.to_owned(),
            code,
        }
    }
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
    /// The fields that do not fit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldFault>,
}

/// An error as an answer.
#[derive(Debug)]
pub(super) struct Problem(Kind);

impl Problem {
    pub(super) const fn of(kind: Kind) -> Self {
        Self(kind)
    }

    /// One field does not fit.
    pub(super) fn field(field: &str, code: &'static str) -> Self {
        Self(Kind::Invalid(vec![FieldFault::new(field, code)]))
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

impl Kind {
    const fn status(&self) -> StatusCode {
        match self {
            Self::InvalidToken => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope
            | Self::InsufficientPermission
            | Self::DelegatedToken
            | Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::UnsupportedMediaType | Self::UnsupportedFormat(_) => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Conflict(_) | Self::Taken(..) => StatusCode::CONFLICT,
            Self::Stale => StatusCode::PRECONDITION_FAILED,
            Self::Invalid(_) | Self::Unfit(_) | Self::UnfitFields(..) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The stable code and the sentence.
    const fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::InvalidToken => (
                "invalid_token",
                "The access token is missing, expired, revoked or not for this API.",
            ),
            Self::InsufficientScope => ("insufficient_scope", "The access token lacks a scope."),
            Self::InsufficientPermission => (
                "insufficient_permission",
                "The caller does not hold the permission for this.",
            ),
            Self::DelegatedToken => ("delegated_token", "This cannot be done for somebody else."),
            Self::NotFound => ("not_found", "There is no such thing."),
            Self::Malformed => ("malformed", "The body is not the JSON that is expected."),
            Self::UnsupportedMediaType => {
                ("unsupported_media_type", "Send the type that is expected.")
            }
            Self::UnsupportedFormat(code) => (code, "The file is none of those that can be read."),
            Self::TooLarge(code) => (code, "The file is too large."),
            Self::Forbidden(code) => (code, "This is not for the caller to do."),
            Self::Conflict(code) => (code, "The present state does not allow this."),
            Self::Taken(_, code) => (code, "Another one has this already."),
            Self::Stale => (
                "stale",
                "Somebody changed it since it was read; read it again.",
            ),
            Self::Invalid(_) => ("validation", "Some fields do not fit."),
            Self::Unfit(code) | Self::UnfitFields(code, _) => {
                (code, "The request does not fit the rules.")
            }
            Self::Unavailable(_) => ("unavailable", "The server cannot answer just now."),
            Self::Broken => ("server_error", "Something went wrong on our side."),
        }
    }

    const fn challenge(&self) -> Option<&'static str> {
        match self {
            Self::InvalidToken => Some("Bearer realm=\"tutela\", error=\"invalid_token\""),
            Self::InsufficientScope | Self::InsufficientPermission => {
                Some("Bearer realm=\"tutela\", error=\"insufficient_scope\"")
            }
            _ => None,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, (code, title)) = (self.0.status(), self.0.words());
        let (challenge, retry_after) = (
            self.0.challenge(),
            match self.0 {
                Kind::Unavailable(seconds) => Some(seconds),
                _ => None,
            },
        );
        let errors = match self.0 {
            Kind::Invalid(errors) | Kind::UnfitFields(_, errors) => errors,
            Kind::Taken(field, code) => vec![FieldFault::new(field, code)],
            _ => Vec::new(),
        };
        let body = Body {
            status: status.as_u16(),
            title,
            code,
            errors,
        };
        let mut response = (status, Json(body)).into_response();
        response.extensions_mut().insert(Code(code));
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(challenge) = challenge {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static(challenge),
            );
        }
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
