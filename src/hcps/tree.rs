//! The tree of HCPs: an organization may stand above others, eight levels at most (I-32).
use super::{HcpType, Refusal, queries};
use crate::{
    id::{DatabaseId, HcpId},
    organizations,
    store::{StoreError, Tx},
};

/// Most levels from the top to the bottom of a tree.
pub const MOST_LEVELS: i64 = 8;

/// Whether `parent` may stand above `child`, or above a new HCP. Until the work is done
/// nobody else changes the tree.
pub(super) async fn check_parent(
    tx: &mut Tx,
    database: DatabaseId,
    parent: HcpId,
    child: Option<HcpId>,
) -> Result<Result<(), Refusal>, StoreError> {
    organizations::hold_database(tx, database).await?;
    let above = queries::ancestry(tx, database, parent).await?;
    let Some(first) = above.first() else {
        return Ok(Err(Refusal::UnknownParent));
    };
    if first.kind != HcpType::Organization {
        return Ok(Err(Refusal::ParentNotOrganization));
    }
    if child.is_some_and(|child| above.iter().any(|one| one.id == child)) {
        return Ok(Err(Refusal::ParentCycle));
    }
    let below = match child {
        Some(child) => queries::height(tx, child).await?,
        None => 1,
    };
    let levels = below.saturating_add(i64::try_from(above.len()).unwrap_or(i64::MAX));
    Ok(match levels > MOST_LEVELS {
        true => Err(Refusal::TooDeep),
        false => Ok(()),
    })
}
