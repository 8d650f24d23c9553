//! One binary: a folder per capability, driven through a real server.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod accounts;
mod admin;
mod api;
mod architecture;
mod audit;
mod browser;
mod commands;
mod exchange;
mod faults;
mod fuzz;
mod harness;
mod hcps;
mod imports;
mod keys;
mod model;
mod oauth;
mod oidc;
mod organizations;
mod providers;
mod relying_parties;
mod resources;
mod server;
mod service_accounts;
mod store;
