//! The end of a relation, with all that hung on it.
use super::{
    Basis, DecideRefusal, EndedReason, Guardianship, Notices, Status, contact, decide,
    proxy_queries, queries,
};
use crate::{
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
    notices: &Notices,
    relation: &Guardianship,
    why: EndedReason,
    by: &Doer,
    reason: Option<&str>,
) -> Result<bool, StoreError> {
    let Some(status) = queries::hold(tx, relation.id).await? else {
        return Ok(false);
    };
    let relation = &Guardianship {
        status, // somebody may have accepted it just now
        ..relation.clone()
    };
    if !queries::end(tx, relation.id, why, by.account()).await? {
        return Ok(false);
    }
    let group = Group::Guardianship(relation.id);
    grants::revoke_all(tx, &group, Ending::RelationEnded).await?;
    clients::withdraw_under(tx, relation.id).await?;
    if relation.status != Status::Pending {
        // What nobody accepted stays as it was asked, whatever became of it (N-01).
        proxy_queries::withdraw(tx, relation.id).await?;
    }
    contact::take_back(tx, relation).await?;
    let reason = reason.unwrap_or_else(|| why.name());
    decide::record(tx, relation, relation.end(), by, Some(reason)).await?;
    notices.ended(tx, (relation, by)).await?;
    Ok(true)
}

impl Guardianship {
    /// What its end is called: a proxy that nobody accepted is none (N-01).
    pub(super) fn end(&self) -> Action {
        match (self.basis, self.status) {
            (Basis::PatientConsent, Status::Pending) => Action::ProxyRequestEnded,
            _ => Action::GuardianshipEnded,
        }
    }
}

/// Staff end a relation, or decline one that is pending.
///
/// # Errors
/// The database is away.
pub async fn finish_by_staff(
    tx: &mut Tx,
    notices: &Notices,
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
    match finish(tx, notices, relation, why, by, reason).await? {
        true => Ok(Ok(())),
        false => Ok(Err(DecideRefusal::WrongState)),
    }
}
