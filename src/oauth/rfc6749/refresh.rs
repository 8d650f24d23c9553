//! Using a refresh token (RFC 6749 §6).
use std::borrow::Cow;

use chrono::{DateTime, Utc};
use oxide_auth::{
    code_grant::refresh::{Error, Input, Output, Refresh, Request},
    primitives::grant::{Extensions, Grant},
};

use super::refusal;
use crate::oauth::{Code, Params, Refusal};

struct Presented<'a> {
    params: &'a Params,
    client_id: &'a str,
}

impl Request for Presented<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn refresh_token(&self) -> Option<Cow<'_, str>> {
        self.params.get("refresh_token").map(Cow::Borrowed)
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        None // scopes of SMART are not compared as words: that is ours
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.params.get("grant_type").map(Cow::Borrowed)
    }
    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        // Always: the machine then checks that the token is this client's.
        Some((Cow::Borrowed(self.client_id), Cow::Borrowed(&[])))
    }
    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.params.get(key).map(Cow::Borrowed)
    }
}

/// Whether the refresh token, which was issued to `owner`, is good for this client.
///
/// # Errors
/// The protocol error.
pub(in crate::oauth) fn refresh(
    params: &Params,
    client_id: &str,
    owner: &str,
) -> Result<(), Refusal> {
    let broken = || Refusal::new(Code::ServerError, "The grant cannot be read.");
    let mut machine = Refresh::new(&Presented { params, client_id });
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Unauthenticated { .. } => Input::Authenticated { scope: None },
            Output::RecoverRefresh { .. } => Input::Recovered {
                scope: None,
                grant: Some(Box::new(Grant {
                    owner_id: String::new(),
                    client_id: owner.to_owned(),
                    scope: "openid".parse().map_err(|_| broken())?,
                    redirect_uri: url::Url::parse("urn:none").map_err(|_| broken())?,
                    until: DateTime::<Utc>::MAX_UTC,
                    extensions: Extensions::new(),
                })),
            },
            Output::Refresh { .. } | Output::Ok(_) => return Ok(()),
            Output::Err(error) => {
                return Err(match error {
                    Error::Invalid(mut description) | Error::Unauthorized(mut description, _) => {
                        refusal(Some(description.description().kind()))
                    }
                    Error::Primitive => broken(),
                });
            }
        };
    }
}
