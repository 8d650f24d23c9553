//! All HCPs of an import go again, while nobody has touched them.
use super::{Import, Refusal, Staged, Status, queries};
use crate::{
    audit::{self, Action, Doer, Event},
    clock::Timestamp,
    hcps,
    id::HcpId,
    organizations::Directory,
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
    let mut all = queries::lines(tx, import.id).await?;
    let made: Vec<HcpId> = all
        .iter_mut()
        .filter_map(|staged| staged.hcp.take())
        .collect();
    if hcps::delete_untouched(tx, directory, &made, by)
        .await?
        .is_err()
    {
        return Ok(Err(Refusal::Changed));
    }
    queries::forget_hcps(tx, import.id).await?;
    let event = Event::done(Action::HcpImportUndone)
        .done_by(by)
        .within(directory.organization_id)
        .on(import.id);
    audit::record(tx, event).await?;
    Ok(Ok(all))
}

impl Import {
    /// Whether it is at a time to be undone.
    ///
    /// # Errors
    /// Why not.
    pub fn undoable(&self, now: Timestamp) -> Result<(), Refusal> {
        match (self.status, self.committed_at) {
            (Status::Undone, _) => Err(Refusal::AlreadyUndone),
            (Status::Staged | Status::Committing, _) | (_, None) => Err(Refusal::NotCommitted),
            (Status::Committed, Some(at)) if at.plus_seconds(UNDOABLE) <= now => {
                Err(Refusal::UndoExpired)
            }
            (Status::Committed, Some(_)) => Ok(()),
        }
    }
}
