//! A client as itself (RFC 6749 §4.4).
use std::borrow::Cow;

use oxide_auth::code_grant::client_credentials::{
    ClientCredentials, Error, Input, Output, Request,
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
/// The state machine then asks who the client is, which was found out before. What it would ask
/// after that, where to redirect and which scopes to grant, a machine has not or is ours.
///
/// # Errors
/// The protocol error.
pub(in crate::oauth) fn client_credentials(
    params: &Params,
    client_id: &str,
) -> Result<(), Refusal> {
    let mut machine = ClientCredentials::new(&Presented { params, client_id });
    match machine.advance(Input::None) {
        Output::Authenticate { .. } => Ok(()),
        Output::Err(mut error) => Err(match &mut *error {
            Error::Invalid(description) | Error::Unauthorized(description, _) => {
                refusal(Some(description.description().kind()))
            }
            Error::Ignore | Error::Primitive(_) => broken(),
        }),
        _ => Err(broken()),
    }
}

fn broken() -> Refusal {
    Refusal::new(Code::ServerError, "The request could not be judged.")
}
