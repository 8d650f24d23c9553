//! Rows that the clock ended (DOMAIN.md 3). They authorise nothing and nobody has to end them;
//! where they would stand in the way of another relation (I-13, I-14) they are closed first.
use super::{EndedReason, Guardianship, Status, proxy_queries, queries, rules};
use crate::{
    audit::{self, Event},
    clients,
    grants::{self, Ending, Group},
    id::AccountId,
    organizations::Organization,
    store::{StoreError, Tx},
};

/// Closes what is over of the guardian's relations there.
pub(super) async fn of_guardian(
    tx: &mut Tx,
    organization: &Organization,
    guardian: AccountId,
) -> Result<(), StoreError> {
    let relations = queries::of_guardian(tx, guardian).await?;
    retire(tx, organization, relations).await
}

/// Closes what is over of the dependent's relations there.
pub(super) async fn of_dependent(
    tx: &mut Tx,
    organization: &Organization,
    dependent: AccountId,
) -> Result<(), StoreError> {
    let relations = queries::of_dependent(tx, dependent).await?;
    retire(tx, organization, relations).await
}

async fn retire(
    tx: &mut Tx,
    organization: &Organization,
    relations: Vec<Guardianship>,
) -> Result<(), StoreError> {
    let is_here = |relation: &Guardianship| relation.organization == organization.id;
    for relation in relations.into_iter().filter(is_here) {
        let Some(dependent) = queries::party(tx, relation.dependent).await? else {
            continue;
        };
        let why = rules::ended_by_itself(&relation, &dependent, &organization.settings, tx.now());
        if let Some(why) = why {
            close(tx, &relation, why).await?;
        }
    }
    Ok(())
}

/// Whoever grew up may share the guardian's address until he takes over his account, so that
/// stays (DOMAIN.md 4.4).
async fn close(tx: &mut Tx, relation: &Guardianship, why: EndedReason) -> Result<(), StoreError> {
    if !queries::end(tx, relation.id, why, None).await? {
        return Ok(());
    }
    let group = Group::Guardianship(relation.id);
    grants::revoke_all(tx, &group, Ending::RelationEnded).await?;
    clients::withdraw_under(tx, relation.id).await?;
    if relation.status != Status::Pending {
        proxy_queries::withdraw(tx, relation.id).await?;
    }
    let event = Event::done(relation.end())
        .about(relation.dependent)
        .within(relation.organization)
        .under(Some(relation.id))
        .on(relation.guardian)
        .because(why.name());
    audit::record(tx, event).await
}
