//! A client as itself (RFC 6749 §4.4).
use std::{borrow::Cow, sync::LazyLock};

use oxide_auth::{
    code_grant::client_credentials::{ClientCredentials, Error, Input, Output, Request},
    primitives::{
        grant::Extensions,
        registrar::{BoundClient, ExactUrl, PreGrant, RegisteredUrl},
        scope::Scope,
    },
};

use super::refusal;
use crate::oauth::{Code, Params, Refusal};

/// What the state machine wants to be told and nobody uses: a machine is not redirected, its
/// scopes are ours to compare, and who it is was found out before.
static NOTHING: LazyLock<Option<(RegisteredUrl, Scope)>> = LazyLock::new(|| {
    let nowhere = ExactUrl::new("urn:none".to_owned()).ok()?;
    Some((RegisteredUrl::Exact(nowhere), "".parse().ok()?))
});

struct Presented<'a> {
    params: &'a Params,
    client_id: &'a str,
}

impl Request for Presented<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((Cow::Borrowed(self.client_id), Cow::Borrowed(&[])))
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        None // scopes of SMART are not compared as words: that is ours
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.params.get("grant_type").map(Cow::Borrowed)
    }
    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None // authentication is done
    }
}

/// Whether an authenticated client's request is in order.
///
/// # Errors
/// The protocol error.
pub(in crate::oauth) fn client_credentials(
    params: &Params,
    client_id: &str,
) -> Result<(), Refusal> {
    let broken = || Refusal::new(Code::ServerError, "The request could not be judged.");
    let (nowhere, scope) = NOTHING.as_ref().ok_or_else(broken)?;
    let mut machine = ClientCredentials::new(&Presented { params, client_id });
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Authenticate { .. } => Input::Authenticated,
            Output::Binding { .. } => Input::Bound {
                bound_client: BoundClient {
                    client_id: Cow::Borrowed(""),
                    redirect_uri: Cow::Borrowed(nowhere),
                },
            },
            Output::Extend => Input::Extended {
                extensions: Extensions::new(),
            },
            Output::Negotiate { .. } => Input::Negotiated {
                pre_grant: PreGrant {
                    client_id: String::new(),
                    redirect_uri: nowhere.clone(),
                    scope: scope.clone(),
                },
            },
            Output::Ok { .. } => return Ok(()),
            Output::Err(mut error) => {
                return Err(match &mut *error {
                    Error::Invalid(description) | Error::Unauthorized(description, _) => {
                        refusal(Some(description.description().kind()))
                    }
                    _ => broken(),
                });
            }
        };
    }
}
