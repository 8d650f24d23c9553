//! Who acts for whom: guardians and dependents, and adults who granted a proxy.
//!
//! Owns `guardianships`. Whether a relation authorises is never stored: it follows from
//! the row, the two accounts and the clock, at each use ([`authorises`], I-15), and it
//! ends by itself at majority. What it reaches follows the same way ([`ceiling`]).
mod add;
mod change;
mod decide;
mod emancipate;
mod finish;
mod limits;
mod listing;
mod propose;
mod queries;
mod relation;
mod rules;
mod step_queries;
#[cfg(test)]
mod tests;

use crate::{
    id::{AccountId, GuardianshipId, OrganizationId},
    store::{StoreError, Tx},
};

pub use add::{AddRefusal, NewDependent, add_dependent};
pub use change::{ChangeRefusal, change};
pub use decide::{DecideRefusal, accept, approve, resume, suspend};
pub use emancipate::emancipate;
pub use finish::finish;
pub use listing::{Filter, page};
pub use propose::{Proposal, ProposeRefusal, propose, proxy_refusal};
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
