//! A person signs in with another e-mail address or mobile number from now on.
use super::{
    Passwords,
    new_identifier::{self, Proof},
};
use crate::{
    audit::{self, Action, Event},
    id::AccountId,
    mail::Mailer,
    store::{StoreError, Tx},
};

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
