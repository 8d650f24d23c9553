//! A person chooses another password, and shows that he knows the present one.
use std::sync::Arc;

use super::{
    Passwords, credential_queries, queries,
    session::SignIn,
    session_list,
    sign_in::SignInRefusal,
    tell,
    throttle::{self, Counter},
};
use crate::{
    audit::{self, Action, Event},
    mail::{Letter, Mailer},
    secret::Secret,
    store::{Origin, Store, StoreError},
};

/// Sets the new password, which passed the rules, ends every other session, and tells the
/// owner. Tries with a wrong present one are counted as sign-ins are.
///
/// # Errors
/// The database is away.
pub async fn change_password(
    store: &Store,
    (passwords, mailer): (&Passwords, &Mailer),
    (origin, sign_in): (&Arc<Origin>, &SignIn),
    (current, new): (Secret, Secret),
    forgot: &str,
) -> Result<Result<(), SignInRefusal>, StoreError> {
    let account = sign_in.account;
    let counter = Counter::sign_in(&account.to_string());
    let mut tx = store.write_from(origin).await?;
    let counted = throttle::reserve(&mut tx, &counter).await?;
    let stored = credential_queries::password_of(&mut tx, account).await?;
    tx.commit().await?;
    if let Err(wait) = counted {
        return Ok(Err(SignInRefusal::Wait(wait)));
    }
    let Ok(is_right) = passwords.verify(current, stored.clone()).await else {
        return Ok(Err(SignInRefusal::Busy));
    };
    let event = |event: Event| event.by(account).about(account);
    let mut tx = store.write_from(origin).await?;
    if !is_right || credential_queries::password_of(&mut tx, account).await? != stored {
        let refused = Event::refused(Action::PasswordChanged, "no_match");
        audit::record(&mut tx, event(refused)).await?;
        tx.commit().await?;
        return Ok(Err(SignInRefusal::NoMatch));
    }
    throttle::forgive(&mut tx, &counter).await?;
    tx.commit().await?;
    let Ok(phc) = passwords.hash(new, store.random_source()).await else {
        return Ok(Err(SignInRefusal::Busy));
    };
    let mut tx = store.write_from(origin).await?;
    if credential_queries::password_of(&mut tx, account).await? != stored {
        return Ok(Err(SignInRefusal::NoMatch)); // changed elsewhere meanwhile
    }
    credential_queries::put_password(&mut tx, account, &phc).await?;
    session_list::end_others(&mut tx, account, sign_in.session).await?;
    let name = queries::account(&mut tx, account)
        .await?
        .map(|account| account.display_name);
    let letter = Letter::PasswordChanged {
        name: name.unwrap_or_default(),
        forgot: forgot.to_owned(),
    };
    tell(&mut tx, mailer, account, &letter).await?;
    let done = Event::done(Action::PasswordChanged);
    audit::record(&mut tx, event(done)).await?;
    tx.commit().await?;
    Ok(Ok(()))
}
