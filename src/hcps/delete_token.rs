//! A token of an HCP goes at once.
use super::{Hcp, token_queries};
use crate::{
    audit::{self, Action, Doer, Event},
    id::{HcpTokenId, OrganizationId},
    store::{StoreError, Tx},
};

/// Deletes the HCP's token. `false` when there is none.
///
/// # Errors
/// The database is away.
pub async fn delete_token(
    tx: &mut Tx,
    organization: OrganizationId,
    hcp: &Hcp,
    id: HcpTokenId,
    by: &Doer,
) -> Result<bool, StoreError> {
    if !token_queries::delete(tx, hcp.id, id).await? {
        return Ok(false);
    }
    let event = Event::done(Action::HcpTokenDeleted)
        .done_by(by)
        .about(hcp.id)
        .within(organization)
        .on(id);
    audit::record(tx, event).await?;
    Ok(true)
}
