//! The parameters of a request, read strictly: once each (RFC 6749 §3.1, §3.2), UTF-8
//! without NUL, and an empty value counts as none.
use axum::{
    body::{self, Body},
    http::{HeaderMap, header},
};

use super::{Code, Refusal};
use crate::web::{FieldFault, Fields};

/// Most bytes of a form (SECURITY.md 7.2).
const MOST_BYTES: usize = 64 * 1024;

/// Parameters by name.
#[derive(Clone)]
pub struct Params(Fields);

impl Params {
    /// Those of a query.
    ///
    /// # Errors
    /// `invalid_request`; `invalid_target` for a repeated `resource` or `audience` (T-06).
    pub fn query(text: &str) -> Result<Self, Refusal> {
        Self::read(text.as_bytes())
    }

    /// Those of a form.
    ///
    /// # Errors
    /// As [`Params::query`]; also when the body is no form or over 64 KiB.
    pub async fn form(headers: &HeaderMap, body: Body) -> Result<Self, Refusal> {
        let kind = headers
            .get(header::CONTENT_TYPE)
            .and_then(|v| v.to_str().ok());
        let kind = kind.and_then(|v| v.split(';').next()).unwrap_or_default();
        if !kind
            .trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        {
            return Err(Refusal::new(
                Code::InvalidRequest,
                "The content type must be application/x-www-form-urlencoded.",
            ));
        }
        let bytes = body::to_bytes(body, MOST_BYTES).await.map_err(|_| {
            Refusal::new(
                Code::InvalidRequest,
                "The body is over 64 KiB or was cut short.",
            )
        })?;
        Self::read(&bytes)
    }

    fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let fields = Fields::parse(bytes).map_err(|fault| match fault {
            FieldFault::TooMany => {
                Refusal::new(Code::InvalidRequest, "There are too many parameters.")
            }
            _ => Refusal::new(
                Code::InvalidRequest,
                "A parameter is not UTF-8 text without NUL.",
            ),
        })?;
        match fields.repeated() {
            None => Ok(Self(fields)),
            Some("resource" | "audience") => Err(Refusal::new(
                Code::InvalidTarget,
                "Name one resource per request.",
            )),
            Some(name) => {
                let known = KNOWN.iter().find(|known| **known == name);
                let name = known.copied().unwrap_or("A parameter");
                Err(Refusal::new(
                    Code::InvalidRequest,
                    format!("{name} is repeated."),
                ))
            }
        }
    }

    /// The value; `None` when it is missing or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.one(name).filter(|value| !value.is_empty())
    }

    /// The value, even of a repeated parameter: only to find out to whom to complain.
    pub(super) fn lenient(bytes: &str) -> Fields {
        Fields::parse(bytes.as_bytes()).unwrap_or_default()
    }

    /// The parameters as a query again.
    pub fn to_query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.0.iter());
        query.finish()
    }
}

/// Names that may be repeated back to whoever sent them.
const KNOWN: [&str; 29] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "prompt",
    "max_age",
    "login_hint",
    "id_token_hint",
    "ui_locales",
    "acr_values",
    "claims",
    "code_challenge",
    "code_challenge_method",
    "grant_type",
    "code",
    "code_verifier",
    "refresh_token",
    "client_secret",
    "token",
    "client_assertion",
    "client_assertion_type",
    "subject_token",
    "subject_token_type",
    "actor_token",
    "actor_token_type",
    "reason",
];
