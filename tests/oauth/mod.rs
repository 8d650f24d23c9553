//! The protocol from outside.
mod authorize;
mod client_auth;
mod client_credentials;
mod code;
mod cors;
mod deactivation;
mod nodes;
mod optional;
mod pages;
mod refresh;

/// What the family app asks for.
pub(crate) const SCOPE: &str =
    "openid profile email fhirUser launch/patient patient/*.rs offline_access";
