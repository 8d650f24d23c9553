//! By which relation one acts for another (DOMAIN.md 10.1).
use super::{Role, Standing};
use crate::{
    grants::Capacity,
    guardianship,
    id::AccountId,
    store::{StoreError, Tx},
};

/// The capacity in which whoever stands as `actor` would act for `subject`, by what the
/// rows suggest. Whether it holds is for [`super::Standings::get`] to say. `None` when
/// nothing relates the two, or the actor acts for somebody himself (T-03).
///
/// # Errors
/// The database is away.
pub async fn acting_for(
    tx: &mut Tx,
    actor: &Standing,
    subject: AccountId,
) -> Result<Option<Capacity>, StoreError> {
    if actor.actor.is_some() {
        return Ok(None);
    }
    match actor.role {
        Role::Consumer { .. } => guardian_of(tx, actor, subject).await,
        Role::Provider { .. } | Role::ConfigUser { .. } => Ok(None),
    }
}

async fn guardian_of(
    tx: &mut Tx,
    actor: &Standing,
    subject: AccountId,
) -> Result<Option<Capacity>, StoreError> {
    let (guardian, organization) = (actor.subject.id, actor.organization.id);
    let relations = guardianship::of_guardian(tx, guardian).await?;
    let found = relations
        .into_iter()
        .find(|relation| relation.dependent == subject && relation.organization == organization);
    Ok(found.map(|relation| Capacity::Guardian {
        guardian,
        dependent: relation.dependent,
        guardianship: relation.id,
        organization,
    }))
}
