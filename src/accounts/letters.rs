//! Where letters to a person go.
use super::{Contact, IdentifierKind, queries};
use crate::{
    id::AccountId,
    mail::{Letter, Mailer, Recipient},
    store::{StoreError, Tx},
};

impl Contact {
    /// Where letters for the identifier go.
    pub(super) fn recipient(&self) -> Recipient {
        match self.kind {
            IdentifierKind::Email => Recipient::Email(self.value.clone()),
            IdentifierKind::Phone => Recipient::Phone(self.value.clone()),
        }
    }
}

/// Sends `letter` to every e-mail address that the account owns.
///
/// # Errors
/// The database is away.
pub async fn tell(
    tx: &mut Tx,
    mailer: &Mailer,
    account: AccountId,
    letter: &Letter,
) -> Result<(), StoreError> {
    for contact in queries::contacts(tx, account).await? {
        if contact.kind == IdentifierKind::Email {
            mailer.post(tx, &contact.recipient(), letter).await?;
        }
    }
    Ok(())
}
