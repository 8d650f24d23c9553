//! Redeeming a code (RFC 6749 §4.1.3) with its PKCE verifier (RFC 7636 §4.5).
use std::borrow::Cow;

use chrono::{DateTime, Utc};
use oxide_auth::{
    code_grant::{
        accesstoken::{AccessToken, Authorization, Input, Output, Request},
        extensions::Pkce,
    },
    primitives::grant::{Extensions, Grant, GrantExtension},
};

use super::refusal;
use crate::{
    grants::Binding,
    oauth::{Code, Params, Refusal},
};

/// A presented code whose grant was found.
pub(in crate::oauth) struct Presented<'a> {
    pub(in crate::oauth) params: &'a Params,
    pub(in crate::oauth) client_id: &'a str,
    /// The client that the code was issued to.
    pub(in crate::oauth) owner: &'a str,
    pub(in crate::oauth) binding: &'a Binding,
}

impl Request for Presented<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn code(&self) -> Option<Cow<'_, str>> {
        self.params.get("code").map(Cow::Borrowed)
    }
    fn authorization(&self) -> Authorization<'_> {
        Authorization::Username(Cow::Borrowed(self.client_id))
    }
    fn client_id(&self) -> Option<Cow<'_, str>> {
        None // authentication is done, and two ways would be refused
    }
    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(&self.binding.redirect_uri))
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.params.get("grant_type").map(Cow::Borrowed)
    }
    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.params.get(key).map(Cow::Borrowed)
    }
}

/// Whether the code is good for this client with this verifier and return address.
///
/// # Errors
/// The protocol error; every mismatch is `invalid_grant`.
pub(in crate::oauth) fn redeem(presented: &Presented<'_>) -> Result<(), Refusal> {
    check_return_address(presented)?;
    let mut machine = AccessToken::new(presented);
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Authenticate { .. } => Input::Authenticated,
            Output::Recover { .. } => Input::Recovered(Some(Box::new(grant(presented)?))),
            Output::Extend { extensions } => {
                verify(presented.params, extensions)?;
                Input::Extended {
                    access_extensions: std::mem::take(extensions),
                }
            }
            Output::Issue { .. } | Output::Ok(_) => return Ok(()),
            Output::Err(mut error) => {
                return Err(refusal(error.description().map(|error| error.kind())));
            }
        };
    }
}

/// The very text that the authorization request named must come again (RFC 6749 §4.1.3).
fn check_return_address(presented: &Presented<'_>) -> Result<(), Refusal> {
    let binding = presented.binding;
    let is_same = match presented.params.get("redirect_uri") {
        Some(uri) => uri == binding.redirect_uri,
        None => !binding.redirect_uri_was_sent,
    };
    if is_same {
        return Ok(());
    }
    let reason = "redirect_uri differs from the one of the authorization request.";
    Err(Refusal::new(Code::InvalidGrant, reason))
}

fn verify(params: &Params, extensions: &mut Extensions) -> Result<(), Refusal> {
    let pkce = Pkce::required();
    let challenge = extensions.remove(&pkce as &dyn GrantExtension);
    let verifier = params.get("code_verifier").map(Cow::Borrowed);
    pkce.verify(challenge, verifier).map_err(|()| {
        let reason = "code_verifier is missing or does not match the code_challenge.";
        Refusal::new(Code::InvalidGrant, reason)
    })
}

fn grant(presented: &Presented<'_>) -> Result<Grant, Refusal> {
    let broken = |_| Refusal::new(Code::ServerError, "The grant cannot be read.");
    let pkce = Pkce::required();
    let challenge = Cow::Borrowed(presented.binding.code_challenge.as_str());
    let mut extensions = Extensions::new();
    match pkce.challenge(Some(Cow::Borrowed("S256")), Some(challenge)) {
        Ok(Some(value)) => extensions.set(&pkce as &dyn GrantExtension, value),
        Ok(None) | Err(()) => return Err(broken(())),
    }
    Ok(Grant {
        owner_id: String::new(), // whose it is does not concern the machine
        client_id: presented.owner.to_owned(),
        scope: "openid".parse().map_err(|_| broken(()))?, // nor what it reaches
        redirect_uri: url::Url::parse(&presented.binding.redirect_uri).map_err(|_| broken(()))?,
        until: DateTime::<Utc>::MAX_UTC, // expiry is in the statement that found it
        extensions,
    })
}
