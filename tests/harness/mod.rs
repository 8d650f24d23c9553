//! The vocabulary of the tests.
mod app;
mod browser;
mod database;
mod histories;
mod server;
mod signer;

pub(crate) use app::{App, Tokens, VERIFIER, claims};
pub(crate) use browser::{Browser, Page};
pub(crate) use database::Database;
pub(crate) use histories::histories;
pub(crate) use server::{CLINIC, Server};
pub(crate) use signer::Signer;

/// The people and things of `tests/resources/clinic.toml`.
pub(crate) const JOHN: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a01";
pub(crate) const EMILY: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a02";
pub(crate) const BOT: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0b01";
pub(crate) const BOT_KEY: &str = "tsk_development_only_reminder_bot";
pub(crate) const PORTAL_SECRET: &str = "development-only-portal-secret-0123456789";
pub(crate) const PASSWORD: &str = "correct horse battery staple";
