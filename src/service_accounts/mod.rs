//! Machines: who they are, what they may ask for, and the keys that prove it.
//!
//! Owns `service_accounts`, `api_keys` and `service_account_days`. The id of a service account is its
//! `client_id` and its `sub` (DOMAIN.md 8). Keys are random and long, so they are kept
//! as a fast hash and checked without a query: an account and its live keys stay in
//! memory until a commit touches them.
mod api_key;
mod notice;
mod notice_queries;
mod operator;
mod queries;
mod register;
mod rotate;
mod usage;
mod usage_queries;

use std::{ops::RangeInclusive, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    access::{Purpose, ScopeSet},
    clock::Timestamp,
    id::{ApiKeyId, OrganizationId, ServiceAccountId},
    keys::foreign::{JwkFault, JwkSet},
    secret::{Secret, StoredSecret},
    store::{Cache, Store, StoreError, Topic, Tx},
};

pub use api_key::{
    KEY_PREFIX, KeyRefusal, NewKey, create_key, end_key, generate_key, is_well_formed,
};
pub use notice::remind;
pub use notice_queries::{DueKey, due_keys};
pub use operator::{OperatorCreated, create_operator};
pub use queries::{
    DeclaredKey, KeyOwner, find, find_by_name, ids_of, note_use, owner_of, page, put, put_key,
    revoke_key,
};
pub use register::{NameTaken, change, may_hand_out, not_registrable, register, remove};
pub use rotate::{LONGEST_OVERLAP, RotateRefusal, Rotated, Rotation, USUAL_OVERLAP, rotate_key};
pub use usage::{DayOfUse, Usage, day_of};
pub use usage_queries::{days_of_use, sweep};

/// How old a key may grow before it is flagged, in seconds: 90 days (DOMAIN.md 8).
const ROTATION: i64 = 90 * 24 * 60 * 60;

/// What a service account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Act as itself.
    Application,
    /// Act for a provider who delegated.
    Provider,
}

impl Mode {
    /// Reads a name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "application" => Some(Self::Application),
            "provider" => Some(Self::Provider),
            _ => None,
        }
    }
}

/// What a service account registered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Registration {
    /// What it may do.
    pub modes: Vec<Mode>,
    /// The most it may ask for as an application: `system/` and administrative scopes.
    pub scopes: ScopeSet,
    /// The resources its tokens may be for; the first is the default (T-06).
    #[serde(default)]
    pub audiences: Vec<String>,
    /// For which purposes (T-05).
    #[serde(default)]
    pub purposes: Vec<Purpose>,
    /// Its public keys, a JWK set, where it proves itself by `private_key_jwt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<serde_json::Value>,
    /// Where its public keys are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// How much it may ask for.
    #[serde(flatten)]
    pub limits: Limits,
}

/// What is wrong with the public keys that are registered. The codes are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeysFault {
    /// There is a private key among them.
    Private,
    /// They are no JWK set.
    Unreadable,
    /// Where they are is no address of the web.
    NoAddress,
    /// They stand here, and elsewhere, too.
    Both,
}

impl Registration {
    /// Whether its public keys can be used.
    ///
    /// # Errors
    /// Why they cannot.
    pub fn check_keys(&self) -> Result<(), KeysFault> {
        match self.jwks.as_ref().map(JwkSet::from_value) {
            None | Some(Ok(_)) => {}
            Some(Err(JwkFault::Private)) => return Err(KeysFault::Private),
            Some(Err(_)) => return Err(KeysFault::Unreadable),
        }
        let is_web = |uri: &String| {
            url::Url::parse(uri).is_ok_and(|url| matches!(url.scheme(), "https" | "http"))
        };
        match &self.jwks_uri {
            Some(uri) if !is_web(uri) => Err(KeysFault::NoAddress),
            Some(_) if self.jwks.is_some() => Err(KeysFault::Both),
            _ => Ok(()),
        }
    }
}

/// How much a machine may ask for. `None`: as much as it likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Limits {
    /// Requests to the token endpoint in a minute, at each node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests_per_minute: Option<u32>,
    /// Tokens on a day, in UTC, at all nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens_per_day: Option<u32>,
}

impl Limits {
    /// What a limit can be.
    pub const BOUNDS: RangeInclusive<u32> = 1..=100_000_000;

    /// Whether there is none.
    pub const fn is_none(self) -> bool {
        self.requests_per_minute.is_none() && self.tokens_per_day.is_none()
    }
}

