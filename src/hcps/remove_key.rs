//! A public key of an HCP goes.
use super::{Hcp, key_queries};
use crate::{
    audit::{self, Action, Doer, Event},
    id::{HcpKeyId, OrganizationId},
    store::{StoreError, Tx},
};

/// Removes the HCP's key. `false` when there is none.
///
/// # Errors
/// The database is away.
pub async fn remove_key(
    tx: &mut Tx,
    organization: OrganizationId,
    hcp: &Hcp,
    id: HcpKeyId,
    by: &Doer,
) -> Result<bool, StoreError> {
    if !key_queries::delete(tx, hcp.id, id).await? {
        return Ok(false);
    }
    let event = Event::done(Action::HcpKeyRemoved)
        .done_by(by)
        .about(hcp.id)
        .within(organization)
        .on(id);
    audit::record(tx, event).await?;
    Ok(true)
}
