//! The browser's session: `tower-sessions` keeps the cookie, this keeps the row.
//!
//! A row is written when somebody signs in, and only then: a stranger's cookie is a
//! random number that we remember nothing about, so that strangers fill no table. What
//! is kept under the cookie are a [`SignIn`] and a few small values.
//!
//! Sessions end by `accounts::session`, never by this adapter, so that whatever ends
//! them does so in its own transaction; [`Topic::Revocations`] tells the cache.
use std::{collections::BTreeMap, fmt, sync::Arc};

use serde::de::DeserializeOwned;
use serde_json::Value;
use tower_sessions::{
    Expiry, SessionManagerLayer, SessionStore,
    cookie::SameSite,
    session::{Id, Record},
    session_store,
};

use super::App;
use crate::{
    accounts::session::{self, Found, SignIn, Start},
    secret::Fingerprint,
    store::{Cache, Store, StoreError, Topic},
};

/// Sessions kept in memory.
const KEPT: usize = 20_000;

/// Keys of what a session holds in memory. Only what has none of them is stored as JSON.
pub(super) mod key {
    /// A `SignIn`: from the row's columns.
    pub(in super::super) const SIGN_IN: &str = "sign_in";
    /// A `Start`: a sign-in that is not yet written.
    pub(in super::super) const START: &str = "start";
    /// Marks that the cookie is to be sent.
    pub(in super::super) const VISITOR: &str = "visitor";
    /// What the row holds already, so that it is not written again.
    pub(in super::super) const STORED: &str = "stored";
    /// All of them.
    pub(super) const IN_MEMORY: [&str; 4] = [SIGN_IN, START, VISITOR, STORED];
}

/// The `sessions` table, and what this process remembers of it. Cheap to clone.
#[derive(Clone)]
pub struct Sessions(Arc<Inner>);

struct Inner {
    store: Store,
    cache: Cache<String, (SignIn, String)>,
}

/// The layer that gives requests their session. Only routes that show pages need it.
pub(super) fn layer(app: &App) -> SessionManagerLayer<Sessions> {
    let is_https = app.config.issuer.is_https();
    SessionManagerLayer::new(app.sessions.clone())
        .with_name(cookie_name(is_https))
        .with_secure(is_https)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnSessionEnd)
}

/// Browsers accept a `__Host-` cookie only from the very host, by https, for every path;
/// over http they do not return it (SECURITY.md 5.7).
const fn cookie_name(is_https: bool) -> &'static str {
    if is_https { "__Host-tutela" } else { "tutela" }
}

/// What the database keeps of the cookie.
pub(super) fn fingerprint(id: &Id) -> Fingerprint {
    Fingerprint::of(&id.to_string())
}

impl Sessions {
    /// Over `store`.
    pub fn new(store: Store) -> Self {
        let cache = Cache::new(KEPT, &[Topic::Revocations, Topic::People]);
        Self(Arc::new(Inner { store, cache }))
    }

    /// Who is signed in behind the cookie, asked of the database.
    pub(super) async fn look_up(&self, id: &Id) -> Result<Option<Found>, StoreError> {
        let cookie = fingerprint(id);
        let versions = self.0.cache.versions(&self.0.store);
        let found = session::find(&mut self.0.store.read().await?, &cookie).await?;
        if let (Some(versions), Some(Found::Open { sign_in, data })) = (versions, &found) {
            let value = (sign_in.clone(), data.clone());
            self.0
                .cache
                .put(cookie.as_str().to_owned(), versions, value);
        }
        Ok(found)
    }

    /// Writes down that the session is in use. `None` when it has ended meanwhile.
    pub(super) async fn seen(&self, id: &Id, now: &SignIn) -> Result<Option<SignIn>, StoreError> {
        let cookie = fingerprint(id);
        let versions = self.0.cache.versions(&self.0.store);
        let mut tx = self.0.store.write().await?;
        let seen = session::seen(&mut tx, now.session).await?;
        tx.commit().await?;
        if let (Some(versions), Some(sign_in)) = (versions, &seen)
            && let Some((_, data)) = self.0.cache.get(&self.0.store, cookie.as_str())
        {
            let value = (sign_in.clone(), data);
            self.0
                .cache
                .put(cookie.as_str().to_owned(), versions, value);
        }
        Ok(seen)
    }

