//! What happens to a relation between its proposal and its end: accepted, approved, put on
//! hold, resumed. Each is one conditional write, so that two who decide at once do not
//! both win.
use super::{Guardianship, Notices, Status, contact, limits, step_queries};
use crate::{
    audit::{self, Action, Doer, Event},
    grants::{self, Ending, Group},
    id::AccountId,
    mail::RelationNews,
    organizations::{self, Organization},
    store::{StoreError, Tx},
};

/// Why nothing was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecideRefusal {
    /// The relation is not in a state from which this leads on.
    WrongState,
    /// I-16: nobody decides on a relation of his own, whatever his staff role.
    OwnRelation,
    /// As many as the organization allows (I-14).
    TooMany,
}

/// The invited guardian, or the proxy, says yes. The caller has made sure that it is he.
///
/// # Errors
/// The database is away.
pub async fn accept(
    tx: &mut Tx,
    notices: &Notices,
    organization: &Organization,
    relation: &Guardianship,
    by: &Doer,
) -> Result<Result<(), DecideRefusal>, StoreError> {
    organizations::hold(tx, organization.id).await?;
    let has_room = limits::has_room_for_dependent(tx, organization, relation.guardian).await?
        && limits::has_room_for_guardian(tx, organization, relation.dependent).await?;
    if !has_room {
        return Ok(Err(DecideRefusal::TooMany));
    }
    if !step_queries::accept(tx, relation.id).await? {
        return Ok(Err(DecideRefusal::WrongState));
    }
    contact::lend(tx, relation).await?;
    record(tx, relation, Action::GuardianshipAccepted, by, None).await?;
    notices.accepted(tx, (relation, by)).await?;
    Ok(Ok(()))
}

/// Staff approve.
///
/// # Errors
/// The database is away.
pub async fn approve(
    tx: &mut Tx,
    notices: &Notices,
    organization: &Organization,
    relation: &Guardianship,
    by: &Doer,
) -> Result<Result<(), DecideRefusal>, StoreError> {
    if relation.concerns(by) {
        return Ok(Err(DecideRefusal::OwnRelation));
    }
    organizations::hold(tx, organization.id).await?;
    if !limits::has_room_for_guardian(tx, organization, relation.dependent).await? {
        return Ok(Err(DecideRefusal::TooMany));
    }
    if !step_queries::approve(tx, relation.id, by.account()).await? {
        return Ok(Err(DecideRefusal::WrongState));
    }
    contact::lend(tx, relation).await?;
    record(tx, relation, Action::GuardianshipApproved, by, None).await?;
    notices.began(tx, (relation, by)).await?;
    Ok(Ok(()))
}

/// Staff put an active relation on hold for `reason`; what was granted under it ends.
///
/// # Errors
/// The database is away.
pub async fn suspend(
    tx: &mut Tx,
    notices: &Notices,
    relation: &Guardianship,
    by: &Doer,
    reason: &str,
) -> Result<Result<(), DecideRefusal>, StoreError> {
    if relation.concerns(by) {
        return Ok(Err(DecideRefusal::OwnRelation));
    }
    if !step_queries::move_on(tx, relation.id, Status::Active, Status::Suspended).await? {
        return Ok(Err(DecideRefusal::WrongState));
    }
    let group = Group::Guardianship(relation.id);
    grants::revoke_all(tx, &group, Ending::RelationEnded).await?;
    record(
        tx,
        relation,
        Action::GuardianshipSuspended,
        by,
        Some(reason),
    )
    .await?;
    let deed = (relation, by);
    notices.both(tx, deed, RelationNews::OnHold).await?;
    Ok(Ok(()))
}

/// Staff let a relation on hold go on.
///
/// # Errors
/// The database is away.
pub async fn resume(
    tx: &mut Tx,
    notices: &Notices,
    relation: &Guardianship,
    by: &Doer,
) -> Result<Result<(), DecideRefusal>, StoreError> {
    if relation.concerns(by) {
        return Ok(Err(DecideRefusal::OwnRelation));
    }
    if !step_queries::move_on(tx, relation.id, Status::Suspended, Status::Active).await? {
        return Ok(Err(DecideRefusal::WrongState));
    }
    contact::lend(tx, relation).await?;
    record(tx, relation, Action::GuardianshipResumed, by, None).await?;
    notices.resumed(tx, (relation, by)).await?;
    Ok(Ok(()))
}

impl Guardianship {
    /// Whether `by` is guardian or dependent in it (I-16).
    pub fn concerns(&self, by: &Doer) -> bool {
        is_one_of(by, [self.guardian, self.dependent])
    }
}

/// Whether `by` is one of the two people.
pub(super) fn is_one_of(by: &Doer, people: [AccountId; 2]) -> bool {
    by.account()
        .is_some_and(|account| people.contains(&account))
}

pub(super) async fn record(
    tx: &mut Tx,
    relation: &Guardianship,
    action: Action,
    by: &Doer,
    reason: Option<&str>,
) -> Result<(), StoreError> {
    let mut event = Event::done(action)
        .done_by(by)
        .about(relation.dependent)
        .within(relation.organization)
        .under(Some(relation.id))
        .on(relation.guardian);
    if let Some(reason) = reason {
        event = event.because(reason);
    }
    audit::record(tx, event).await
}
