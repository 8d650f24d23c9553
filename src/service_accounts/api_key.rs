//! API keys: `tsk_`, 43 characters of randomness and 6 of checksum, so that secret
//! scanners and people know one when they see it.
use super::{ServiceAccount, queries};
use crate::{
    audit::{self, Action, Doer, Event},
    clock::Timestamp,
    id::ApiKeyId,
    secret::{Secret, StoredSecret},
    store::{StoreError, Tx},
};

/// What every key begins with.
pub const KEY_PREFIX: &str = "tsk_";

/// A key to be made.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Its name, 1 to 64 characters.
    pub name: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The longest life the organization allows, in days.
    pub max_days: u32,
}

/// Why a key is not made. The names are stable codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRefusal {
    /// The name is empty or longer than 64 characters.
    InvalidName,
    /// Another key of the account has the name.
    NameTaken,
    /// It would end in the past, or later than allowed.
    InvalidExpiry,
}

/// A fresh key.
pub fn generate_key(tx: &Tx) -> Secret {
    Secret::checked(KEY_PREFIX, tx.random())
}

/// Whether `text` is a key of ours by its form: it was copied whole.
pub fn is_well_formed(text: &str) -> bool {
    Secret::new(text).is_checked(KEY_PREFIX)
}

/// Makes a key for the account. The secret is returned once and never again (I-41).
///
/// # Errors
/// The database is away.
pub async fn create_key(
    tx: &mut Tx,
    account: &ServiceAccount,
    new: NewKey,
    by: &Doer,
) -> Result<Result<(ApiKeyId, Secret), KeyRefusal>, StoreError> {
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
        return Ok(Err(KeyRefusal::InvalidName));
    }
    let latest = tx.now().plus_days(i64::from(new.max_days));
    if new.expires_at <= tx.now() || new.expires_at > latest {
        return Ok(Err(KeyRefusal::InvalidExpiry));
    }
    let secret = generate_key(tx);
    let stored = StoredSecret::fast(&secret);
    let id = queries::insert_key(tx, account.id, name, &stored, new.expires_at).await?;
    let Some(id) = id else {
        return Ok(Err(KeyRefusal::NameTaken));
    };
    record(tx, account, (Action::ApiKeyMade, id), by).await?;
    Ok(Ok((id, secret)))
}

/// Ends a key at once, with what it proved. `false` when it had been ended before.
///
/// # Errors
/// The database is away.
pub async fn end_key(
    tx: &mut Tx,
    account: &ServiceAccount,
    key: ApiKeyId,
    by: &Doer,
) -> Result<bool, StoreError> {
    if !queries::revoke_key(tx, key).await? {
        return Ok(false);
    }
    record(tx, account, (Action::ApiKeyRevoked, key), by).await?;
    Ok(true)
}

pub(super) async fn record(
    tx: &mut Tx,
    account: &ServiceAccount,
    (action, key): (Action, ApiKeyId),
    by: &Doer,
) -> Result<(), StoreError> {
    let event = Event::done(action)
        .done_by(by)
        .about(account.id)
        .within(account.organization)
        .on(key);
    audit::record(tx, event).await
}
