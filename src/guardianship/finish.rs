//! The end of a relation, with all that hung on it.
use super::{
    DecideRefusal, EndedReason, Guardianship, Status, decide, proxy_queries, queries, step_queries,
};
use crate::{
    accounts,
    audit::{Action, Doer},
    clients,
    grants::{self, Ending, Group},
    store::{StoreError, Tx},
};

/// Ends a relation for good: what was granted under it, the consents that the guardian gave
/// for the dependent, and the contact that he lent (I-03) end in the same transaction.
/// `false` when it had ended before.
///
/// # Errors
/// The database is away.
pub async fn finish(
    tx: &mut Tx,
    relation: &Guardianship,
    why: EndedReason,
    by: &Doer,
    reason: Option<&str>,
) -> Result<bool, StoreError> {
    if !queries::end(tx, relation.id, why, by.account()).await? {
        return Ok(false);
    }
    let group = Group::Guardianship(relation.id);
    grants::revoke_all(tx, &group, Ending::RelationEnded).await?;
    clients::withdraw_under(tx, relation.id).await?;
    if why != EndedReason::Declined {
        // That somebody said no is not told to whoever asked (N-01).
        proxy_queries::withdraw(tx, relation.id).await?;
    }
    move_contact(tx, relation).await?;
    let reason = reason.unwrap_or_else(|| why.name());
    decide::record(tx, relation, Action::GuardianshipEnded, by, Some(reason)).await?;
    Ok(true)
}

/// Staff end a relation, or decline one that is pending.
///
/// # Errors
/// The database is away.
pub async fn finish_by_staff(
    tx: &mut Tx,
    relation: &Guardianship,
    (why, reason): (EndedReason, Option<&str>),
    by: &Doer,
) -> Result<Result<(), DecideRefusal>, StoreError> {
    if relation.concerns(by) {
        return Ok(Err(DecideRefusal::OwnRelation)); // I-16
    }
    if why == EndedReason::Declined && relation.status != Status::Pending {
        return Ok(Err(DecideRefusal::WrongState));
    }
    match finish(tx, relation, why, by, reason).await? {
        true => Ok(Ok(())),
        false => Ok(Err(DecideRefusal::WrongState)),
    }
}

/// Letters for the dependent go to another active guardian, or to nobody (I-03).
async fn move_contact(tx: &mut Tx, relation: &Guardianship) -> Result<(), StoreError> {
    let Some(dependent) = accounts::account(tx, relation.dependent).await? else {
        return Ok(());
    };
    let lent = accounts::contacts(tx, relation.guardian).await?;
    let is_lent = |id| lent.iter().any(|contact| contact.id == id);
    if !dependent.contact_identifier.is_some_and(is_lent) {
        return Ok(());
    }
    let mut next = None;
    for guardian in step_queries::active_guardians(tx, relation.dependent).await? {
        next = accounts::contacts(tx, guardian)
            .await?
            .first()
            .map(|contact| contact.id);
        if next.is_some() {
            break;
        }
    }
    accounts::put_contact(tx, relation.dependent, next).await
}