    async fn start(&self, id: &Id, start: &Start, data: &str) -> Result<SignIn, StoreError> {
        let mut tx = self.0.store.write().await?;
        let sign_in = session::start(&mut tx, &fingerprint(id), start, data).await?;
        tx.commit().await?;
        Ok(sign_in)
    }

    fn fresh_id(&self) -> Id {
        let mut bytes = [0; 16];
        self.0.store.random().fill(&mut bytes);
        Id(i128::from_le_bytes(bytes))
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions")
    }
}

#[async_trait::async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        record.id = self.fresh_id();
        let Some(start) = record.data.remove(key::START) else {
            return Ok(());
        };
        let start: Start = read(start)?;
        let data = stored(record)?;
        let sign_in = self.start(&record.id, &start, &data).await?;
        open(record, &sign_in, data)
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let Some(sign_in) = record.data.get(key::SIGN_IN) else {
            return Ok(());
        };
        let sign_in: SignIn = read(sign_in.clone())?;
        let data = stored(record)?;
        if record.data.get(key::STORED).and_then(Value::as_str) == Some(&data) {
            return Ok(());
        }
        let mut tx = self.0.store.write().await?;
        session::remember(&mut tx, sign_in.session, &data).await?;
        Ok(tx.commit().await?)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let kept = self.0.cache.get(&self.0.store, fingerprint(id).as_str());
        let found = match kept {
            Some((sign_in, data)) => Some(Found::Open { sign_in, data }),
            None => self.look_up(id).await?,
        };
        let mut record = Record {
            id: *id,
            data: Default::default(),
            expiry_date: time::OffsetDateTime::UNIX_EPOCH, // ours is in the row
        };
        match found {
            None => {} // a stranger: nothing but the number
            Some(Found::Ended) => return Ok(None),
            Some(Found::Open { sign_in, data }) => {
                let kept = serde_json::from_str(&data);
                record.data = kept.map_err(|error| unreadable(&error))?;
                open(&mut record, &sign_in, data)?;
            }
        }
        Ok(Some(record))
    }

    async fn delete(&self, _: &Id) -> session_store::Result<()> {
        Ok(()) // the cookie goes; rows end by `accounts::session`
    }
}

/// Puts what is in the row's columns into the record.
fn open(record: &mut Record, sign_in: &SignIn, stored: String) -> session_store::Result<()> {
    let sign_in = serde_json::to_value(sign_in).map_err(|error| unreadable(&error))?;
    record.data.insert(key::SIGN_IN.to_owned(), sign_in);
    record.data.insert(key::STORED.to_owned(), stored.into());
    Ok(())
}

/// What the row keeps of the record as JSON, its names in order.
fn stored(record: &Record) -> session_store::Result<String> {
    let kept: BTreeMap<_, _> = record
        .data
        .iter()
        .filter(|(name, _)| !key::IN_MEMORY.contains(&name.as_str()))
        .collect();
    serde_json::to_string(&kept).map_err(|error| unreadable(&error))
}

fn read<T: DeserializeOwned>(value: Value) -> session_store::Result<T> {
    serde_json::from_value(value).map_err(|error| unreadable(&error))
}

fn unreadable(error: &serde_json::Error) -> session_store::Error {
    session_store::Error::Decode(error.to_string())
}

impl From<StoreError> for session_store::Error {
    /// `Backend` says that the database is away, `Decode` that we are wrong.
    fn from(error: StoreError) -> Self {
        if error.is_unavailable() {
            Self::Backend(error.to_string())
        } else {
            Self::Decode(error.to_string())
        }
    }
}

#[cfg(test)]
mod tests;
