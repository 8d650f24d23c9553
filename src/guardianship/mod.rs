//! Who acts for whom: guardians and dependents, and adults who granted a proxy.
//!
//! Owns `guardianships`, `proxy_requests` and `handover_codes`. Whether a relation authorises is never stored: it follows from
//! the row, the two accounts and the clock, at each use ([`authorises`], I-15), and it
//! ends by itself at majority. What it reaches follows the same way ([`ceiling`]).
mod add;
mod change;
mod contact;
mod decide;
mod emancipate;
mod finish;
mod hand_over;
mod handover_queries;
mod in_force;
mod leave;
mod limits;
mod listing;
mod notices;
mod personal_sign_in;
mod propose;
mod proxy;
mod proxy_queries;
mod queries;
mod relation;
mod retire;
mod rules;
mod step_queries;
#[cfg(test)]
mod tests;

use crate::{
    audit::Doer,
    id::{AccountId, GuardianshipId, OrganizationId},
    organizations::Settings,
    store::{StoreError, Tx},
};

pub use add::{AddRefusal, NewDependent, add_dependent};
pub use change::{ChangeRefusal, change};
pub use contact::settle_lent;
pub use decide::{DecideRefusal, accept, approve, resume, suspend};
pub use emancipate::emancipate;
pub use finish::{finish, finish_by_staff};
pub use hand_over::{
    HandoverCode, IssueRefusal, TakenOver, Takeover, TakeoverRefusal, awaits_handover,
    begin as begin_takeover, grows_up_at, issue_code, sweep, take_over,
};
pub use leave::{decline, leave, own};
pub use listing::{Filter, page};
pub use notices::Notices;
pub use personal_sign_in::{
    Arrival, PersonalRefusal, arrive, disable_sign_in, enable_sign_in, guardians_refusal,
    may_have_grown,
};
pub use propose::{Proposal, ProposeRefusal, propose};
pub use proxy::{ProxyGrant, ProxyRequest, end_proxy, grant_proxy, pass_on, proxy_requests};
pub use queries::{NewGuardianship, insert, update_declared};
pub use relation::{
    AccessLevel, Basis, EndedReason, Guardianship, Parties, Party, Relationship, Status,
    Verification,
};
pub use rules::{Authority, WhyNot, authorises, ceiling, full_ceiling, majority_at, purpose};

/// A relation and what its two accounts are, as the rules need them.
#[derive(Debug, Clone)]
pub struct Case {
    /// The relation.
    pub relation: Guardianship,
    /// The guardian and the dependent.
    pub parties: Parties,
}

/// The relation with its accounts. `None` when there is none.
///
/// # Errors
/// The database is away.
pub async fn case(tx: &mut Tx, id: GuardianshipId) -> Result<Option<Case>, StoreError> {
    queries::case(tx, id).await
}

/// Every relation in which the account is guardian and that has not ended.
///
/// # Errors
/// The database is away.
pub async fn of_guardian(
    tx: &mut Tx,
    guardian: AccountId,
) -> Result<Vec<Guardianship>, StoreError> {
    queries::of_guardian(tx, guardian).await
}

/// Every relation in which the account is the one acted for and that has not ended.
///
/// # Errors
/// The database is away.
pub async fn of_dependent(
    tx: &mut Tx,
    dependent: AccountId,
) -> Result<Vec<Guardianship>, StoreError> {
    queries::of_dependent(tx, dependent).await
}

/// Every relation of the organization that has not ended.
///
/// # Errors
/// The database is away.
pub async fn of_organization(
    tx: &mut Tx,
    organization: OrganizationId,
) -> Result<Vec<Guardianship>, StoreError> {
    queries::of_organization(tx, organization).await
}

/// Forgets what the person asked of others, because his account ends.
///
/// # Errors
/// The database is away.
pub async fn forget_requests(tx: &mut Tx, person: AccountId) -> Result<(), StoreError> {
    proxy_queries::withdraw_all(tx, person).await
}

/// Whether the relation waits for the answer of its guardian.
///
/// # Errors
/// The database is away.
pub async fn awaits_guardian(tx: &mut Tx, id: GuardianshipId) -> Result<bool, StoreError> {
    step_queries::awaits_guardian(tx, id).await
}

/// Whether the relation waits for staff, or for the adult whose proxy it is to be.
///
/// # Errors
/// The database is away.
pub async fn awaits_approval(tx: &mut Tx, id: GuardianshipId) -> Result<bool, StoreError> {
    step_queries::awaits_approval(tx, id).await
}

/// Whether `by` is the person, or a guardian of his: nobody decides as staff on what concerns
/// himself (I-16, N-03).
///
/// # Errors
/// The database is away.
pub async fn is_own_affair(tx: &mut Tx, by: &Doer, person: AccountId) -> Result<bool, StoreError> {
    let Some(me) = by.account() else {
        return Ok(false);
    };
    let relations = queries::of_dependent(tx, person).await?;
    Ok(me == person || relations.iter().any(|relation| relation.guardian == me))
}

/// Whether the relation reaches the whole record now, whatever its state.
///
/// # Errors
/// The database is away.
pub async fn reaches_everything(
    tx: &mut Tx,
    relation: &Guardianship,
    settings: &Settings,
) -> Result<bool, StoreError> {
    let now = tx.now();
    let dependent = queries::party(tx, relation.dependent).await?;
    Ok(dependent
        .is_some_and(|dependent| ceiling(relation, &dependent, settings, now) == full_ceiling()))
}

/// Ends the bare row, for declarations. The caller ends the grants under it in the same
/// transaction; a deed of people is [`finish`].
///
/// # Errors
/// The database is away.
pub async fn end(
    tx: &mut Tx,
    id: GuardianshipId,
    why: EndedReason,
    by: Option<AccountId>,
) -> Result<bool, StoreError> {
    queries::end(tx, id, why, by).await
}
