//! Many professionals are made, or taken back, in a few statements.
use std::collections::{HashMap, HashSet, hash_map::Entry};

use super::{
    Fit, Refusal, lists_queries,
    many_queries::{self, AT_ONCE},
    tree,
};
use crate::{
    audit::{self, Action, Doer, Event},
    id::HcpId,
    organizations::{self, Directory},
    store::{StoreError, Topic, Tx},
};

/// Makes a professional of each of `fits`, and says what became of it, in their order.
///
/// # Errors
/// The database is away.
pub async fn create_many(
    tx: &mut Tx,
    directory: &Directory,
    fits: &[Fit],
    by: &Doer,
) -> Result<Vec<Result<HcpId, Refusal>>, StoreError> {
    let database = directory.database.id;
    organizations::hold_database(tx, database).await?;
    let mut parents = HashMap::new();
    for parent in fits.iter().filter_map(|fit| fit.parent_id) {
        if let Entry::Vacant(unknown) = parents.entry(parent) {
            unknown.insert(tree::check_parent(tx, database, parent, None).await?);
        }
    }
    let allowed = |fit: &Fit| match fit.parent_id {
        Some(parent) => parents.get(&parent).copied().unwrap_or(Ok(())),
        None => Ok(()),
    };
    let wanted = fits.iter().filter(|fit| allowed(fit).is_ok());
    let wanted: Vec<(HcpId, &Fit)> = wanted.map(|fit| (tx.id(), fit)).collect();
    let mut made = Vec::new();
    for some in wanted.chunks(AT_ONCE) {
        made.extend(many_queries::insert_many(tx, database, some).await?);
    }
    let (stored, found_by): (HashSet<HcpId>, Vec<_>) = made.into_iter().unzip();
    lists_queries::insert(tx, &found_by).await?;
    record(tx, directory, Action::HcpCreated, &stored, by).await?;
    let mut ids = wanted.iter().map(|(id, _)| *id);
    let made = fits.iter().map(|fit| {
        allowed(fit)?;
        let id = ids.next().filter(|id| stored.contains(id));
        id.ok_or(Refusal::EmailTaken)
    });
    Ok(made.collect())
}

/// Deletes professionals for good, if nobody has changed, linked or used any of them since
/// they were made. Whoever is refused must not commit `tx`.
///
/// # Errors
/// The database is away.
pub async fn delete_untouched(
    tx: &mut Tx,
    directory: &Directory,
    ids: &[HcpId],
    by: &Doer,
) -> Result<Result<(), Refusal>, StoreError> {
    let database = directory.database.id;
    organizations::hold_database(tx, database).await?;
    tx.touch(Topic::People);
    for some in ids.chunks(AT_ONCE) {
        let untouched = many_queries::untouched(tx, database, some).await?;
        let deleted = match untouched.len() == some.len() {
            true => many_queries::delete_many(tx, database, some).await?,
            false => 0,
        };
        if usize::try_from(deleted) != Ok(some.len()) {
            return Ok(Err(Refusal::Stale));
        }
        record(tx, directory, Action::HcpDeleted, &untouched, by).await?;
    }
    Ok(Ok(()))
}

async fn record(
    tx: &mut Tx,
    directory: &Directory,
    action: Action,
    ids: &HashSet<HcpId>,
    by: &Doer,
) -> Result<(), StoreError> {
    let mut ids: Vec<HcpId> = ids.iter().copied().collect();
    ids.sort_unstable();
    let event = |id| {
        let event = Event::done(action).done_by(by);
        event.within(directory.organization_id).on(id)
    };
    audit::record_all(tx, ids.into_iter().map(event)).await
}
