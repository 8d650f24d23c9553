//! Whether a relation authorises as things stand (I-15).
use super::{Guardianship, authorises, queries};
use crate::{
    id::GuardianshipId,
    organizations,
    store::{StoreError, Tx},
};

/// The relation, if it authorises now, whatever its row says.
pub(super) async fn in_force(
    tx: &mut Tx,
    id: GuardianshipId,
) -> Result<Option<Guardianship>, StoreError> {
    let Some(case) = queries::case(tx, id).await? else {
        return Ok(None);
    };
    let Some(organization) = organizations::get(tx, case.relation.organization).await? else {
        return Ok(None);
    };
    let authority = authorises(
        &case.relation,
        &case.parties,
        &organization.settings,
        tx.now(),
    );
    Ok(authority.is_ok().then_some(case.relation))
}
