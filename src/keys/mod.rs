//! The server's own keys: what it signs with, and what protects secrets at rest.
//!
//! Signing keys are rows of `signing_keys`, their private halves sealed under the
//! key-encryption key of `keys_dir` (`kek`). [`Keys`] holds them parsed; signing goes
//! through `jsonwebtoken` without parsing anything again (`provider`). Keys are made,
//! published, used and removed by policy and by command (`life`); every node on one
//! database sees the same keys in the same state.
//!
//! Tokens of ours are read by [`Keys::verify`], those that clients sign by
//! [`foreign::JwkSet`]; both refuse the same tricks (`jws`). [`jwe`] encrypts for
//! clients. Expiry is checked by callers, with their `now`.
mod alg;
mod change;
mod error;
pub mod foreign;
pub mod jwe;
mod jws;
mod kek;
mod kek_file;
mod life;
mod macs;
mod pair;
mod provider;
mod queries;
mod rewrap;
mod ring;
mod source;

use std::{
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, Ordering},
    },
};

use aws_lc_rs::digest;
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use crate::{
    clock::Timestamp,
    random::Random,
    store::{Store, Topic, Tx},
};
pub use alg::{Alg, Typ, UnknownAlg};
pub use change::{Change, KeyInfo, Refusal, list, retire, rotate};
pub use error::KeyError;
use jws::Jws;
pub use jws::{JwtFault, Verified};
use kek::Kek;
pub use kek::UnsealError;
use life::Due;
pub use life::{Life, State};
use macs::Macs;
use pair::Pair;
pub use provider::install_jwt_provider;
use queries::Row;
pub use rewrap::Rewrap;
pub use ring::Jwks;
use ring::Ring;
pub use source::KekSource;

/// The server's keys. One per process; share it by `Arc`.
pub struct Keys {
    kek: Kek,
    macs: Macs,
    ring: RwLock<Arc<Ring>>,
    /// The version of [`Topic::Keys`] that `ring` was read under; negative: unknown.
    version: AtomicI64,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("kek", &self.kek.id()).finish()
    }
}

/// A fresh key, sealed, not stored yet: for [`rotate`] and [`retire`].
pub struct Successor {
    kid: String,
    alg: Alg,
    public_key: String,
    private_key: String,
}

impl Successor {
    /// Its algorithm.
    pub const fn alg(&self) -> Alg {
        self.alg
    }

    fn into_row(self, life: Life) -> Row {
        Row {
            kid: self.kid,
            alg: self.alg.name().to_owned(),
            public_key: self.public_key,
            private_key: self.private_key,
            life,
        }
    }
}

