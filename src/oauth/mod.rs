//! OAuth 2.0 and the OpenID Connect part of the authorization endpoint: how applications
//! ask, and how they are answered.
//!
//! ```text
//! GET /authorize ─ params ─ request::check ─ step::next ─┬─ sign in, choose, consent ─┐
//!                                                        │◄───────────────────────────┘
//!                                                        └─ respond: code or error
//! POST /token ─ client_auth ─ grants/{code,refresh,client_credentials} ─ tokens::issue
//! ```
//! The order of checks within a grant is oxide-auth's: its state machines do no I/O, and
//! only `rfc6749` names them. What an error is called is decided once, in `error`.
pub mod authorize;
mod error;
mod params;
mod rfc6749;

use axum::Router;

use crate::web::App;

pub use error::{Code, Refusal};
pub use params::Params;

/// The routes that show pages and need the browser's session.
pub fn pages() -> Router<App> {
    authorize::routes()
}
