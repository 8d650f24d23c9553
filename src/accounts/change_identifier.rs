//! A person signs in with another e-mail address or mobile number from now on.
use super::{
    Identifier, Passwords, Standing,
    new_identifier::{self, NewIdentifier, Proof},
    queries,
    throttle::Wait,
};
use crate::{
    audit::{self, Action, Event},
    id::{AccountId, NewIdentifierId},
    mail::Mailer,
    secret::Fingerprint,
    store::{StoreError, Tx},
};

/// Why no letter was sent. It says nothing about other people's identifiers (N-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentifierRefusal {
    /// The account has it already.
    Own,
    /// A dependent gets his own identifier when he takes his account over; whoever knows the
    /// password that a guardian chose may be the guardian (N-03).
    Dependent,
    /// Too many letters.
    Wait(Wait),
}

/// Sends link and code to `identifier`, which `account` wants from the `browser`. The caller
/// commits in any case.
///
/// # Errors
/// The database is away.
pub async fn begin_change(
    tx: &mut Tx,
    parts: (&Passwords, &Mailer),
    (account, browser): (AccountId, Fingerprint),
    identifier: Identifier,
    link: &str,
) -> Result<Result<NewIdentifierId, IdentifierRefusal>, StoreError> {
    let found = queries::account(tx, account).await?;
    if !found.is_some_and(|found| found.standing == Standing::Primary) {
        return Ok(Err(IdentifierRefusal::Dependent));
    }
    if queries::owner_of(tx, &identifier).await? == Some(account) {
        return Ok(Err(IdentifierRefusal::Own));
    }
    let new = NewIdentifier {
        account,
        identifier,
        password: None,
        browser,
    };
    let begun = new_identifier::begin(tx, parts, new, link).await?;
    Ok(begun.map_err(IdentifierRefusal::Wait))
}

/// Puts the identifier that `proof` is about in the place of the account's old one of its
/// kind. `false` when the proof is wrong, used or too old, or somebody owns the identifier. The
/// caller commits in any case, so that a wrong guess stays counted.
///
/// # Errors
/// The database is away.
pub async fn change_identifier(
    tx: &mut Tx,
    (passwords, mailer): (&Passwords, &Mailer),
    account: AccountId,
    proof: Proof,
) -> Result<bool, StoreError> {
    let event = |event: Event| event.by(account).about(account);
    let verified = new_identifier::verify(tx, passwords, Some(account), proof).await?;
    let is_changed = match &verified {
        Some(verified) => new_identifier::replace(tx, mailer, verified).await?,
        None => false,
    };
    let what = match is_changed {
        true => Event::done(Action::IdentifierChanged),
        false => Event::refused(Action::IdentifierChanged, "no_match"),
    };
    audit::record(tx, event(what)).await?;
    Ok(is_changed)
}
