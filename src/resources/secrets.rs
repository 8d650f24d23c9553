//! Declared secrets: which of them differ from what is stored, and what to store instead.
//! Done before the transaction, so that no writer waits for Argon2.
use std::{collections::HashMap, sync::Arc};

use super::{
    apply::ApplyError,
    declared::{Client, Declared, DeclaredSecret, Organization, Person, ServiceAccount},
    service_accounts::is_same_key,
};
use crate::{
    accounts::{self, Passwords},
    clients,
    id::OrganizationId,
    organizations,
    random::Random,
    secret::{Secret, StoredSecret},
    service_accounts,
    store::{Store, StoreError, Tx},
};

/// A declared secret of at least so many characters is kept as a fast hash.
const LONG: usize = 32;

/// What to store, by the path of what the secret belongs to. What is not here stays.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    /// PHC strings of passwords.
    pub(super) passwords: HashMap<String, String>,
    /// Secrets of clients and API keys.
    pub(super) stored: HashMap<String, StoredSecret>,
}

struct Work<'a> {
    passwords: &'a Passwords,
    random: Arc<dyn Random>,
    found: Secrets,
}

pub(super) async fn prepare(
    store: &Store,
    passwords: &Passwords,
    declared: &Declared,
) -> Result<Secrets, ApplyError> {
    let mut work = Work {
        passwords,
        random: store.random_source(),
        found: Secrets::default(),
    };
    let mut tx = store.read().await?;
    for organization in &declared.organizations {
        let id = organization_id(&mut tx, organization).await?;
        for person in &organization.people {
            work.person(&mut tx, id, person).await?;
        }
        for account in &organization.service_accounts {
            work.service_account(&mut tx, id, account).await?;
        }
        for client in &organization.clients {
            work.client(&mut tx, client).await?;
        }
    }
    for client in &declared.clients {
        work.client(&mut tx, client).await?;
    }
    Ok(work.found)
}

/// The stored organization that the declared one stands for.
pub(super) async fn organization_id(
    tx: &mut Tx,
    organization: &Organization,
) -> Result<Option<OrganizationId>, StoreError> {
    let stored = match organization.id {
        Some(id) => organizations::get(tx, id).await?,
        None => organizations::by_name(tx, &organization.name).await?,
    };
    Ok(stored.map(|organization| organization.id))
}

impl Work<'_> {
    async fn person(
        &mut self,
        tx: &mut Tx,
        organization: Option<OrganizationId>,
        person: &Person,
    ) -> Result<(), ApplyError> {
        let Some(declared) = &person.password else {
            return Ok(());
        };
        let account = super::people::find(tx, organization, person).await?;
        let stored = match account {
            Some(account) => accounts::password_of(tx, account).await?,
            None => None,
        };
        let fresh = match declared {
            DeclaredSecret::Stored(phc) => (stored.as_ref() != Some(phc)).then(|| phc.clone()),
            DeclaredSecret::Plain(password) => self.slow(password, stored).await?,
        };
        if let Some(phc) = fresh {
            self.found.passwords.insert(person.path.clone(), phc);
        }
        Ok(())
    }

    async fn service_account(
        &mut self,
        tx: &mut Tx,
        organization: Option<OrganizationId>,
        declared: &ServiceAccount,
    ) -> Result<(), ApplyError> {
        let stored = match declared.id {
            Some(id) => service_accounts::find(tx, id).await?,
            None if organization.is_none() => None,
            None => service_accounts::find_by_name(tx, organization, &declared.name).await?,
        };
        for key in &declared.keys {
            let same = stored
                .as_ref()
                .and_then(|account| account.keys.iter().find(|stored| is_same_key(key, stored)));
            let stored = same.map(|key| key.secret.clone());
            self.secret(&key.path, &key.secret, stored).await?;
        }
        Ok(())
    }

    async fn client(&mut self, tx: &mut Tx, declared: &Client) -> Result<(), ApplyError> {
        let Some(secret) = &declared.secret else {
            return Ok(());
        };
        let stored = clients::find(tx, &declared.id)
            .await?
            .and_then(|client| client.secret);
        self.secret(&declared.path, secret, stored).await
    }

    async fn secret(
        &mut self,
        path: &str,
        declared: &DeclaredSecret,
        stored: Option<StoredSecret>,
    ) -> Result<(), ApplyError> {
        let fresh = match declared {
            DeclaredSecret::Stored(text) => {
                StoredSecret::parse(text).filter(|fresh| stored.as_ref() != Some(fresh))
            }
            DeclaredSecret::Plain(secret) if secret.expose().chars().count() >= LONG => {
                let fresh = StoredSecret::fast(secret);
                (stored.as_ref() != Some(&fresh)).then_some(fresh)
            }
            DeclaredSecret::Plain(secret) => {
                let phc = match stored {
                    Some(StoredSecret::Slow(phc)) => Some(phc),
                    Some(StoredSecret::Fast(_)) | None => None,
                };
                self.slow(secret, phc).await?.map(StoredSecret::Slow)
            }
        };
        if let Some(fresh) = fresh {
            self.found.stored.insert(path.to_owned(), fresh);
        }
        Ok(())
    }

    /// The hash to store, unless the stored one is this secret's.
    async fn slow(
        &self,
        secret: &Secret,
        stored: Option<String>,
    ) -> Result<Option<String>, ApplyError> {
        let is_stored = stored.is_some() && self.passwords.verify(secret.clone(), stored).await?;
        if is_stored {
            return Ok(None);
        }
        let fresh = self
            .passwords
            .hash(secret.clone(), Arc::clone(&self.random))
            .await?;
        Ok(Some(fresh))
    }
}
