//! The address of every page, so that faces link to each other without knowing each
//! other.
use super::{LocalPath, Next};
use crate::id::AuthorizationRequestId;

/// The front door.
pub fn home() -> String {
    "/".to_owned()
}

/// The signed-in person's own pages.
pub fn account() -> String {
    "/account".to_owned()
}

/// Signing in, and going to `next` afterwards.
pub fn sign_in(next: &Next) -> String {
    match next {
        Next::Account => "/sign-in".to_owned(),
        Next::Authorization(id) => format!("/sign-in?request={id}"),
        Next::Page(path) => format!("/sign-in?next={}", encoded(path)),
    }
}

/// Signing out.
pub fn sign_out() -> String {
    "/sign-out".to_owned()
}

/// The dispatcher of an authorization request under way.
pub fn authorize_step(id: AuthorizationRequestId) -> String {
    format!("/authorize/{id}")
}

fn encoded(path: &LocalPath) -> String {
    form_urlencoded::byte_serialize(path.as_str().as_bytes()).collect()
}
