//! Every error of the protocol, named once: its code, its status and where it is defined.
//!
//! The same [`Refusal`] becomes JSON at the back-channel endpoints, parameters of a
//! redirect at the authorization endpoint, and a page where there is nowhere safe to
//! send it.
use std::borrow::Cow;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// A protocol error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Code {
    /// Malformed, or a parameter is missing or repeated (RFC 6749 §4.1.2.1, §5.2).
    InvalidRequest,
    /// The client could not prove who it is (RFC 6749 §5.2).
    InvalidClient,
    /// The code or refresh token is not good (RFC 6749 §5.2).
    InvalidGrant,
    /// The client may not use this grant type (RFC 6749 §5.2).
    UnauthorizedClient,
    /// There is no such grant type here (RFC 6749 §5.2).
    UnsupportedGrantType,
    /// There is no such response type here (RFC 6749 §4.1.2.1).
    UnsupportedResponseType,
    /// Nothing is left of the scopes asked for (RFC 6749 §4.1.2.1, §5.2).
    InvalidScope,
    /// The person or the server said no (RFC 6749 §4.1.2.1).
    AccessDenied,
    /// The resource is not one of the client's (RFC 8707 §2).
    InvalidTarget,
    /// Nobody is signed in, and nobody may be asked (OpenID Connect Core §3.1.2.6).
    LoginRequired,
    /// Consent is missing, and nobody may be asked (OpenID Connect Core §3.1.2.6).
    ConsentRequired,
    /// A choice is missing, and nobody may be asked (OpenID Connect Core §3.1.2.6).
    AccountSelectionRequired,
    /// `request` is not supported (OpenID Connect Core §3.1.2.6).
    RequestNotSupported,
    /// `request_uri` is not supported (OpenID Connect Core §3.1.2.6).
    RequestUriNotSupported,
    /// `registration` is not supported (OpenID Connect Core §3.1.2.6).
    RegistrationNotSupported,
    /// The required authentication cannot be done here (OpenID Connect Unmet
    /// Authentication Requirements 1.0).
    UnmetAuthenticationRequirements,
    /// Too many wrong secrets.
    TooManyRequests,
    /// A service account asks for more than it may (docs/service-accounts.md).
    LimitReached,
    /// A fault of ours (RFC 6749 §4.1.2.1).
    ServerError,
    /// The database is away or the server is busy (RFC 6749 §4.1.2.1).
    TemporarilyUnavailable,
}

impl Code {
    /// The name in `error`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::InvalidTarget => "invalid_target",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::AccountSelectionRequired => "account_selection_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::TooManyRequests => "invalid_client",
            Self::LimitReached => "limit_reached",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::InvalidClient => StatusCode::UNAUTHORIZED,
            Self::TooManyRequests | Self::LimitReached => StatusCode::TOO_MANY_REQUESTS,
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// What a client is told: a code, and a sentence for its developer.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Refusal {
    /// The code.
    pub code: Code,
    /// Never holds a secret, nor a guess at what would have worked.
    pub reason: Cow<'static, str>,
    /// Seconds to wait before the next try, where that helps.
    pub retry_after: Option<i64>,
}

impl Refusal {
    /// `code`, because of `reason`.
    pub fn new(code: Code, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            reason: reason.into(),
            retry_after: None,
        }
    }

    /// The resource is not one of the client's (T-06).
    pub(super) fn wrong_target() -> Self {
        let reason = "The resource is not one of the client's audiences.";
        Self::new(Code::InvalidTarget, reason)
    }

    /// No such client. Shown, never sent.
    pub(super) fn unknown_client() -> Self {
        Self::new(Code::InvalidRequest, "The client is not registered.")
    }

    /// The person may not act so through this client; says nothing of what exists.
    pub(super) fn not_for_this_person() -> Self {
        Self::new(
            Code::AccessDenied,
            "The person may not use this application so.",
        )
    }

    /// The client may not use this grant type.
    pub(super) fn unregistered_grant() -> Self {
        let reason = "The client did not register this grant type.";
        Self::new(Code::UnauthorizedClient, reason)
    }

    /// Somebody who cares for the person must allow the client first.
    pub(super) fn needs_guardian() -> Self {
        Self::new(
            Code::AccessDenied,
            "Somebody who cares for this person must allow the application first.",
        )
    }

    /// The same, worth another try after so many seconds.
    #[must_use]
    pub const fn after(mut self, seconds: i64) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({
            "error": self.code.name(),
            "error_description": self.reason,
        });
        let mut response = (self.code.status(), Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
        if self.code == Code::InvalidClient {
            let challenge = HeaderValue::from_static("Basic realm=\"tutela\", charset=\"UTF-8\"");
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
