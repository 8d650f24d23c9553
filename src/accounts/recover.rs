//! A new password for somebody who forgot his (SECURITY.md 5.11).
//!
//! The link works once, for half an hour, for the account and address it was sent to, and
//! not after either the password or the address changed. Using it ends every session and
//! everything that was granted, and tells the owner.
use std::sync::Arc;

use super::{
    Identifier, Passwords, credential_queries, queries, recover_queries, session,
    sign_in::SignInRefusal,
    sign_up::recipient,
    tell,
    throttle::{self, Counter, Wait},
};
use crate::{
    audit::{self, Action, Event},
    grants::{self, Ending, Group},
    mail::{Letter, Mailer},
    secret::{Fingerprint, Secret},
    store::{Origin, Store, StoreError},
};

/// Seconds for which the link works.
pub(super) const LASTS: i64 = 30 * 60;

/// Counts a request for a letter to what was typed. `Err`: too many; the same for
/// identifiers that nobody owns.
///
/// # Errors
/// The database is away.
pub async fn ask(
    store: &Store,
    origin: &Arc<Origin>,
    typed: &str,
) -> Result<Result<(), Wait>, StoreError> {
    let whose = match Identifier::parse(typed) {
        Some(identifier) => identifier.as_str().to_owned(),
        None => typed.trim().to_lowercase(),
    };
    let mut tx = store.write_from(origin).await?;
    let counted = throttle::reserve(&mut tx, &Counter::letters(&whose)).await?;
    tx.commit().await?;
    Ok(counted)
}

/// Sends the link to the owner of `typed`, if there is one who may sign in. To be run after
/// the answer, so that nobody sees from its time whether there is (N-01).
///
/// # Errors
/// The database is away.
pub async fn send(
    store: &Store,
    mailer: &Mailer,
    origin: &Arc<Origin>,
    (typed, place): (&str, &str),
) -> Result<(), StoreError> {
    let Some(identifier) = Identifier::parse(typed) else {
        return Ok(());
    };
    let mut tx = store.write_from(origin).await?;
    let Some(owner) = queries::owner_of(&mut tx, &identifier).await? else {
        return Ok(());
    };
    let account = queries::account(&mut tx, owner).await?;
    let Some(account) = account.filter(super::Account::is_active) else {
        return Ok(());
    };
    let owned = queries::contacts(&mut tx, owner).await?;
    let Some(contact) = owned.iter().find(|c| c.value == identifier.as_str()) else {
        return Ok(());
    };
    let token = tx.secret("trs_");
    let credential = credential(credential_queries::password_of(&mut tx, owner).await?);
    let of = (owner, contact.id);
    recover_queries::insert(&mut tx, of, &credential, &token.fingerprint()).await?;
    let letter = Letter::Reset {
        name: account.display_name,
        link: format!("{place}{}", token.expose()),
    };
    mailer
        .post(&mut tx, &recipient(&identifier), &letter)
        .await?;
    let event = Event::done(Action::RecoveryBegun).about(owner);
    audit::record(&mut tx, event).await?;
    tx.commit().await
}

/// The address that the link was sent to. `None` when it is used, too old or void.
///
/// # Errors
/// The database is away.
pub async fn whose(store: &Store, token: &Secret) -> Result<Option<String>, StoreError> {
    let mut tx = store.read().await?;
    let found = recover_queries::find(&mut tx, &token.fingerprint()).await?;
    let Some(found) = found else {
        return Ok(None);
    };
    let present = credential(credential_queries::password_of(&mut tx, found.account_id).await?);
    Ok((present.as_str() == found.credential).then_some(found.value_norm))
}

/// Sets the new password, which passed the rules. `Ok(false)` when the link is used, too old
/// or void.
///
/// # Errors
/// The database is away.
pub async fn reset(
    store: &Store,
    (passwords, mailer): (&Passwords, &Mailer),
    origin: &Arc<Origin>,
    (token, password): (&Secret, Secret),
    forgot: &str,
) -> Result<Result<bool, SignInRefusal>, StoreError> {
    let hashed = passwords.hash(password, store.random_source()).await;
    let Ok(phc) = hashed else {
        return Ok(Err(SignInRefusal::Busy));
    };
    let mut tx = store.write_from(origin).await?;
    let used = recover_queries::use_link(&mut tx, &token.fingerprint()).await?;
    let Some(used) = used else {
        return Ok(Ok(false));
    };
    let owner = used.account_id;
    let account = queries::account(&mut tx, owner).await?;
    let account = account.filter(super::Account::is_active);
    let present = credential(credential_queries::password_of(&mut tx, owner).await?);
    let (Some(account), true) = (account, present.as_str() == used.credential) else {
        tx.commit().await?;
        return Ok(Ok(false));
    };
    credential_queries::put_password(&mut tx, owner, &phc).await?;
    session::end_all(&mut tx, owner, None).await?;
    grants::revoke_all(&mut tx, &Group::Person(owner), Ending::Revoked).await?;
    throttle::forgive(&mut tx, &Counter::sign_in(&owner.to_string())).await?;
    let letter = Letter::PasswordChanged {
        name: account.display_name,
        forgot: forgot.to_owned(),
    };
    tell(&mut tx, mailer, owner, &letter).await?;
    let event = Event::done(Action::PasswordReset).by(owner).about(owner);
    audit::record(&mut tx, event).await?;
    tx.commit().await?;
    Ok(Ok(true))
}

/// What tells one password from the next, and nothing of it.
pub(super) fn credential(phc: Option<String>) -> Fingerprint {
    Fingerprint::of(&phc.unwrap_or_default())
}

/// Forgets links that are over.
///
/// # Errors
/// The database is away.
pub async fn sweep(tx: &mut crate::store::Tx) -> Result<u64, StoreError> {
    recover_queries::sweep(tx).await
}
