//! Tutela: an OAuth 2.0 and OpenID Connect authorization server for healthcare.
//!
//! A map of the crate, from the ground up. A module imports only modules of rings
//! below its own; `tests/architecture` holds the rule.

// Foundations: know nothing of people or OAuth.
pub mod clock;
pub mod config;
pub mod folding;
pub mod id;
pub mod keys;
pub mod mail;
pub mod outgoing;
pub mod random;
pub mod secret;
pub mod spreadsheet;
pub mod store;

// Capabilities: what the server knows and decides. No HTTP.
pub mod access;
pub mod accounts;
pub mod audit;
pub mod capacity;
pub mod clients;
pub mod config_users;
pub mod delegations;
pub mod grants;
pub mod guardianship;
pub mod hcps;
pub mod imports;
pub mod invitations;
pub mod organizations;
pub mod providers;
pub mod resources;
pub mod service_accounts;
pub mod tokens;

// Faces: HTTP in, HTTP out.
pub mod admin;
pub mod api;
pub mod oauth;
pub mod oidc;
pub mod pages;
pub mod playground;
pub mod web;

// The program.
pub mod closing;
pub mod commands;
pub mod server;
