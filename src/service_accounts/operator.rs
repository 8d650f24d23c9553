//! The platform's operator: a service account without organization, made on the machine
//! itself, whose one permission is `platform:admin` (DOMAIN.md 8).
use super::{Mode, NewKey, Registration, ServiceAccount, create_key, queries};
use crate::{
    access::{Permission, Permissions},
    audit::{self, Action, Doer, Event},
    id::ServiceAccountId,
    secret::Secret,
    store::{StoreError, Tx},
};

/// The operator's key lives this long, in days.
const KEY_DAYS: u32 = 365;

/// A new operator. The key is shown once.
#[derive(Debug)]
pub struct OperatorCreated {
    /// Its `client_id`.
    pub id: ServiceAccountId,
    /// Its key.
    pub api_key: Secret,
}

/// Makes an operator. `None` when the name is taken or empty.
///
/// # Errors
/// The database is away.
pub async fn create_operator(
    tx: &mut Tx,
    name: &str,
) -> Result<Option<OperatorCreated>, StoreError> {
    let name = name.trim();
    if name.is_empty() || queries::find_by_name(tx, None, name).await?.is_some() {
        return Ok(None);
    }
    let account = ServiceAccount {
        id: tx.id(),
        organization: None,
        name: name.to_owned(),
        is_active: true,
        registration: Registration {
            modes: vec![Mode::Application],
            scopes: Permissions::of(&[Permission::PlatformAdmin]).scopes(),
            ..Registration::default()
        },
        keys: Vec::new(),
    };
    queries::put(tx, &account).await?;
    let key = NewKey {
        name: "first".to_owned(),
        expires_at: tx.now().plus_days(i64::from(KEY_DAYS)),
        max_days: KEY_DAYS,
    };
    let by = Doer::Command("operator create");
    let Ok((_, api_key)) = create_key(tx, &account, key, &by).await? else {
        return Ok(None);
    };
    let event = Event::done(Action::OperatorCreated)
        .by_machine("command", "operator create")
        .on(account.id);
    audit::record(tx, event).await?;
    Ok(Some(OperatorCreated {
        id: account.id,
        api_key,
    }))
}
