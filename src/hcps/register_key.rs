//! A public key of an HCP is registered.
use super::{Hcp, PublicKey, key_queries};
use crate::{
    audit::{self, Action, Doer, Event},
    clock::Timestamp,
    id::{HcpId, HcpKeyId, OrganizationId},
    organizations,
    store::{StoreError, Tx},
};

/// Most keys of one HCP (I-37).
pub const MOST_KEYS: i64 = 10;

/// A registered key.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct HcpKey {
    /// Its id.
    pub id: HcpKeyId,
    /// Whose it is.
    pub hcp_id: HcpId,
    /// SHA-256 of its SPKI DER, in hexadecimal.
    pub spki_sha256: String,
    /// Its SPKI DER, in hexadecimal.
    pub spki_hex: String,
    /// What it is used with.
    pub alg: String,
    /// Who registered it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
}

/// Why a key is not registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRefusal {
    /// The database has it already.
    Taken,
    /// The HCP has ten.
    TooMany,
}

/// Registers the key for the HCP.
///
/// # Errors
/// The database is away.
pub async fn register_key(
    tx: &mut Tx,
    organization: OrganizationId,
    hcp: &Hcp,
    key: &PublicKey,
    by: &Doer,
) -> Result<Result<HcpKey, KeyRefusal>, StoreError> {
    organizations::hold_database(tx, hcp.database_id).await?;
    if key_queries::count(tx, hcp.id).await? >= MOST_KEYS {
        return Ok(Err(KeyRefusal::TooMany));
    }
    let stored = HcpKey {
        id: tx.id(),
        hcp_id: hcp.id,
        spki_sha256: key.fingerprint(),
        spki_hex: key.to_hex(),
        alg: super::ALG.to_owned(),
        created_by: by.id(),
        created_at: tx.now(),
    };
    if !key_queries::insert(tx, hcp.database_id, &stored).await? {
        return Ok(Err(KeyRefusal::Taken));
    }
    let event = Event::done(Action::HcpKeyRegistered)
        .done_by(by)
        .about(hcp.id)
        .within(organization)
        .on(stored.id);
    audit::record(tx, event).await?;
    Ok(Ok(stored))
}
