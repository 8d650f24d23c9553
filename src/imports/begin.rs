//! An import's rows are to be taken: somebody said so.
use super::{Import, Refusal, Status, step_queries};
use crate::{
    audit::Doer,
    store::{StoreError, Tx},
};

/// How long an import is remembered once it was taken, in seconds.
pub(super) const REMEMBERED: i64 = 7 * 24 * 60 * 60;

/// Begins to make an HCP of each row that still fits, and to invite each of them if `invites`.
/// Once this is committed [`carry_out`](super::carry_out) does the rest, whatever happens to
/// who asked for it.
///
/// # Errors
/// The database is away.
pub async fn begin(
    tx: &mut Tx,
    import: &mut Import,
    by: &Doer,
    invites: bool,
) -> Result<Result<(), Refusal>, StoreError> {
    let until = tx.now().plus_seconds(REMEMBERED);
    let wanted = step_queries::count_accepted(tx, import.id).await?;
    let begun = step_queries::begin(tx, import.id, (by, invites), (wanted, until)).await?;
    if !begun {
        return Ok(Err(Refusal::AlreadyCommitted));
    }
    import.status = Status::Committing;
    import.rows_wanted = wanted;
    Ok(Ok(()))
}
