//! What people allowed an application (I-45): per subject and client, and per person who
//! allowed it, so that one guardian's consent is not another's.
use std::sync::Arc;

use super::{Clients, consent_queries};
use crate::{
    access::ScopeSet,
    clock::Timestamp,
    id::{AccountId, ConsentId, GuardianshipId},
    store::{Store, StoreError, Tx},
};

/// A consent to be given.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Consent {
    /// Whose data.
    pub subject: AccountId,
    /// To which client.
    pub client_id: String,
    /// By whom: the subject, or who acts for him.
    pub given_by: AccountId,
    /// By which relation, when it was not the subject himself.
    pub guardianship: Option<GuardianshipId>,
}

/// What was decided on the consent page.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Decision {
    /// These scopes.
    Allow {
        /// All that is granted, the optional ones that were ticked among them.
        scopes: ScopeSet,
    },
    /// Nothing.
    Deny,
}

impl Clients {
    /// The scopes that stand allowed; `None` when there is no consent.
    ///
    /// # Errors
    /// The database is away.
    pub async fn allowed(
        &self,
        store: &Store,
        consent: &Consent,
    ) -> Result<Option<Arc<ScopeSet>>, StoreError> {
        let load = async || {
            let found = allowed(&mut store.read().await?, consent).await?;
            Ok(found.map(Arc::new))
        };
        self.allowed.get_or_load(store, consent, load).await
    }
}

async fn allowed(tx: &mut Tx, consent: &Consent) -> Result<Option<ScopeSet>, StoreError> {
    let scopes = consent_queries::scopes_of(tx, consent).await?;
    let scopes = scopes.map(|text| text.parse()).transpose();
    scopes.map_err(|_| StoreError::Corrupt {
        what: "consents.scopes",
        value: consent.client_id.clone(),
    })
}

/// Allows `scopes` besides those that stand.
///
/// # Errors
/// The database is away.
pub async fn give(tx: &mut Tx, consent: &Consent, scopes: &ScopeSet) -> Result<(), StoreError> {
    let mut all = allowed(tx, consent).await?.unwrap_or_default();
    all.extend(scopes.iter().cloned());
    consent_queries::put(tx, consent, &all.to_string()).await
}

/// A consent that stands.
#[derive(Debug, Clone)]
pub struct GivenConsent {
    /// Its id.
    pub id: ConsentId,
    /// Whose data, to whom, and by whom.
    pub consent: Consent,
    /// What is allowed.
    pub scopes: ScopeSet,
    /// Since when.
    pub given_at: Timestamp,
}

/// What stands allowed of what the person gave, or of what concerns him; the latest first.
/// What another guardian allowed for a dependent is not among it (N-19).
///
/// # Errors
/// The database is away.
pub async fn consents_of(tx: &mut Tx, person: AccountId) -> Result<Vec<GivenConsent>, StoreError> {
    consent_queries::of_person(tx, person).await
}

/// Whether somebody who acts for the subject allowed the client anything.
///
/// # Errors
/// The database is away.
pub async fn is_allowed_by_guardian(
    tx: &mut Tx,
    subject: AccountId,
    client_id: &str,
) -> Result<bool, StoreError> {
    consent_queries::is_allowed_by_guardian(tx, subject, client_id).await
}

/// Takes back everything that the person allowed, and that was allowed for him, because his
/// account ends. The caller ends the grants with it.
///
/// # Errors
/// The database is away.
pub async fn withdraw_all(tx: &mut Tx, person: AccountId) -> Result<u64, StoreError> {
    consent_queries::revoke_all(tx, person).await
}

/// Takes back everything that a guardian allowed under the relation, because it ended.
///
/// # Errors
/// The database is away.
pub async fn withdraw_under(tx: &mut Tx, relation: GuardianshipId) -> Result<u64, StoreError> {
    consent_queries::revoke_under(tx, relation).await
}
