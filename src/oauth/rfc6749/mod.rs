//! The state machines of RFC 6749, from oxide-auth: they own the order of checks and do no
//! I/O. This is the only module that names the crate. Each function drives one machine
//! over what was fetched before and gives its decision; the caller commits it.
mod authorization;

pub(super) use authorization::{Asked, authorize};
