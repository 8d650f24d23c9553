//! All HCPs of an import go again, while nobody has touched them.
use super::{Import, Refusal, Staged, Status, queries};
use crate::{
    audit::{self, Action, Doer, Event},
    hcps,
    id::HcpId,
    organizations::{self, Directory},
    store::{StoreError, Tx},
};

/// How long an import can be undone, in seconds.
const UNDOABLE: i64 = 24 * 60 * 60;

/// Deletes what the import made. Whoever is refused must not commit `tx`.
///
/// # Errors
/// The database is away.
pub async fn undo(
    tx: &mut Tx,
    directory: &Directory,
    import: &mut Import,
    by: &Doer,
) -> Result<Result<Vec<Staged>, Refusal>, StoreError> {
    if let Err(refusal) = import.undoable(tx.now()) {
        return Ok(Err(refusal));
    }
    if !queries::undo(tx, import.id).await? {
        return Ok(Err(Refusal::AlreadyUndone));
    }
    import.status = Status::Undone;
    let database = directory.database.id;
    organizations::hold_database(tx, database).await?;
    let mut all = queries::lines(tx, import.id).await?;
    let made: Vec<HcpId> = all.iter().filter_map(|staged| staged.hcp).collect();
    if hcps::untouched(tx, database, &made).await?.len() != made.len() {
        return Ok(Err(Refusal::Changed));
    }
    for staged in all.iter_mut().filter(|staged| staged.hcp.is_some()) {
        if !delete(tx, directory, staged, by).await? {
            return Ok(Err(Refusal::Changed));
        }
        queries::update_line(tx, import.id, staged).await?;
    }
    let event = Event::done(Action::HcpImportUndone)
        .done_by(by)
        .within(directory.organization_id)
        .on(import.id);
    audit::record(tx, event).await?;
    Ok(Ok(all))
}

/// `Ok(false)` when somebody changed the HCP this very moment.
async fn delete(
    tx: &mut Tx,
    directory: &Directory,
    staged: &mut Staged,
    by: &Doer,
) -> Result<bool, StoreError> {
    let Some(id) = staged.hcp.take() else {
        return Ok(true);
    };
    let Some(hcp) = hcps::find(tx, directory.database.id, id).await? else {
        return Ok(false);
    };
    let deleted = hcps::delete(tx, directory, &hcp, by).await?;
    Ok(deleted.is_ok() && hcp.version == 1)
}

impl Import {
    /// Whether it is at a time to be undone.
    ///
    /// # Errors
    /// Why not.
    pub fn undoable(&self, now: crate::clock::Timestamp) -> Result<(), Refusal> {
        match (self.status, self.committed_at) {
            (Status::Undone, _) => Err(Refusal::AlreadyUndone),
            (Status::Staged, _) | (_, None) => Err(Refusal::NotCommitted),
            (Status::Committed, Some(at)) if at.plus_seconds(UNDOABLE) <= now => {
                Err(Refusal::UndoExpired)
            }
            (Status::Committed, Some(_)) => Ok(()),
        }
    }
}
