//! Signing in with an identifier and a password.
//!
//! An identifier may be shared: its owner's password is tried first, then those of the
//! dependents who sign in themselves, and the first match wins (DOMAIN.md 4.1).
//!
//! Whatever is wrong (unknown identifier, wrong password, no password, suspended,
//! closed) the answer and the work are the same: one counted attempt, the same hashes, one
//! written outcome (SECURITY.md 5.1, N-01).
use std::{net::IpAddr, sync::Arc};

use super::{
    Acr, Amr, Authentication, Device, Identifier, Passwords, credential_queries, queries,
    throttle::{self, Counter, Wait},
};
use crate::{
    audit::{self, Action, Event},
    id::AccountId,
    secret::Secret,
    store::{Origin, Store, StoreError, Tx},
};

/// Dependents whose passwords are tried with the identifier that they share.
const MOST_SHARING: usize = 4;

/// What somebody typed.
#[derive(Debug)]
pub struct Attempt {
    /// An e-mail address or phone number, as typed.
    pub username: String,
    /// The password, as typed.
    pub password: Secret,
    /// The client whose authorization request asks, if any.
    pub client: Option<String>,
    /// The browser that it comes from, if anybody signed in there before.
    pub device: Option<Device>,
    /// Failures that one client address may have in ten minutes.
    pub address_failures: u32,
}

/// Somebody proved who he is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub account: AccountId,
    /// How and when.
    pub authentication: Authentication,
}

impl SignedIn {
    /// The person proved it by a password just now.
    pub fn by_password(tx: &Tx, account: AccountId) -> Self {
        Self {
            account,
            authentication: Authentication {
                auth_time: tx.now(),
                amr: vec![Amr::Pwd],
                acr: Acr::Aal1,
            },
        }
    }
}

/// Why nobody was signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInRefusal {
    /// The details match no account that may sign in.
    NoMatch,
    /// Too many tries: the next one after this wait.
    Wait(Wait),
    /// Too many passwords are being checked.
    Busy,
}

/// Checks an attempt. Counted and audited whatever comes of it.
///
/// # Errors
/// The database is away.
pub async fn attempt(
    store: &Store,
    passwords: &Passwords,
    origin: &Arc<Origin>,
    attempt: Attempt,
) -> Result<Result<SignedIn, SignInRefusal>, StoreError> {
    let identifier = Identifier::parse(&attempt.username);
    let mut tx = store.write_from(origin).await?;
    let candidate = match &identifier {
        Some(identifier) => credential_queries::candidate(&mut tx, identifier).await?,
        None => None,
    };
    let sharing = match &identifier {
        Some(identifier) => credential_queries::sharing(&mut tx, identifier).await?,
        None => Vec::new(),
    };
    let is_any_personal = credential_queries::is_any_personal(&mut tx).await?;
    let whose = match (&candidate, &identifier) {
        (Some(candidate), _) => candidate.account_id.to_string(),
        (None, Some(identifier)) => identifier.to_string(),
        (None, None) => attempt.username.trim().to_lowercase(),
    };
    let known = candidate.as_ref().map(|c| c.account_id);
    let own = known.and_then(|account| {
        let device = attempt.device.as_ref();
        let device = device.filter(|device| device.knows(passwords, account))?;
        Some(device.whose(account))
    });
    let counters = match own {
        // What strangers tried elsewhere, or behind the same address, does not count here.
        Some(whose) => vec![Counter::sign_in(&whose)],
        None => counters(&whose, origin.address, attempt.address_failures),
    };
    if let Err(wait) = reserve(&mut tx, &counters).await? {
        record(&mut tx, known, attempt.client, Err("throttled")).await?;
        tx.commit().await?;
        return Ok(Err(SignInRefusal::Wait(wait)));
    }
    tx.commit().await?;

    let mut tries = vec![candidate];
    tries.extend(sharing.into_iter().map(Some));
    if is_any_personal {
        tries.resize_with(1 + MOST_SHARING, || None); // the same work for everybody
    }
    let stored = tries.iter().map(|candidate| {
        let active = candidate.as_ref().filter(|c| c.is_active());
        active.and_then(|c| c.material.clone())
    });
    let checked = passwords.find(attempt.password, stored.collect()).await;

    let mut tx = store.write_from(origin).await?;
    let Ok(found) = checked else {
        forgive(&mut tx, &counters).await?; // nothing was guessed
        tx.commit().await?;
        return Ok(Err(SignInRefusal::Busy));
    };
    let found = found.and_then(|place| tries.into_iter().nth(place).flatten());
    let answer = match found {
        None => {
            record(&mut tx, known, attempt.client, Err("no_match")).await?;
            Err(SignInRefusal::NoMatch)
        }
        Some(candidate) => {
            let account = candidate.account_id;
            forgive(&mut tx, &counters).await?;
            queries::note_sign_in(&mut tx, account).await?;
            record(&mut tx, Some(account), attempt.client, Ok(())).await?;
            Ok(SignedIn::by_password(&tx, account))
        }
    };
    tx.commit().await?;
    Ok(answer)
}

/// Hashes the password anew when its stored hash was made with older parameters. Done
/// after the answer is known, so that it delays nobody.
///
/// # Errors
/// The database is away.
pub async fn renew_hash(
    store: &Store,
    passwords: &Passwords,
    account: AccountId,
    password: Secret,
) -> Result<(), StoreError> {
    let stored = credential_queries::password_of(&mut store.read().await?, account).await?;
    if !stored.is_some_and(|phc| passwords.is_outdated(&phc)) {
        return Ok(());
    }
    let Ok(fresh) = passwords.hash(password, store.random_source()).await else {
        return Err(StoreError::Slow);
    };
    let mut tx = store.write().await?;
    credential_queries::put_password(&mut tx, account, &fresh).await?;
    tx.commit().await
}

fn counters(whose: &str, address: Option<IpAddr>, failures: u32) -> Vec<Counter> {
    let mut counters = vec![Counter::sign_in(whose)];
    if let Some(address) = address {
        counters.push(Counter::address(&address.to_string(), failures));
    }
    counters
}

async fn reserve(tx: &mut Tx, counters: &[Counter]) -> Result<Result<(), Wait>, StoreError> {
    for counter in counters {
        if let Err(wait) = throttle::reserve(tx, counter).await? {
            return Ok(Err(wait));
        }
    }
    Ok(Ok(()))
}

async fn forgive(tx: &mut Tx, counters: &[Counter]) -> Result<(), StoreError> {
    for counter in counters {
        throttle::forgive(tx, counter).await?;
    }
    Ok(())
}

async fn record(
    tx: &mut Tx,
    account: Option<AccountId>,
    client: Option<String>,
    outcome: Result<(), &'static str>,
) -> Result<(), StoreError> {
    let mut event = match outcome {
        Ok(()) => Event::done(Action::SignIn),
        Err(reason) => Event::refused(Action::SignIn, reason),
    };
    if let Some(account) = account {
        event = event.by(account).about(account);
    }
    if let Some(client) = client {
        event = event.through(client);
    }
    audit::record(tx, event).await
}
