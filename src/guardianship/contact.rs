//! The address that a guardian lends to a dependent who has none (I-02, I-03).
use super::{Guardianship, Status, in_force::in_force, queries, rules, step_queries};
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
    match dependent.contact_identifier {
        Some(lent) if owns(tx, relation.guardian, lent).await? => pass_on(tx, &dependent).await,
        _ => Ok(()),
    }
}

/// The same for everybody to whom `person` lends an address, when he goes.
///
/// # Errors
/// The database is away.
pub async fn settle_lent(tx: &mut Tx, person: AccountId) -> Result<(), StoreError> {
    for owned in accounts::contacts(tx, person).await? {
        for dependent in accounts::reached_at(tx, owned.id).await? {
            settle(tx, dependent).await?;
        }
    }
    Ok(())
}

/// Whoever lends the address may have no relation any more, since the clock ended it: another
/// guardian who may act lends one, or nobody (I-03).
pub(super) async fn settle(tx: &mut Tx, dependent: AccountId) -> Result<(), StoreError> {
    let Some(dependent) = accounts::account(tx, dependent).await? else {
        return Ok(());
    };
    let Some(lent) = dependent.contact_identifier else {
        return Ok(());
    };
    for relation in queries::of_dependent(tx, dependent.id).await? {
        if owns(tx, relation.guardian, lent).await? && !is_over(tx, &relation).await? {
            return Ok(());
        }
    }
    pass_on(tx, &dependent).await
}

async fn owns(tx: &mut Tx, person: AccountId, lent: IdentifierId) -> Result<bool, StoreError> {
    let owned = accounts::contacts(tx, person).await?;
    Ok(owned.iter().any(|contact| contact.id == lent))
}

/// Letters for the dependent go to the next who may act for him and has an address, or to nobody.
async fn pass_on(tx: &mut Tx, dependent: &Account) -> Result<(), StoreError> {
    let next = next(tx, dependent).await?;
    accounts::put_contact(tx, dependent.id, next).await
}

async fn is_over(tx: &mut Tx, relation: &Guardianship) -> Result<bool, StoreError> {
    let organization = organizations::get(tx, relation.organization).await?;
    let dependent = queries::party(tx, relation.dependent).await?;
    let (Some(organization), Some(dependent)) = (organization, dependent) else {
        return Ok(true);
    };
    let over = rules::ended_by_itself(relation, &dependent, &organization.settings, tx.now());
    Ok(over.is_some())
}

async fn next(tx: &mut Tx, dependent: &Account) -> Result<Option<IdentifierId>, StoreError> {
    for id in step_queries::active_of(tx, dependent.id).await? {
        let Some(relation) = in_force(tx, id).await? else {
            continue;
        };
        if let Some(address) = address_of(tx, relation.guardian).await? {
            return Ok(Some(address));
        }
    }
    Ok(None)
}

async fn address_of(tx: &mut Tx, person: AccountId) -> Result<Option<IdentifierId>, StoreError> {
    let owned = accounts::contacts(tx, person).await?;
    Ok(owned.first().map(|contact| contact.id))
}