/// A machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccount {
    /// `client_id` and `sub`.
    pub id: ServiceAccountId,
    /// The tenant. `None` for the platform's operator.
    pub organization: Option<OrganizationId>,
    /// The name that people see.
    pub name: String,
    /// Whether it may be used.
    pub is_active: bool,
    /// What it registered.
    pub registration: Registration,
    /// Its keys, those that ended among them.
    pub keys: Vec<ApiKey>,
}

/// A key of a service account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Its name, unique per account.
    pub name: String,
    /// What is kept of its secret.
    pub secret: StoredSecret,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was ended before its time.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used; noted at most once a minute.
    pub last_used_at: Option<Timestamp>,
    /// The key that took its place.
    pub replaced_by: Option<ApiKeyId>,
}

impl ApiKey {
    /// Whether it still opens anything.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }

    /// Whether it lives, is old enough to be replaced, and was not.
    pub fn is_rotation_due(&self, now: Timestamp) -> bool {
        self.replaced_by.is_none()
            && self.is_live(now)
            && self.created_at.plus_seconds(ROTATION) <= now
    }
}

/// What came of presenting a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyCheck {
    /// This live key.
    Right(ApiKeyId),
    /// Only Argon2 can tell whether one of these is it: keys that somebody chose.
    Slow(Vec<(ApiKeyId, String)>),
    /// None.
    Wrong,
}

impl ServiceAccount {
    /// Whether it registered the mode.
    pub fn may(&self, mode: Mode) -> bool {
        self.registration.modes.contains(&mode)
    }

    /// Looks for the live key behind `secret`, in constant time per key.
    pub fn check_key(&self, secret: &Secret, now: Timestamp) -> KeyCheck {
        let live = || self.keys.iter().filter(|key| key.is_live(now));
        let right = live().find(|key| key.secret.verify_fast(secret) == Some(true));
        if let Some(key) = right {
            return KeyCheck::Right(key.id);
        }
        let slow: Vec<_> = live()
            .filter_map(|key| match &key.secret {
                StoredSecret::Slow(phc) => Some((key.id, phc.clone())),
                StoredSecret::Fast(_) => None,
            })
            .collect();
        if slow.is_empty() {
            KeyCheck::Wrong
        } else {
            KeyCheck::Slow(slow)
        }
    }

    /// The account's key of that id, if it is still live.
    pub fn live_key(&self, id: ApiKeyId, now: Timestamp) -> Option<&ApiKey> {
        let is_it = |key: &&ApiKey| key.id == id && key.is_live(now);
        self.keys.iter().find(is_it)
    }
}

/// Reads service accounts, and keeps them in memory while they are true.
pub struct ServiceAccounts(Cache<ServiceAccountId, Arc<ServiceAccount>>);

impl Default for ServiceAccounts {
    fn default() -> Self {
        Self(Cache::new(1024, &[Topic::Configuration]))
    }
}

impl ServiceAccounts {
    /// The service account, if there is one and it may be used.
    ///
    /// # Errors
    /// The database is away.
    pub async fn find(
        &self,
        store: &Store,
        id: ServiceAccountId,
    ) -> Result<Option<Arc<ServiceAccount>>, StoreError> {
        if let Some(account) = self.0.get(store, &id) {
            return Ok(Some(account));
        }
        let versions = self.0.versions(store);
        let found = find(&mut store.read().await?, id).await?;
        let Some(account) = found.filter(|account| account.is_active).map(Arc::new) else {
            return Ok(None);
        };
        if let Some(versions) = versions {
            self.0.put(id, versions, Arc::clone(&account));
        }
        Ok(Some(account))
    }
}

/// When keys were last used, so that it is written down at most once a minute.
pub struct KeyUses(quick_cache::sync::Cache<ApiKeyId, Timestamp>);

impl Default for KeyUses {
    fn default() -> Self {
        Self(quick_cache::sync::Cache::new(4096))
    }
}

impl KeyUses {
    /// Whether it is time to write down that the key is in use.
    pub fn is_due(&self, key: ApiKeyId, now: Timestamp) -> bool {
        if self
            .0
            .get(&key)
            .is_some_and(|noted| now < noted.plus_seconds(60))
        {
            return false;
        }
        self.0.insert(key, now);
        true
    }
}

/// Disables a service account and ends its keys. The caller ends what else hangs on it.
///
/// # Errors
/// The database is away.
pub async fn disable(tx: &mut Tx, mut account: ServiceAccount) -> Result<(), StoreError> {
    for key in &account.keys {
        queries::revoke_key(tx, key.id).await?;
    }
    account.is_active = false;
    queries::put(tx, &account).await
}
