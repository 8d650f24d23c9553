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

/// Sends `letter` to every e-mail address that the account owns; who has none gets it as a text.
///
/// # Errors
/// The database is away.
pub async fn tell(
    tx: &mut Tx,
    mailer: &Mailer,
    account: AccountId,
    letter: &Letter,
) -> Result<(), StoreError> {
    let contacts = queries::contacts(tx, account).await?;
    let has_email = contacts.iter().any(|c| c.kind == IdentifierKind::Email);
    let wanted = match has_email {
        true => IdentifierKind::Email,
        false => IdentifierKind::Phone,
    };
    for contact in contacts.iter().filter(|contact| contact.kind == wanted) {
        mailer.post(tx, &contact.recipient(), letter).await?;
    }
    Ok(())
}
