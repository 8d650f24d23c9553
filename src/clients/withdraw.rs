//! What was allowed to an application is taken back.
use super::{Consent, consent_queries};
use crate::{
    accounts::{self, Standing},
    audit::{self, Action, Doer, Event},
    grants::{self, Ending, Group},
    id::{AccountId, ConsentId},
    store::{StoreError, Tx},
};

/// Takes back a consent that `person` gave, or that concerns him, and ends what was granted
/// by it. `false` when he has no such consent, whatever else it may be.
///
/// # Errors
/// The database is away.
pub async fn withdraw(tx: &mut Tx, id: ConsentId, person: AccountId) -> Result<bool, StoreError> {
    let Some(consent) = consent_queries::revoke(tx, id, person).await? else {
        return Ok(false);
    };
    let group = Group::Allowed {
        subject: consent.subject,
        client_id: consent.client_id.clone(),
        given_by: consent.given_by,
    };
    grants::revoke_all(tx, &group, Ending::Revoked).await?;
    end_of_minor(tx, &consent).await?;
    let event = Event::done(Action::ConsentWithdrawn)
        .done_by(&Doer::Person(person))
        .about(consent.subject)
        .through(consent.client_id)
        .under(consent.guardianship);
    audit::record(tx, event).await?;
    Ok(true)
}

/// What a minor allowed the client himself holds while somebody who cares for him allows it,
/// too (DOMAIN.md 12).
async fn end_of_minor(tx: &mut Tx, consent: &Consent) -> Result<(), StoreError> {
    let account = accounts::account(tx, consent.subject).await?;
    let is_minor = account.is_some_and(|account| account.standing == Standing::Dependent);
    let (subject, client_id) = (consent.subject, &consent.client_id);
    if is_minor && !consent_queries::is_allowed_by_guardian(tx, subject, client_id).await? {
        let group = Group::Allowed {
            subject,
            client_id: client_id.clone(),
            given_by: subject,
        };
        grants::revoke_all(tx, &group, Ending::Revoked).await?;
    }
    Ok(())
}
