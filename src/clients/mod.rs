//! Registered applications: what they may ask for, where answers go, how they prove who
//! they are, and what people allowed them.
//!
//! Owns `clients` and `consents`. A [`Registration`] is checked as a whole when it is
//! stored ([`Registration::faults`]), so that nothing that reads it checks again. An
//! answer can be sent only to a [`ReturnTo`], and only [`Client::return_to`] makes one.
mod consent;
mod consent_queries;
mod proof;
mod queries;
mod redirect;
mod registration;
mod withdraw;

use std::{collections::HashSet, sync::Arc};

use crate::{
    access::ScopeSet,
    id::OrganizationId,
    secret::StoredSecret,
    store::{Cache, Store, StoreError, Topic, Tx},
};

pub use consent::{
    Consent, Decision, GivenConsent, consents_of, give, is_allowed_by_guardian, withdraw_all,
    withdraw_under,
};
pub use proof::{KeySource, Proofs};
pub use queries::{delete, ids_of, put};
pub use redirect::{RedirectFault, ReturnTo, check_redirect_uri};
pub use registration::{
    AllowedPrincipal, AuthMethod, ClientType, Fault, GrantType, Registration, SubjectType,
};
pub use withdraw::withdraw;

/// A registered application.
#[derive(Debug, Clone)]
pub struct Client {
    /// `client_id`.
    pub id: String,
    /// The tenant. `None` for a platform-wide application.
    pub organization: Option<OrganizationId>,
    /// The name that people see.
    pub name: String,
    /// Whether it may be used.
    pub is_active: bool,
    /// What it registered.
    pub registration: Registration,
    /// What is kept of its secret; `None` when it has none.
    pub secret: Option<StoredSecret>,
}

impl Client {
    /// Whether it can keep a secret.
    pub fn is_confidential(&self) -> bool {
        self.registration.client_type == ClientType::Confidential
    }

    /// Whether it registered the grant type.
    pub fn may_use(&self, grant_type: GrantType) -> bool {
        self.registration.grant_types.contains(&grant_type)
    }

    /// The scopes it may ask for.
    pub const fn allowed_scopes(&self) -> &ScopeSet {
        &self.registration.allowed_scopes
    }
}

/// Reads clients, and keeps them in memory while they are true.
pub struct Clients {
    by_id: Cache<String, Arc<Client>>,
    /// The web origins of every registered return address, under the one key there is.
    origins: Cache<(), Arc<HashSet<String>>>,
    /// What people allowed.
    allowed: Cache<Consent, Arc<ScopeSet>>,
}

impl Default for Clients {
    fn default() -> Self {
        Self {
            by_id: Cache::new(4096, &[Topic::Configuration]),
            origins: Cache::new(1, &[Topic::Configuration]),
            allowed: Cache::new(8192, &[Topic::Configuration, Topic::Consents]),
        }
    }
}

impl Clients {
    /// The client, if there is one and it may be used.
    ///
    /// # Errors
    /// The database is away.
    pub async fn find(
        &self,
        store: &Store,
        client_id: &str,
    ) -> Result<Option<Arc<Client>>, StoreError> {
        if let Some(client) = self.by_id.get(store, client_id) {
            return Ok(Some(client));
        }
        let versions = self.by_id.versions(store);
        let found = find(&mut store.read().await?, client_id).await?;
        let Some(client) = found.filter(|client| client.is_active).map(Arc::new) else {
            return Ok(None);
        };
        if let Some(versions) = versions {
            self.by_id
                .put(client_id.to_owned(), versions, Arc::clone(&client));
        }
        Ok(Some(client))
    }

    /// Whether some active client returns to an address of this web origin.
    ///
    /// # Errors
    /// The database is away.
    pub async fn is_origin_of_any(&self, store: &Store, origin: &str) -> Result<bool, StoreError> {
        if let Some(origins) = self.origins.get(store, &()) {
            return Ok(origins.contains(origin));
        }
        let versions = self.origins.versions(store);
        let uris = queries::redirect_uris(&mut store.read().await?).await?;
        let web_origin = |uri: &String| {
            let url = url::Url::parse(uri).ok()?;
            matches!(url.scheme(), "http" | "https").then(|| url.origin().ascii_serialization())
        };
        let origins: Arc<HashSet<String>> = Arc::new(uris.iter().filter_map(web_origin).collect());
        let is_known = origins.contains(origin);
        if let Some(versions) = versions {
            self.origins.put((), versions, origins);
        }
        Ok(is_known)
    }
}

/// The client, whether or not it may be used.
///
/// # Errors
/// The database is away.
pub async fn find(tx: &mut Tx, client_id: &str) -> Result<Option<Client>, StoreError> {
    if client_id.len() > 255 || client_id.contains('\0') {
        return Ok(None); // PostgreSQL takes no NUL, and none is registered
    }
    queries::find(tx, client_id).await
}
