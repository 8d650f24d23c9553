//! The state machines of RFC 6749, from oxide-auth: they own the order of checks and do no
//! I/O. This is the only module that names the crate. Each function drives one machine
//! over what was fetched before and gives its decision; the caller commits it.
//!
//! The machines are told three things that we decide ourselves: that the client has
//! proved who it is (they know passwords only), that the return address fits (they
//! compare parsed URLs), and that nothing has expired (they read the machine's clock).
mod authorization;
mod client_credentials;
mod code;
mod refresh;

use oxide_auth::code_grant::error::AccessTokenErrorType;

use super::{Code, Refusal};

pub(super) use authorization::{Asked, authorize};
pub(super) use client_credentials::client_credentials;
pub(super) use code::{Presented, redeem};
pub(super) use refresh::refresh;

fn refusal(kind: Option<AccessTokenErrorType>) -> Refusal {
    use AccessTokenErrorType as Kind;
    let (code, reason) = match kind {
        Some(Kind::InvalidRequest) => {
            (Code::InvalidRequest, "A parameter is missing or malformed.")
        }
        Some(Kind::InvalidClient) => (Code::InvalidClient, "Client authentication failed."),
        Some(Kind::InvalidGrant) => (
            Code::InvalidGrant,
            "The code or token is not good for this client.",
        ),
        Some(Kind::UnauthorizedClient) => (
            Code::UnauthorizedClient,
            "The client may not use this grant type.",
        ),
        Some(Kind::UnsupportedGrantType) => (
            Code::UnsupportedGrantType,
            "There is no such grant type here.",
        ),
        Some(Kind::InvalidScope) => (Code::InvalidScope, "The scope is not acceptable."),
        None => (Code::ServerError, "The request could not be judged."),
    };
    Refusal::new(code, reason)
}
