//! A minor counts as grown up before his birthday (DOMAIN.md 4.4).
use super::{Basis, EndedReason, Notices, contact, finish, queries};
use crate::{
    accounts::{self, Account},
    audit::{self, Action, Doer, Event},
    organizations::Organization,
    store::{StoreError, Tx},
};

/// Records it from now on, with where the evidence is filed: parental relations end.
///
/// # Errors
/// The database is away.
pub async fn emancipate(
    tx: &mut Tx,
    notices: &Notices,
    organization: &Organization,
    mut minor: Account,
    evidence: &str,
    by: &Doer,
) -> Result<(), StoreError> {
    minor.emancipated_at = Some(tx.now());
    accounts::update_account(tx, &minor).await?;
    let event = Event::done(Action::Emancipated)
        .done_by(by)
        .about(minor.id)
        .within(organization.id)
        .because(evidence);
    audit::record(tx, event).await?;
    for relation in queries::of_dependent(tx, minor.id).await? {
        if relation.basis == Basis::Parental {
            let why = EndedReason::Emancipated;
            finish(tx, notices, &relation, why, by, None).await?;
        }
    }
    contact::settle(tx, minor.id).await
}
