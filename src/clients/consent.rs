//! What people allowed an application (I-45): per subject and client, and per person who
//! allowed it, so that one guardian's consent is not another's.
use super::queries;
use crate::{
    access::ScopeSet,
    id::{AccountId, GuardianshipId},
    store::{StoreError, Tx},
};

/// A consent to be given.
#[derive(Debug, Clone)]
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

/// The scopes that stand allowed; empty when there is no consent.
///
/// # Errors
/// The database is away.
pub async fn allowed(tx: &mut Tx, consent: &Consent) -> Result<ScopeSet, StoreError> {
    let scopes = queries::consent(tx, consent).await?;
    let scopes = scopes.map(|text| text.parse()).transpose();
    scopes
        .map(Option::unwrap_or_default)
        .map_err(|_| StoreError::Corrupt {
            what: "consents.scopes",
            value: consent.client_id.clone(),
        })
}

/// Allows `scopes` besides those that stand.
///
/// # Errors
/// The database is away.
pub async fn give(tx: &mut Tx, consent: &Consent, scopes: &ScopeSet) -> Result<(), StoreError> {
    let mut all = allowed(tx, consent).await?;
    all.extend(scopes.iter().cloned());
    queries::put_consent(tx, consent, &all.to_string()).await
}

/// Takes back everything that `given_by` allowed the client for `subject`. The caller ends
/// the grants with it.
///
/// # Errors
/// The database is away.
pub async fn withdraw(tx: &mut Tx, consent: &Consent) -> Result<bool, StoreError> {
    queries::revoke_consent(tx, consent).await
}

/// Takes back everything that a guardian allowed under the relation, because it ended.
///
/// # Errors
/// The database is away.
pub async fn withdraw_under(tx: &mut Tx, relation: GuardianshipId) -> Result<u64, StoreError> {
    queries::revoke_consents_under(tx, relation).await
}
