//! The keys in memory: parsed once, picked by id to verify and by algorithm to sign.
use std::{collections::HashMap, sync::Arc};

use aws_lc_rs::signature::ParsedPublicKey;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::Header;
use serde::Serialize;

use super::{
    Alg, KeyError, Typ,
    kek::Kek,
    life::{Life, State},
    pair::{Pair, PublicJwk},
    provider::Signer,
    queries::Row,
};
use crate::clock::Timestamp;

/// How long caches may keep the key set, in seconds. It bounds how long a key that
/// was removed in an emergency is still believed elsewhere, and is far below the day
/// for which a new key is published before it signs.
const MAX_AGE: u32 = 300;

/// The published key set (RFC 7517 §5).
#[derive(Debug)]
pub struct Jwks {
    /// The document, ready to send as `application/jwk-set+json` or `application/json`.
    pub json: String,
    /// For `Cache-Control: max-age`, in seconds.
    pub max_age: u32,
}

/// A key, parsed.
pub(super) struct Key {
    pub(super) alg: Alg,
    pub(super) public: ParsedPublicKey,
    jwk: PublicJwk,
    signer: Signer,
    headers: Headers,
}

impl Key {
    fn open(kek: &Kek, row: &Row) -> Result<Self, KeyError> {
        let damaged = || KeyError::Damaged {
            kid: row.kid.clone(),
        };
        let alg = row.alg()?;
        let der = kek
            .unseal(&context(&row.kid, alg, &row.public_key), &row.private_key)
            .map_err(|reason| KeyError::Sealed {
                kid: row.kid.clone(),
                reason,
            })?;
        let pair = Pair::from_pkcs8(alg, &der).ok_or_else(damaged)?;
        Ok(Self {
            headers: Headers::of(alg, &row.kid)?,
            alg,
            public: pair.public().map_err(|_| damaged())?,
            jwk: pair.to_jwk(&row.kid),
            signer: Signer::new(Arc::new(pair)),
        })
    }

    /// A token of this key.
    pub(super) fn sign(&self, typ: Typ, claims: &impl Serialize) -> Result<String, KeyError> {
        let mut token = String::with_capacity(TOKEN);
        token.push_str(self.headers.of_kind(typ));
        token.push('.');
        let mut json = Vec::with_capacity(TOKEN);
        serde_json::to_writer(&mut json, claims).map_err(jsonwebtoken::errors::Error::from)?;
        URL_SAFE_NO_PAD.encode_string(&json, &mut token);
        let key = self.signer.key();
        let signature = jsonwebtoken::crypto::sign(token.as_bytes(), key, self.alg.into())?;
        token.push('.');
        token.push_str(&signature);
        Ok(token)
    }
}

/// Bytes of a token, about: those of most fit without growing.
const TOKEN: usize = 1024;

/// What a key's tokens begin with, encoded once: it differs by their kind only.
struct Headers {
    access_token: String,
    id_token: String,
    logout_token: String,
    audit_head: String,
}

impl Headers {
    fn of(alg: Alg, kid: &str) -> Result<Self, KeyError> {
        let header = |typ: Typ| {
            let mut header = Header::new(alg.into());
            header.typ = Some(typ.name().to_owned());
            header.kid = Some(kid.to_owned());
            let json = serde_json::to_vec(&header).map_err(jsonwebtoken::errors::Error::from)?;
            Ok::<_, KeyError>(URL_SAFE_NO_PAD.encode(json))
        };
        Ok(Self {
            access_token: header(Typ::AccessToken)?,
            id_token: header(Typ::IdToken)?,
            logout_token: header(Typ::LogoutToken)?,
            audit_head: header(Typ::AuditHead)?,
        })
    }

    fn of_kind(&self, typ: Typ) -> &str {
        match typ {
            Typ::AccessToken => &self.access_token,
            Typ::IdToken => &self.id_token,
            Typ::LogoutToken => &self.logout_token,
            Typ::AuditHead => &self.audit_head,
        }
    }
}

/// What a private key is sealed under, so that no part of its row can be exchanged.
pub(super) fn context<'a>(kid: &'a str, alg: Alg, public_key: &'a str) -> [&'a str; 4] {
    ["signing_keys", kid, alg.name(), public_key]
}

/// Every key that is not removed, as of one reading of the table.
pub(super) struct Ring {
    keys: HashMap<String, Held>,
    jwks: Arc<Jwks>,
}

#[derive(Clone)]
struct Held {
    key: Arc<Key>,
    life: Life,
}

impl Ring {
    /// The keys of `rows` that live at `now`; those that `last` holds are not parsed again.
    pub(super) fn new(
        kek: &Kek,
        rows: &[Row],
        now: Timestamp,
        last: Option<&Self>,
    ) -> Result<Self, KeyError> {
        let mut keys = HashMap::new();
        let mut published = Vec::new();
        for row in rows.iter().filter(|r| r.life.state(now) != State::Removed) {
            let known = last.and_then(|ring| ring.keys.get(&row.kid));
            let key = match known {
                Some(held) => Arc::clone(&held.key),
                None => Arc::new(Key::open(kek, row)?),
            };
            published.push(Arc::clone(&key));
            let life = row.life;
            keys.insert(row.kid.clone(), Held { key, life });
        }
        Ok(Self {
            keys,
            jwks: Arc::new(key_set(&published)),
        })
    }

    /// The key that signs with `alg` at `now`: the one that is active, or, where this
    /// machine's clock is behind that of whoever made it, the one that is about to be.
    pub(super) fn active(&self, alg: Alg, now: Timestamp) -> Option<&Key> {
        let rank = |held: &Held| match held.life.state(now) {
            State::Active => Some((1, held.life.active_at)),
            State::Published => Some((0, held.life.active_at)),
            State::Retired | State::Removed => None,
        };
        self.keys
            .values()
            .filter(|held| held.key.alg == alg)
            .filter_map(|held| Some((rank(held)?, held)))
            .max_by_key(|(rank, _)| *rank)
            .map(|(_, held)| &*held.key)
    }

    /// The key called `kid`.
    pub(super) fn find(&self, kid: &str) -> Option<&Key> {
        self.keys.get(kid).map(|held| &*held.key)
    }

    /// The key set.
    pub(super) fn jwks(&self) -> Arc<Jwks> {
        Arc::clone(&self.jwks)
    }
}

fn key_set(keys: &[Arc<Key>]) -> Jwks {
    #[derive(Serialize)]
    struct Document<'a> {
        keys: Vec<&'a PublicJwk>,
    }
    let keys = keys.iter().map(|key| &key.jwk).collect();
    #[expect(clippy::expect_used, reason = "it holds strings only")]
    let json = serde_json::to_string(&Document { keys }).expect("a key set can be written");
    Jwks {
        json,
        max_age: MAX_AGE,
    }
}
