//! What the two people of a relation do with it themselves: the guardian declines or resigns,
//! the adult takes a proxy back. One guardian never ends another's (N-19).
use super::{Basis, EndedReason, Guardianship, Notices, Status, decide, finish, queries};
use crate::{
    audit::Doer,
    id::{AccountId, GuardianshipId},
    store::{StoreError, Tx},
};

/// A relation in which `person` is guardian or dependent and that has not ended. `None` for
/// any other, whatever it may be (N-15).
///
/// # Errors
/// The database is away.
pub async fn own(
    tx: &mut Tx,
    person: AccountId,
    id: GuardianshipId,
) -> Result<Option<Guardianship>, StoreError> {
    let case = queries::case(tx, id).await?;
    let relation = case.map(|case| case.relation);
    Ok(relation.filter(|relation| {
        let is_own = decide::is_one_of(
            &Doer::Person(person),
            [relation.guardian, relation.dependent],
        );
        is_own && relation.status != Status::Ended && !relation.is_hidden_from(person)
    }))
}

impl Guardianship {
    /// A proxy that nobody has accepted is not shown to whoever asked for it, since it is
    /// there only where somebody has the identifier (N-01); he sees what he asked instead.
    pub fn is_hidden_from(&self, person: AccountId) -> bool {
        self.dependent == person
            && self.basis == Basis::PatientConsent
            && self.status == Status::Pending
    }
}

/// `person` ends his relation: the guardian resigns, the adult takes a proxy back. `false`
/// when it is not his to end: a dependent cannot dismiss a guardian.
///
/// # Errors
/// The database is away.
pub async fn leave(
    tx: &mut Tx,
    notices: &Notices,
    relation: &Guardianship,
    person: AccountId,
) -> Result<bool, StoreError> {
    let is_guardian = person == relation.guardian;
    let why = match (is_guardian, relation.basis) {
        (true, _) => EndedReason::Resigned,
        (false, Basis::PatientConsent) => EndedReason::Revoked,
        (false, _) => return Ok(false),
    };
    let doer = Doer::Person(person);
    finish(tx, notices, relation, why, &doer, None).await?;
    Ok(true)
}

/// `person`, to whom it was proposed, says no. `false` when it is not his to answer, or
/// pending no more.
///
/// # Errors
/// The database is away.
pub async fn decline(
    tx: &mut Tx,
    notices: &Notices,
    relation: &Guardianship,
    person: AccountId,
) -> Result<bool, StoreError> {
    if relation.status != Status::Pending || relation.guardian != person {
        return Ok(false);
    }
    let why = EndedReason::Declined;
    let doer = Doer::Person(person);
    finish(tx, notices, relation, why, &doer, None).await
}
