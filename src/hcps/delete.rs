//! An HCP goes for good (I-34).
use super::{Hcp, Refusal, queries};
use crate::{
    audit::{self, Action, Doer, Event},
    grants::{self, Capacity, Ending, Group},
    organizations::{self, Directory},
    providers,
    store::{StoreError, Tx},
};

/// Deletes the HCP with its tokens and keys, ends the membership that it is linked to, and
/// leaves an event with its id.
///
/// # Errors
/// The database is away.
pub async fn delete(
    tx: &mut Tx,
    directory: &Directory,
    hcp: &Hcp,
    by: &Doer,
) -> Result<Result<(), Refusal>, StoreError> {
    organizations::hold_database(tx, hcp.database_id).await?;
    if queries::has_children(tx, hcp.id).await? {
        return Ok(Err(Refusal::HasChildren));
    }
    if let Err(refusal) = end_membership(tx, directory, hcp).await? {
        return Ok(Err(refusal));
    }
    hcp.end_capacity(tx, directory.organization_id).await?;
    if !queries::delete(tx, hcp).await? {
        return Ok(Err(Refusal::Stale));
    }
    let mut event = Event::done(Action::HcpDeleted)
        .done_by(by)
        .within(directory.organization_id)
        .on(hcp.id);
    if let Some(account) = hcp.account_id {
        event = event.about(account);
    }
    audit::record(tx, event).await?;
    Ok(Ok(()))
}

async fn end_membership(
    tx: &mut Tx,
    directory: &Directory,
    hcp: &Hcp,
) -> Result<Result<(), Refusal>, StoreError> {
    let organization = directory.organization_id;
    organizations::hold(tx, organization).await?;
    for mut membership in providers::of_hcp(tx, organization, hcp.id).await? {
        if providers::is_last_owner(tx, membership.account, organization).await? {
            return Ok(Err(Refusal::LastOwner)); // I-21
        }
        let group = Group::In(Capacity::Provider {
            account: membership.account,
            organization,
        });
        membership.status = providers::Status::Ended;
        membership.hcp_id = None;
        providers::put(tx, &membership).await?;
        grants::revoke_all(tx, &group, Ending::RelationEnded).await?;
    }
    Ok(Ok(()))
}
