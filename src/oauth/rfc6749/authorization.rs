//! The authorization request (RFC 6749 §4.1.1) with PKCE (RFC 7636).
use std::borrow::Cow;

use oxide_auth::{
    code_grant::{
        authorization::{Authorization, Input, Output, Request},
        error::AuthorizationErrorType,
        extensions::Pkce,
    },
    primitives::{
        grant::{Extensions, GrantExtension},
        registrar::{BoundClient, ExactUrl, PreGrant, RegisteredUrl},
        scope::Scope,
    },
};

use crate::oauth::{Code, Params, Refusal};

/// What the machine is asked about: a request whose client and return address were found.
pub(in crate::oauth) struct Asked<'a> {
    pub(in crate::oauth) params: &'a Params,
    pub(in crate::oauth) client_id: &'a str,
    pub(in crate::oauth) return_to: &'a str,
}

impl Request for Asked<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn client_id(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.client_id))
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        self.params.get("scope").map(Cow::Borrowed)
    }
    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.return_to))
    }
    fn state(&self) -> Option<Cow<'_, str>> {
        self.params.get("state").map(Cow::Borrowed)
    }
    fn response_type(&self) -> Option<Cow<'_, str>> {
        self.params.get("response_type").map(Cow::Borrowed)
    }
    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.params.get(key).map(Cow::Borrowed)
    }
}

/// Whether the request is in order, and its PKCE challenge. S256 is demanded of everybody.
///
/// # Errors
/// The protocol error to send back.
pub(in crate::oauth) fn authorize(asked: &Asked<'_>) -> Result<String, Refusal> {
    let mut machine = Authorization::new(asked);
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Bind { client_id, .. } => Input::Bound {
                request: asked,
                bound_client: BoundClient {
                    client_id: Cow::Owned(client_id),
                    redirect_uri: Cow::Owned(RegisteredUrl::Exact(exact(asked.return_to)?)),
                },
            },
            Output::Extend => Input::Extended(challenge(asked.params)?),
            Output::Negotiate {
                bound_client,
                scope,
            } => Input::Negotiated {
                pre_grant: PreGrant {
                    client_id: bound_client.client_id.to_string(),
                    redirect_uri: bound_client.redirect_uri.clone().into_owned(),
                    scope: scope.unwrap_or_else(no_scope),
                },
                state: None,
            },
            Output::Ok { .. } => {
                let challenge = asked.params.get("code_challenge").unwrap_or_default();
                return Ok(challenge.to_owned());
            }
            Output::Err(mut error) => {
                let kind = error.description().map(|error| error.kind());
                return Err(refusal(kind));
            }
        };
    }
}

fn exact(uri: &str) -> Result<ExactUrl, Refusal> {
    ExactUrl::new(uri.to_owned())
        .map_err(|_| Refusal::new(Code::ServerError, "The registered address cannot be read."))
}

/// Our own check stands before: `scope` is never missing here (T-08).
#[expect(clippy::expect_used, reason = "the text is a constant")]
fn no_scope() -> Scope {
    "openid".parse().expect("a scope")
}

fn challenge(params: &Params) -> Result<Extensions, Refusal> {
    let refuse = |reason| Err(Refusal::new(Code::InvalidRequest, reason));
    let pkce = Pkce::required();
    let method = params.get("code_challenge_method");
    if method != Some("S256") {
        return refuse("code_challenge_method must be S256.");
    }
    let text = params.get("code_challenge");
    let is_plain = |c: u8| c.is_ascii_alphanumeric() || b"-._~".contains(&c);
    let is_challenge = |text: &str| (43..=128).contains(&text.len()) && text.bytes().all(is_plain);
    if !text.is_some_and(is_challenge) {
        return refuse("code_challenge must be 43 to 128 unreserved characters.");
    }
    match pkce.challenge(method.map(Cow::Borrowed), text.map(Cow::Borrowed)) {
        Ok(Some(value)) => {
            let mut extensions = Extensions::new();
            extensions.set(&pkce as &dyn GrantExtension, value);
            Ok(extensions)
        }
        Ok(None) | Err(()) => refuse("code_challenge is not acceptable."),
    }
}

fn refusal(kind: Option<AuthorizationErrorType>) -> Refusal {
    match kind {
        Some(AuthorizationErrorType::UnsupportedResponseType) => {
            Refusal::new(Code::UnsupportedResponseType, "response_type must be code.")
        }
        Some(AuthorizationErrorType::InvalidScope) => {
            Refusal::new(Code::InvalidScope, "scope is not acceptable.")
        }
        Some(AuthorizationErrorType::UnauthorizedClient) => {
            Refusal::new(Code::UnauthorizedClient, "The client may not do this.")
        }
        Some(AuthorizationErrorType::AccessDenied) => {
            Refusal::new(Code::AccessDenied, "The request was denied.")
        }
        Some(AuthorizationErrorType::InvalidRequest) => {
            Refusal::new(Code::InvalidRequest, "The request is malformed.")
        }
        _ => Refusal::new(Code::ServerError, "The request could not be judged."),
    }
}
