//! Declared resources: making the database match a file (`tutela apply`).
//!
//! ```text
//! files ─ node: one tree ─ read: Declared, or every fault with its path      pure
//!       ─ secrets: hash what is new, before anything is locked
//!       ─ apply: one transaction compares, writes and tells what it changed
//! ```
//! A dry run is the same transaction, taken back. So what a plan says is what would be
//! done, and a second run finds nothing to do.
mod apply;
mod change;
mod clients;
mod declared;
mod node;
mod parts;
mod people;
mod prune;
mod read;
mod read_people;
mod read_secret;
mod relations;
mod secrets;
mod service_accounts;
mod unique;

use crate::{accounts::Passwords, store::Store};

pub use apply::ApplyError;
pub use change::{Change, Kind};
pub use declared::Declared;
pub use node::Fault;

/// What `tutela apply` was told besides the files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Tell, and change nothing.
    pub dry_run: bool,
    /// End what is stored in the declared organizations and not declared.
    pub prune: bool,
}

/// Reads declarations: each text with its name, TOML unless the name ends in `.json`.
///
/// # Errors
/// Everything that is wrong with them, each with its path.
pub fn read(texts: &[(String, String)]) -> Result<Declared, Vec<Fault>> {
    read::read(texts)
}

/// Makes the database match, and gives what that changed or would change.
///
/// # Errors
/// The database is away, a declared secret's file cannot be read, or what is declared
/// collides with what is stored.
pub async fn apply(
    store: &Store,
    passwords: &Passwords,
    declared: &Declared,
    options: Options,
) -> Result<Vec<Change>, ApplyError> {
    apply::apply(store, passwords, declared, options).await
}
