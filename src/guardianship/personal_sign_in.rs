//! A dependent signs in himself, with a password of his own, also where he shares the
//! identifier of a guardian (DOMAIN.md 4.1); and what becomes of it once he has grown up.
use super::{
    Guardianship, Status, WhyNot, authorises, decide, hand_over, handover_queries, majority_at,
    queries,
};
use crate::{
    accounts::{self, Account, Passwords, Standing, session},
    audit::{Action, Doer},
    grants::{self, Ending, Group},
    id::AccountId,
    organizations::Organization,
    secret::Secret,
    store::{StoreError, Tx},
};

/// Dependents who may sign in with one shared identifier.
const MOST: usize = 4;
/// Seconds for which somebody who grew up may take over his account after signing in.
const TAKEOVER_SECONDS: i64 = 15 * 60;

/// Why the dependent cannot sign in himself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonalRefusal {
    /// The relation does not authorise now.
    NotTheGuardian,
    /// Younger than the organization's `dependent_sign_in_age`, or of unknown age.
    TooYoung,
    /// Grown up: he takes over his account instead.
    GrownUp,
    /// There is no shared identifier to sign in with, or one of his own.
    NoIdentifier,
    /// As many as possible sign in with the shared identifier.
    TooMany,
}

/// Whether the guardian of `relation` may let the dependent sign in himself.
///
/// # Errors
/// The database is away.
pub async fn personal_refusal(
    tx: &mut Tx,
    organization: &Organization,
    relation: &Guardianship,
) -> Result<Option<PersonalRefusal>, StoreError> {
    let (settings, now) = (&organization.settings, tx.now());
    let Some(case) = queries::case(tx, relation.id).await? else {
        return Ok(Some(PersonalRefusal::NotTheGuardian));
    };
    match authorises(&case.relation, &case.parties, settings, now) {
        Ok(_) => {}
        Err(WhyNot::Majority | WhyNot::Emancipated) => {
            return Ok(Some(PersonalRefusal::GrownUp));
        }
        Err(_) => return Ok(Some(PersonalRefusal::NotTheGuardian)),
    }
    let born = case.parties.dependent.birth_date;
    if born
        .and_then(|born| majority_at(born, settings))
        .is_some_and(|at| now >= at)
    {
        return Ok(Some(PersonalRefusal::GrownUp));
    }
    let old_enough = born.and_then(|born| settings.birthday(born, settings.dependent_sign_in_age));
    if old_enough.is_none_or(|at| now < at) {
        return Ok(Some(PersonalRefusal::TooYoung));
    }
    let dependent = accounts::account(tx, relation.dependent).await?;
    let shared = dependent.and_then(|account| account.contact_identifier);
    let owned = accounts::contacts(tx, relation.dependent).await?;
    let Some(shared) = shared.filter(|_| owned.is_empty()) else {
        return Ok(Some(PersonalRefusal::NoIdentifier));
    };
    let others = accounts::personal_of(tx, shared).await?;
    let others = others.iter().filter(|other| **other != relation.dependent);
    Ok((others.count() >= MOST).then_some(PersonalRefusal::TooMany))
}

/// The guardian lets the dependent sign in himself, with the password behind `phc`.
///
/// # Errors
/// The database is away.
pub async fn enable_sign_in(
    tx: &mut Tx,
    organization: &Organization,
    relation: &Guardianship,
    phc: &str,
) -> Result<Result<(), PersonalRefusal>, StoreError> {
    if let Some(refusal) = personal_refusal(tx, organization, relation).await? {
        return Ok(Err(refusal));
    }
    let dependent = relation.dependent;
    end_own(tx, dependent).await?;
    accounts::put_password(tx, dependent, phc).await?;
    accounts::mark_chosen_by(tx, dependent, relation.guardian).await?;
    record(tx, relation, "enabled").await?;
    Ok(Ok(()))
}

/// The guardian ends it: the password is gone, and whatever came of it. `false` when there was
/// nothing that is his to end.
///
/// # Errors
/// The database is away.
pub async fn disable_sign_in(tx: &mut Tx, relation: &Guardianship) -> Result<bool, StoreError> {
    let case = queries::case(tx, relation.id).await?;
    let is_active = case.is_some_and(|case| case.relation.status == Status::Active);
    let owned = accounts::contacts(tx, relation.dependent).await?;
    // A password beside an identifier of his own is the dependent's alone.
    if !is_active || !owned.is_empty() || !accounts::remove_password(tx, relation.dependent).await?
    {
        return Ok(false);
    }
    end_own(tx, relation.dependent).await?;
    record(tx, relation, "disabled").await?;
    Ok(true)
}

/// Ends where the dependent is signed in, and what he allowed as himself.
async fn end_own(tx: &mut Tx, dependent: AccountId) -> Result<(), StoreError> {
    session::end_all(tx, dependent, None).await?;
    grants::revoke_all(tx, &Group::Own(dependent), Ending::Revoked)
        .await
        .map(drop)
}

async fn record(tx: &mut Tx, relation: &Guardianship, what: &str) -> Result<(), StoreError> {
    let doer = Doer::Person(relation.guardian);
    decide::record(tx, relation, Action::PersonalSignIn, &doer, Some(what)).await
}

/// What somebody finds who signed in.
pub enum Arrival {
    /// Everything.
    GoOn,
    /// He grew up and has not taken over his account: only that. With the code that he would get
    /// from staff, if the password was his own choice; one that a guardian chose proves
    /// nothing.
    HandOver(Option<Secret>),
}

/// Looks whether whoever signed in grew up meanwhile. With an identifier of his own he stands
/// on his own from now on, by itself.
///
/// # Errors
/// The database is away.
pub async fn arrive(
    tx: &mut Tx,
    passwords: &Passwords,
    person: AccountId,
) -> Result<Arrival, StoreError> {
    let Some((account, organization, why)) = hand_over::grown(tx, person).await? else {
        return Ok(Arrival::GoOn);
    };
    if !accounts::contacts(tx, person).await?.is_empty() {
        hand_over::promote(tx, account, why).await?;
        return Ok(Arrival::GoOn);
    }
    if accounts::chosen_by(tx, person).await?.is_some() {
        return Ok(Arrival::HandOver(None));
    }
    handover_queries::end_codes(tx, person).await?;
    let (code, hash) = hand_over::fresh(tx, passwords);
    let expires_at = tx.now().plus_seconds(TAKEOVER_SECONDS);
    let of = (person, organization);
    handover_queries::insert(tx, of, &hash, (Some(person), expires_at)).await?;
    Ok(Arrival::HandOver(Some(code)))
}

/// Whether [`arrive`] may have something to do.
pub fn may_have_grown(account: &Account) -> bool {
    account.standing == Standing::Dependent
}
