//! The address that a guardian lends to a dependent who has none (I-02, I-03).
use super::{Guardianship, Status, authorises, queries, step_queries};
use crate::{
    accounts::{self, Account, Standing},
    id::{AccountId, IdentifierId},
    organizations,
    store::{StoreError, Tx},
};

/// The relation is in force: its guardian lends an address where nobody does.
pub(super) async fn lend(tx: &mut Tx, relation: &Guardianship) -> Result<(), StoreError> {
    let case = queries::case(tx, relation.id).await?;
    let is_in_force = case.is_some_and(|case| case.relation.status == Status::Active);
    let Some(dependent) = accounts::account(tx, relation.dependent).await? else {
        return Ok(());
    };
    let is_wanted =
        dependent.standing == Standing::Dependent && dependent.contact_identifier.is_none();
    if is_in_force && is_wanted && accounts::contacts(tx, dependent.id).await?.is_empty() {
        let lent = address_of(tx, relation.guardian).await?;
        accounts::put_contact(tx, dependent.id, lent).await?;
    }
    Ok(())
}

/// The relation ended: another guardian who may act lends an address, or nobody (I-03).
pub(super) async fn take_back(tx: &mut Tx, relation: &Guardianship) -> Result<(), StoreError> {
    let Some(dependent) = accounts::account(tx, relation.dependent).await? else {
        return Ok(());
    };
    let lent = accounts::contacts(tx, relation.guardian).await?;
    let is_lent = |id| lent.iter().any(|contact| contact.id == id);
    if !dependent.contact_identifier.is_some_and(is_lent) {
        return Ok(());
    }
    let next = next(tx, &dependent).await?;
    accounts::put_contact(tx, dependent.id, next).await
}

async fn next(tx: &mut Tx, dependent: &Account) -> Result<Option<IdentifierId>, StoreError> {
    for id in step_queries::active_of(tx, dependent.id).await? {
        let Some(case) = queries::case(tx, id).await? else {
            continue;
        };
        let Some(organization) = organizations::get(tx, case.relation.organization).await? else {
            continue;
        };
        let (settings, now) = (&organization.settings, tx.now());
        if authorises(&case.relation, &case.parties, settings, now).is_err() {
            continue;
        }
        if let Some(address) = address_of(tx, case.relation.guardian).await? {
            return Ok(Some(address));
        }
    }
    Ok(None)
}

async fn address_of(tx: &mut Tx, person: AccountId) -> Result<Option<IdentifierId>, StoreError> {
    let owned = accounts::contacts(tx, person).await?;
    Ok(owned.first().map(|contact| contact.id))
}
