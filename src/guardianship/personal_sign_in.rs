//! A dependent signs in himself, with a password of his own, also where he shares the
//! identifier of a guardian (DOMAIN.md 4.1); and what becomes of it once he has grown up.
use super::{Guardianship, Notices, WhyNot, authorises, hand_over, handover_queries, queries};
use crate::{
    accounts::{self, Account, Passwords, Standing, session},
    audit::{self, Action, Doer, Event},
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

/// What keeps the guardian of `relation` from letting the dependent sign in himself.
///
/// # Errors
/// The database is away.
pub async fn guardians_refusal(
    tx: &mut Tx,
    organization: &Organization,
    relation: &Guardianship,
) -> Result<Option<PersonalRefusal>, StoreError> {
    let now = tx.now();
    let Some(case) = queries::case(tx, relation.id).await? else {
        return Ok(Some(PersonalRefusal::NotTheGuardian));
    };
    match authorises(&case.relation, &case.parties, &organization.settings, now) {
        Ok(_) => personal_refusal(tx, organization, relation.dependent).await,
        Err(WhyNot::Majority | WhyNot::Emancipated) => Ok(Some(PersonalRefusal::GrownUp)),
        Err(_) => Ok(Some(PersonalRefusal::NotTheGuardian)),
    }
}

/// What keeps the dependent from signing in himself, whoever wants it.
async fn personal_refusal(
    tx: &mut Tx,
    organization: &Organization,
    dependent: AccountId,
) -> Result<Option<PersonalRefusal>, StoreError> {
    let (settings, now) = (&organization.settings, tx.now());
    let Some(account) = accounts::account(tx, dependent).await? else {
        return Ok(Some(PersonalRefusal::NotTheGuardian));
    };
    let is_grown = account.standing == Standing::Primary
        || hand_over::awaits_handover(&account, settings, now);
    if is_grown {
        return Ok(Some(PersonalRefusal::GrownUp));
    }
    let old_enough = account
        .birth_date
        .and_then(|born| settings.birthday(born, settings.dependent_sign_in_age));
    if old_enough.is_none_or(|at| now < at) {
        return Ok(Some(PersonalRefusal::TooYoung));
    }
    let owned = accounts::contacts(tx, dependent).await?;
    let shared = account.contact_identifier.filter(|_| owned.is_empty());
    let Some(shared) = shared else {
        return Ok(Some(PersonalRefusal::NoIdentifier));
    };
    let others = accounts::personal_of(tx, shared).await?;
    let others = others.iter().filter(|other| **other != dependent);
    Ok((others.count() >= MOST).then_some(PersonalRefusal::TooMany))
}

/// A guardian, or staff, let the dependent sign in himself, with the password behind `phc`.
/// The caller has made sure that it is theirs to do.
///
/// # Errors
/// The database is away.
pub async fn enable_sign_in(
    tx: &mut Tx,
    organization: &Organization,
    (dependent, phc): (AccountId, &str),
    by: &Doer,
) -> Result<Result<(), PersonalRefusal>, StoreError> {
    if let Some(refusal) = personal_refusal(tx, organization, dependent).await? {
        return Ok(Err(refusal));
    }
    end_own(tx, dependent).await?;
    accounts::put_password(tx, dependent, phc).await?;
    let is_guardians = match by.account() {
        Some(person) => handover_queries::was_guardian(tx, person, dependent).await?,
        None => false,
    };
    let (id, guardian) = (by.id(), accounts::A_GUARDIAN.to_owned());
    let chooser = if is_guardians { guardian } else { id };
    accounts::mark_chosen_by(tx, dependent, &chooser).await?;
    record(tx, organization, (dependent, by), "enabled").await?;
    Ok(Ok(()))
}

/// A guardian, or staff, end it: the password is gone, and whatever came of it. `false` when
/// there is nothing that is theirs to end: a password beside an identifier of his own is the
/// dependent's alone.
///
/// # Errors
/// The database is away.
pub async fn disable_sign_in(
    tx: &mut Tx,
    organization: &Organization,
    dependent: AccountId,
    by: &Doer,
) -> Result<bool, StoreError> {
    let account = accounts::account(tx, dependent).await?;
    let is_dependent = account.is_some_and(|account| may_have_grown(&account));
    let owned = accounts::contacts(tx, dependent).await?;
    if !is_dependent || !owned.is_empty() || !accounts::remove_password(tx, dependent).await? {
        return Ok(false);
    }
    end_own(tx, dependent).await?;
    record(tx, organization, (dependent, by), "disabled").await?;
    Ok(true)
}

/// Ends where the dependent is signed in, and what he allowed as himself.
pub(super) async fn end_own(tx: &mut Tx, dependent: AccountId) -> Result<(), StoreError> {
    session::end_all(tx, dependent, None).await?;
    grants::revoke_all(tx, &Group::Own(dependent), Ending::Revoked)
        .await
        .map(drop)
}

async fn record(
    tx: &mut Tx,
    organization: &Organization,
    (dependent, by): (AccountId, &Doer),
    what: &str,
) -> Result<(), StoreError> {
    let event = Event::done(Action::PersonalSignIn)
        .done_by(by)
        .about(dependent)
        .within(organization.id)
        .because(what);
    audit::record(tx, event).await
}

/// What somebody finds who signed in.
pub enum Arrival {
    /// Everything.
    GoOn,
    /// He grew up and has not taken over his account: only that. With the code that he would get
    /// from staff, if the password was his own choice; one that a guardian chose, or that took
    /// the place of such a one, proves nothing.
    HandOver(Option<Secret>),
}

/// Looks whether whoever signed in grew up meanwhile. With an identifier of his own he stands
/// on his own from now on, by itself.
///
/// # Errors
/// The database is away.
pub async fn arrive(
    tx: &mut Tx,
    (passwords, notices): (&Passwords, &Notices),
    person: AccountId,
) -> Result<Arrival, StoreError> {
    let Some((account, organization, why)) = hand_over::grown(tx, person).await? else {
        return Ok(Arrival::GoOn);
    };
    if !accounts::contacts(tx, person).await?.is_empty() {
        hand_over::promote(tx, notices, account, why).await?;
        return Ok(Arrival::GoOn);
    }
    if !accounts::is_own_choice(tx, person).await? {
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
