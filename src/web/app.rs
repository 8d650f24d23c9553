//! Everything a handler may reach.
use std::{fmt, ops::Deref, sync::Arc};

use super::{Asker, Sessions, paths};
use crate::{
    accounts::Passwords,
    audit,
    capacity::Standings,
    clients::{Clients, Proofs},
    config::Config,
    grants::FamilyKey,
    guardianship::Notices,
    keys::Keys,
    mail::Mailer,
    organizations::Organizations,
    outgoing::Outgoing,
    service_accounts::{KeyUses, ServiceAccounts, Usage},
    spreadsheet,
    store::Store,
    tokens::{self, Tokens},
};

/// What the server is made of. A new part is one line here and one where the server
/// is put together.
pub struct AppParts {
    /// The settings.
    pub config: Config,
    /// The database.
    pub store: Store,
    /// The signing keys.
    pub keys: Arc<Keys>,
    /// The key behind refresh tokens.
    pub family_key: FamilyKey,
    /// Letters to people.
    pub mailer: Mailer,
    /// Requests that the server itself makes.
    pub outgoing: Arc<Outgoing>,
    /// Applications.
    pub clients: Arc<Clients>,
    /// What clients have proved lately.
    pub proofs: Proofs,
    /// Machines.
    pub service_accounts: ServiceAccounts,
    /// When machines' keys were last used.
    pub key_uses: KeyUses,
    /// How much machines ask for.
    pub usage: Usage,
    /// Tenants.
    pub organizations: Organizations,
    /// People's capacities.
    pub standings: Standings,
    /// Issues tokens and judges them.
    pub tokens: Tokens,
    /// Audit events that may be written a little later.
    pub later: audit::Later,
    /// Reads files of people.
    pub spreadsheets: spreadsheet::Worker,
    /// Hashes and checks passwords.
    pub passwords: Passwords,
    /// Browser sessions.
    pub sessions: Sessions,
    /// Tells which application sent somebody to sign in.
    pub asker: Asker,
}

/// Everything a handler may reach. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<AppParts>);

impl App {
    /// Puts the parts together.
    pub fn new(parts: AppParts) -> Self {
        Self(Arc::new(parts))
    }

    /// With what people are told of their relations.
    pub fn notices(&self) -> Notices {
        Notices {
            mailer: self.mailer.clone(),
            issuer: self.config.issuer.as_str().to_owned(),
            care: paths::account_care(),
            proxies: paths::account_proxies(),
            consumer: paths::admin_consumer,
        }
    }

    /// Where the present state behind a token is looked up.
    pub fn state(&self) -> tokens::Context<'_> {
        tokens::Context {
            store: &self.store,
            organizations: &self.organizations,
            clients: &self.clients,
            service_accounts: &self.service_accounts,
            standings: &self.standings,
        }
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("App")
    }
}

impl Deref for App {
    type Target = AppParts;

    fn deref(&self) -> &AppParts {
        &self.0
    }
}