impl Keys {
    /// Opens the keys of `store` with the key-encryption key of `source`, and makes
    /// what is missing: on a first start that key, and one active signing key per
    /// algorithm. Processes that start at once agree on the same keys.
    ///
    /// # Errors
    /// A key-encryption key is missing or another one while signing keys are there, a
    /// signing key does not open, the folder cannot be written, the database is away.
    pub async fn open<'a>(
        store: &Store,
        source: impl Into<KekSource<'a>>,
    ) -> Result<Self, KeyError> {
        let source = source.into();
        let (rows, sealed_by) = Self::rows(store).await?;
        let kek = match sealed_by {
            Some(id) => source.read(&id)?,
            None => source.read_or_make(store.random())?,
        };
        let keys = Self::new(kek, &rows, store).await?;
        keys.maintain(store).await?;
        Ok(keys)
    }

    /// Opens the keys as they are, and neither makes nor moves on any. `None`: there are
    /// none yet.
    ///
    /// # Errors
    /// As [`Keys::open`].
    pub async fn open_existing<'a>(
        store: &Store,
        source: impl Into<KekSource<'a>>,
    ) -> Result<Option<Self>, KeyError> {
        let (rows, sealed_by) = Self::rows(store).await?;
        match sealed_by {
            Some(id) => {
                let kek = source.into().read(&id)?;
                Self::new(kek, &rows, store).await.map(Some)
            }
            None => Ok(None),
        }
    }

    /// The records, and the id of the key-encryption key that sealed them. Rows are read
    /// before any file: who made them had made the file before.
    async fn rows(store: &Store) -> Result<(Vec<Row>, Option<String>), KeyError> {
        if !install_jwt_provider() {
            return Err(KeyError::Provider);
        }
        let mut tx = store.read().await?;
        let rows = queries::all(&mut tx).await?;
        Ok((rows, queries::sealed_by(&mut tx).await?))
    }

    async fn new(kek: Kek, rows: &[Row], store: &Store) -> Result<Self, KeyError> {
        let ring = Ring::new(&kek, rows, store.now(), None)?;
        let macs = read_macs(&kek, &mut store.read().await?).await?;
        Ok(Self {
            kek,
            macs,
            ring: RwLock::new(Arc::new(ring)),
            version: AtomicI64::new(-1),
        })
    }

    /// Moves keys on as the policy asks, and reads what others changed: call it every
    /// minute. Gives the changes made here, for the audit.
    ///
    /// # Errors
    /// As [`Keys::open`]; what was in memory stays in use.
    pub async fn maintain(&self, store: &Store) -> Result<Vec<Change>, KeyError> {
        let mut tx = store.read().await?;
        let now = tx.now();
        let rows = queries::all(&mut tx).await?;
        drop(tx);
        let is_over =
            |row: &Row| row.life.state(now) == State::Removed && !row.private_key.is_empty();
        let mut keys = Vec::new();
        for row in &rows {
            keys.push((row.alg()?, row.life));
        }
        let mut due = Vec::new();
        for step in life::due(&keys, now) {
            let (Due::First(alg) | Due::Next(alg, _)) = step;
            due.push((step, self.successor(store, alg).await?));
        }
        let mut changes = Vec::new();
        if !due.is_empty() || rows.iter().any(is_over) {
            changes = change::carry_out(store, due).await?;
        }
        self.reload(store).await?;
        Ok(changes)
    }

    /// Reads the table again.
    ///
    /// # Errors
    /// As [`Keys::open`]; what was in memory stays in use.
    pub async fn reload(&self, store: &Store) -> Result<(), KeyError> {
        let version = store.changes().version(Topic::Keys);
        let mut tx = store.read().await?;
        let now = tx.now();
        let rows = queries::all(&mut tx).await?;
        drop(tx);
        let last = self.ring();
        let next = Arc::new(Ring::new(&self.kek, &rows, now, Some(&last))?);
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = next;
        self.version.store(version.unwrap_or(-1), Ordering::Release);
        Ok(())
    }

    /// [`Keys::reload`] if another process changed keys: cheap, for every second.
    ///
    /// # Errors
    /// As [`Keys::reload`].
    pub async fn reload_if_changed(&self, store: &Store) -> Result<(), KeyError> {
        match store.changes().version(Topic::Keys) {
            Some(version) if version != self.version.load(Ordering::Acquire) => {
                self.reload(store).await
            }
            _ => Ok(()),
        }
    }

    /// A fresh key for [`rotate`] or [`retire`]. Takes up to a second for RSA, off the
    /// runtime: call it before the transaction begins.
    ///
    /// # Errors
    /// No key could be made.
    pub async fn successor(&self, store: &Store, alg: Alg) -> Result<Successor, KeyError> {
        let made = tokio::task::spawn_blocking(move || {
            let pair = Pair::generate(alg)?;
            Ok::<_, aws_lc_rs::error::Unspecified>((pair.to_spki()?, pair.to_pkcs8()?))
        });
        let (spki, pkcs8) = made
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or(KeyError::Generate(alg))?;
        let fingerprint = digest::digest(&digest::SHA256, &spki);
        let (kid, _) = fingerprint.as_ref().split_at(8);
        let (kid, public_key) = (hex::encode(kid), hex::encode(&spki));
        let context = ring::context(&kid, alg, &public_key);
        let private_key = self.kek.seal(&context, &pkcs8, store.random());
        Ok(Successor {
            kid,
            alg,
            public_key,
            private_key,
        })
    }

    /// Signs a token of kind `typ` with the key that is active at `now`.
    ///
    /// # Errors
    /// No key is active, or the claims are not JSON.
    pub fn sign(
        &self,
        alg: Alg,
        typ: Typ,
        claims: &impl Serialize,
        now: Timestamp,
    ) -> Result<String, KeyError> {
        let ring = self.ring();
        let key = ring.active(alg, now).ok_or(KeyError::NotActive(alg))?;
        key.sign(typ, claims)
    }

    /// Reads a token that must be of kind `typ` and of our own making. Expiry, issuer
    /// and audience are the caller's to check.
    ///
    /// # Errors
    /// It is anything else; see [`JwtFault`].
    pub fn verify<C: DeserializeOwned>(
        &self,
        typ: Typ,
        token: &str,
    ) -> Result<Verified<C>, JwtFault> {
        let jws = Jws::read(token)?;
        if !typ.is_said_by(jws.header.typ.as_deref()) {
            return Err(JwtFault::Typ);
        }
        let ring = self.ring();
        let key = jws.header.kid.as_deref().and_then(|kid| ring.find(kid));
        let key = key.ok_or(JwtFault::UnknownKey)?;
        jws.verify(key.alg, &key.public)
    }

    /// The key set to publish.
    pub fn jwks(&self) -> Arc<Jwks> {
        self.ring().jwks()
    }

    /// Seals a secret that rests in the database. It opens only under the same
    /// `context`: name the table, the row and the column.
    pub fn seal(&self, context: &[&str], plain: &[u8], random: &dyn Random) -> String {
        self.kek.seal(context, plain, random)
    }

    /// Opens what [`Keys::seal`] sealed.
    ///
    /// # Errors
    /// It was altered, moved, or sealed by another key-encryption key.
    pub fn unseal(
        &self,
        context: &[&str],
        sealed: &str,
    ) -> Result<Zeroizing<Vec<u8>>, UnsealError> {
        self.kek.unseal(context, sealed)
    }

    /// HMAC-SHA-256 of `parts` under a key of this installation that serves `purpose`
    /// alone; where one part ends and the next begins counts. All nodes agree on it.
    pub fn mac(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        self.macs.mac(purpose, parts)
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What MACs are derived from: the first key-encryption key, also once there is another.
async fn read_macs(kek: &Kek, tx: &mut Tx) -> Result<Macs, KeyError> {
    let Some((_, sealed)) = queries::key_encryption(tx).await? else {
        return Ok(kek.macs());
    };
    let root = kek.unseal(&rewrap::MAC_ROOT, &sealed);
    let root = root.map_err(KeyError::MacRoot)?;
    Macs::read(&root).ok_or(KeyError::MacRoot(UnsealError::Damaged))
}
