//! An HCP is edited, disabled or enabled.
use super::{Fit, Hcp, Refusal, Status, queries, tree};
use crate::{
    audit::{self, Action, Doer, Event},
    organizations::Directory,
    store::{StoreError, Tx},
};

/// What an HCP is to be.
#[derive(Debug, Clone)]
pub struct Change {
    /// What is said of it.
    pub fit: Fit,
    /// Whether it may be used.
    pub status: Status,
}

/// Changes `before`, unless somebody changed it meanwhile.
///
/// # Errors
/// The database is away.
pub async fn change(
    tx: &mut Tx,
    directory: &Directory,
    before: &Hcp,
    to: &Change,
    by: &Doer,
) -> Result<Result<Hcp, Refusal>, StoreError> {
    if let Some(parent) = to.fit.parent_id
        && before.parent_id != Some(parent)
        && let Err(refusal) =
            tree::check_parent(tx, before.database_id, parent, Some(before.id)).await?
    {
        return Ok(Err(refusal));
    }
    if let Err(refusal) = queries::update(tx, before, &to.fit, to.status).await? {
        return Ok(Err(refusal));
    }
    let is_ended = to.status == Status::Disabled || to.fit.parent_id.is_some();
    if is_ended {
        let organization = directory.organization_id;
        before.end_capacity(tx, organization).await?;
    }
    let action = match (before.status, to.status) {
        (Status::Active, Status::Disabled) => Action::HcpDisabled,
        (Status::Disabled, Status::Active) => Action::HcpEnabled,
        _ => Action::HcpChanged,
    };
    let event = Event::done(action)
        .done_by(by)
        .within(directory.organization_id)
        .on(before.id);
    audit::record(tx, event).await?;
    let stored = queries::find(tx, before.database_id, before.id).await?;
    Ok(stored.ok_or(Refusal::Stale))
}
