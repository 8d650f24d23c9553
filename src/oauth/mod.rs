//! OAuth 2.0 and the OpenID Connect part of the authorization endpoint: how applications
//! ask, and how they are answered.
//!
//! ```text
//! GET /authorize ─ params ─ request::check ─ step::next ─┬─ sign in, choose, consent ─┐
//!                                                        │◄───────────────────────────┘
//!                                                        └─ respond: code or error
//! POST /token ─ client_auth ─ grants/{code,refresh,client_credentials,exchange} ─ tokens::issue
//! ```
//! The order of checks within a grant is oxide-auth's: its state machines do no I/O, and
//! only `rfc6749` names them. What an error is called is decided once, in `error`.
mod assertions;
pub mod authorize;
mod client_auth;
mod cors;
mod error;
mod grants;
mod introspect;
mod params;
mod posted;
mod revoke;
mod rfc6749;
mod token;

use std::borrow::Cow;

use axum::{
    Router,
    response::{IntoResponse, Response},
};

use crate::{
    clients::Client,
    organizations::SELF_AUDIENCE,
    web::{App, Failure, Problem},
};

pub use assertions::sweep as sweep_assertions;
pub use error::{Code, Refusal};
pub use params::Params;
use posted::Posted;

/// The routes that show pages and need the browser's session.
pub fn pages() -> Router<App> {
    authorize::routes()
}

/// The back channel: no pages, no session. `also` is what web pages of clients may read
/// besides.
pub fn back_channel_routes(app: &App, also: Router<App>) -> Router<App> {
    let open = token::routes().merge(revoke::routes()).merge(also);
    cors::by_client(app, open).merge(introspect::routes())
}

/// The resources that the client registered (T-06); `self` stands for the JSON API.
fn audiences<'a>(app: &'a App, client: &'a Client) -> impl Iterator<Item = Cow<'a, str>> {
    let registered = client.registration.audiences.iter();
    registered.map(|audience| full_audience(app, audience))
}

fn full_audience<'a>(app: &App, audience: &'a str) -> Cow<'a, str> {
    match audience {
        SELF_AUDIENCE => app.tokens.api_audience().into(),
        other => other.into(),
    }
}

/// Whether the client's tokens may be for `audience` now. A client that registered none
/// gets tokens for the server itself.
fn is_audience(app: &App, client: &Client, audience: &str) -> bool {
    match client.registration.audiences.is_empty() {
        true => audience == app.config.issuer.as_str(),
        false => audiences(app, client).any(|registered| registered == audience),
    }
}

/// An answer in the protocol's shape, whatever happened.
fn back_channel(answer: Result<Result<Response, Refusal>, Failure>) -> Response {
    match answer {
        Ok(Ok(response)) => response,
        Ok(Err(refusal)) => refusal.into_response(),
        Err(failure) => Refusal::from(failure.log()).into_response(),
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Unavailable { seconds } => {
                let reason = "The server cannot answer just now.";
                Self::new(Code::TemporarilyUnavailable, reason).after(seconds)
            }
            _ => Self::new(Code::ServerError, "Something went wrong on our side."),
        }
    }
}
