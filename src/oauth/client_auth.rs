//! Who is asking at the back channel (RFC 6749 §2.3, RFC 7523).
//!
//! Exactly the registered method is taken. Whatever is wrong, the answer is the same, so
//! that nobody learns which clients exist. Long secrets are compared without a query or a
//! slow hash; only secrets that somebody chose cost Argon2, once.
use std::{net::IpAddr, sync::Arc};

use axum::http::{HeaderMap, header};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde::Deserialize;
use serde_json::Value;

use super::{Code, Params, Posted, Refusal, assertions};
use crate::{
    accounts::throttle::{self, Counter},
    audit::{Action, Event},
    clients::{AuthMethod, Client, KeySource},
    keys::{Alg, JwtFault},
    secret::{Secret, StoredSecret},
    service_accounts::{KeyCheck, ServiceAccount},
    tokens::Source,
    web::{App, Failure, decode_text},
};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Tolerated difference of clocks, in seconds.
const SKEW: i64 = 10;
/// Longest life of an assertion, in seconds.
const LONGEST: i64 = 300;

/// Who proved to be asking.
#[derive(Debug, Clone)]
pub(super) enum Caller {
    /// A registered application.
    Client(Arc<Client>),
    /// A machine, by this proof.
    Machine(Arc<ServiceAccount>, Source),
}

impl Caller {
    /// `client_id`.
    pub(super) fn id(&self) -> String {
        match self {
            Self::Client(client) => client.id.clone(),
            Self::Machine(account, _) => account.id.to_string(),
        }
    }
}

/// What a request shows of who is asking.
enum Shown {
    Secret(AuthMethod, String, Secret),
    Assertion(String, Secret),
    Nothing(String),
}

/// Finds out who is asking.
///
/// # Errors
/// `invalid_client` for everything that is wrong with the proof; `invalid_request` for two
/// proofs at once.
pub(super) async fn authenticate(
    app: &App,
    posted: &Posted,
) -> Result<Result<Caller, Refusal>, Failure> {
    let origin = &posted.origin;
    let shown = match read(&posted.headers, &posted.params) {
        Ok(shown) => shown,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let (id, caller) = match shown {
        Shown::Nothing(id) => {
            let client = app.clients.find(&app.store, &id).await?;
            let is_public = |c: &Arc<Client>| c.registration.auth_method() == AuthMethod::None;
            (id, client.filter(is_public).map(Caller::Client))
        }
        Shown::Assertion(id, assertion) => {
            let caller = Box::pin(by_assertion(app, &id, &assertion)).await?;
            (id, caller)
        }
        Shown::Secret(method, id, secret) => {
            let asked = Asked {
                id: &id,
                secret: &secret,
                address: origin.address,
            };
            let caller = by_secret(app, method, &asked).await?;
            if caller.is_none()
                && let Some(seconds) = Box::pin(count_failure(app, &asked)).await?
            {
                let refusal = Refusal::new(Code::TooManyRequests, "Too many wrong secrets.");
                return Ok(Err(refusal.after(seconds)));
            }
            (id, caller)
        }
    };
    if caller.is_none() {
        tracing::info!("client authentication failed");
        let event = Event::refused(Action::ClientAuthentication, "invalid_client");
        let event = event.through(id.chars().take(64).collect::<String>());
        app.later.record(event, origin).await;
    }
    Ok(caller.ok_or_else(failed))
}

fn failed() -> Refusal {
    Refusal::new(Code::InvalidClient, "Client authentication failed.")
}

fn read(headers: &HeaderMap, params: &Params) -> Result<Shown, Refusal> {
    let basic = match headers.get(header::AUTHORIZATION) {
        Some(value) => Some(read_basic(value.as_bytes()).ok_or_else(failed)?),
        None => None,
    };
    let (id, secret) = (params.get("client_id"), params.get("client_secret"));
    let assertion = params.get("client_assertion");
    let shown = [basic.is_some(), secret.is_some(), assertion.is_some()];
    if shown.iter().filter(|is_shown| **is_shown).count() > 1 {
        let reason = "The request has more than one kind of client authentication.";
        return Err(Refusal::new(Code::InvalidRequest, reason));
    }
    if let Some((name, secret)) = basic {
        if id.is_some_and(|id| id != name) {
            return Err(failed());
        }
        return Ok(Shown::Secret(AuthMethod::ClientSecretBasic, name, secret));
    }
    if let Some(assertion) = assertion {
        if params.get("client_assertion_type") != Some(JWT_BEARER) {
            let reason = "client_assertion_type is missing or not supported.";
            return Err(Refusal::new(Code::InvalidRequest, reason));
        }
        let subject = subject_of(assertion).ok_or_else(failed)?;
        if id.is_some_and(|id| id != subject) {
            return Err(failed());
        }
        return Ok(Shown::Assertion(subject, Secret::new(assertion)));
    }
    let id = id.ok_or_else(failed)?.to_owned();
    Ok(match secret {
        Some(secret) => Shown::Secret(AuthMethod::ClientSecretPost, id, Secret::new(secret)),
        None => Shown::Nothing(id),
    })
}

/// The name and secret of a Basic header; both are form-encoded (RFC 6749 §2.3.1).
fn read_basic(value: &[u8]) -> Option<(String, Secret)> {
    let (scheme, encoded) = value.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    let pair = zeroize::Zeroizing::new(STANDARD.decode(encoded.trim_ascii()).ok()?);
    let text = std::str::from_utf8(&pair).ok()?;
    let (name, secret) = text.split_once(':')?;
    let secret = Secret::new(decode_text(secret.as_bytes())?);
    Some((decode_text(name.as_bytes())?, secret))
}

/// Whom an assertion speaks of: not yet believed.
fn subject_of(assertion: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Said {
        sub: String,
    }
    if assertion.len() > 16 * 1024 {
        return None;
    }
    let payload = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1)?).ok()?;
    let said: Said = serde_json::from_slice(&payload).ok()?;
    Some(said.sub)
}

struct Asked<'a> {
    id: &'a str,
    secret: &'a Secret,
    address: Option<IpAddr>,
}

impl Asked<'_> {
    fn counter(&self) -> Counter {
        let address = self.address.map(|address| address.to_string());
        Counter::client_secret(self.id, &address.unwrap_or_default())
    }
}

async fn by_secret(
    app: &App,
    method: AuthMethod,
    asked: &Asked<'_>,
) -> Result<Option<Caller>, Failure> {
    if let Ok(id) = asked.id.parse() {
        let Some(account) = app.service_accounts.find(&app.store, id).await? else {
            return Ok(None);
        };
        let key = match account.check_key(asked.secret, app.store.now()) {
            KeyCheck::Right(key) => Some(key),
            KeyCheck::Wrong => None,
            KeyCheck::Slow(keys) => {
                for (key, phc) in keys {
                    if Box::pin(is_right(app, &phc, asked)).await? {
                        let caller = Caller::Machine(account, Source::ApiKey(key));
                        return Box::pin(as_now(app, caller)).await;
                    }
                }
                None
            }
        };
        return Ok(key.map(|key| Caller::Machine(account, Source::ApiKey(key))));
    }
    let Some(client) = app.clients.find(&app.store, asked.id).await? else {
        return Ok(None);
    };
    if client.registration.auth_method() != method {
        return Ok(None);
    }
    let is_right = match &client.secret {
        None => false,
        Some(StoredSecret::Slow(phc)) => {
            return match Box::pin(is_right(app, phc, asked)).await? {
                true => Box::pin(as_now(app, Caller::Client(client))).await,
                false => Ok(None),
            };
        }
        Some(fast) => fast.verify_fast(asked.secret) == Some(true),
    };
    Ok(is_right.then_some(Caller::Client(client)))
}

/// The caller as he is by now: to prove himself took time, in which he may have lost rights.
async fn as_now(app: &App, caller: Caller) -> Result<Option<Caller>, Failure> {
    Ok(match caller {
        Caller::Client(client) => {
            let found = app.clients.find(&app.store, &client.id).await?;
            found.map(Caller::Client)
        }
        Caller::Machine(account, source) => {
            let found = app.service_accounts.find(&app.store, account.id).await?;
            found.map(|account| Caller::Machine(account, source))
        }
    })
}

/// Whether a chosen secret is right: hashed once, remembered while this process lives.
async fn is_right(app: &App, phc: &str, asked: &Asked<'_>) -> Result<bool, Failure> {
    if app.proofs.knows(phc, asked.secret) {
        return Ok(true);
    }
    let counter = asked.counter();
    let mut tx = app.store.write().await?;
    let is_allowed = throttle::reserve(&mut tx, &counter).await?.is_ok();
    tx.commit().await?;
    if !is_allowed {
        return Ok(false);
    }
    let secret = asked.secret.clone();
    let is_right = app.passwords.verify(secret, Some(phc.to_owned())).await;
    let is_right = is_right.map_err(|_| crate::store::StoreError::Slow)?;
    let mut tx = app.store.write().await?;
    throttle::forgive(&mut tx, &counter).await?; // a wrong one is counted by the caller
    tx.commit().await?;
    if is_right {
        app.proofs.remember(phc, asked.secret);
    }
    Ok(is_right)
}

/// Counts a wrong secret. The seconds to wait, when there were too many.
async fn count_failure(app: &App, asked: &Asked<'_>) -> Result<Option<i64>, Failure> {
    let mut tx = app.store.write().await?;
    let counted = throttle::reserve(&mut tx, &asked.counter()).await?;
    tx.commit().await?;
    Ok(counted.err().map(|wait| wait.seconds))
}

/// The claims of an assertion (RFC 7523 §3).
#[derive(Deserialize)]
struct Assertion {
    iss: String,
    sub: String,
    aud: Value,
    exp: i64,
    iat: i64,
    jti: String,
    #[serde(default)]
    nbf: Option<i64>,
}

async fn by_assertion(app: &App, id: &str, assertion: &Secret) -> Result<Option<Caller>, Failure> {
    let (caller, source) = if let Ok(account) = id.parse() {
        let Some(account) = app.service_accounts.find(&app.store, account).await? else {
            return Ok(None);
        };
        (
            Caller::Machine(account, Source::Itself),
            AuthMethod::PrivateKeyJwt,
        )
    } else {
        let Some(client) = app.clients.find(&app.store, id).await? else {
            return Ok(None);
        };
        let method = client.registration.auth_method();
        (Caller::Client(client), method)
    };
    if source != AuthMethod::PrivateKeyJwt {
        return Ok(None);
    }
    let Some(claims) = verify(app, &caller, assertion).await else {
        return Ok(None);
    };
    let now = app.store.now().seconds();
    let issuer = app.config.issuer.as_str();
    let is_for_us = match &claims.aud {
        Value::String(aud) => aud == issuer,
        Value::Array(list) => matches!(list.as_slice(), [Value::String(aud)] if aud == issuer),
        _ => false,
    };
    let is_in_time = claims.exp > now - SKEW
        && claims.exp <= now + LONGEST + SKEW
        && claims.iat <= now + SKEW
        && claims.iat >= now - LONGEST - SKEW
        && claims.nbf.is_none_or(|nbf| nbf <= now + SKEW);
    let is_named = claims.iss == id && claims.sub == id && !claims.jti.is_empty();
    if !is_for_us || !is_in_time || !is_named || claims.jti.len() > 255 {
        return Ok(None);
    }
    let mut tx = app.store.write().await?;
    let is_first = assertions::spend(&mut tx, id, &claims.jti, claims.exp).await?;
    tx.commit().await?;
    match is_first {
        true => as_now(app, caller).await,
        false => Ok(None),
    }
}

async fn verify(app: &App, caller: &Caller, assertion: &Secret) -> Option<Assertion> {
    let source = |again| match caller {
        Caller::Client(client) => KeySource {
            again,
            ..client.registration.key_source()
        },
        Caller::Machine(account, _) => KeySource {
            jwks: account.registration.jwks.as_ref(),
            jwks_uri: account.registration.jwks_uri.as_deref(),
            again,
        },
    };
    for again in [false, true] {
        let keys = app
            .proofs
            .keys(&app.outgoing, source(again), app.store.now())
            .await?;
        match keys.verify::<Assertion>(assertion.expose(), &Alg::ALL) {
            Ok(verified) => return Some(verified.claims),
            Err(JwtFault::UnknownKey) if !again => {}
            Err(fault) => {
                tracing::info!(%fault, "a client assertion was refused");
                return None;
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_secrets_in_basic_are_form_encoded() {
        let encoded = STANDARD.encode("a%3Ab+c:s%2Bt+%C3%A9");
        let (name, secret) = read_basic(format!("Basic {encoded}").as_bytes()).unwrap();
        assert_eq!((name.as_str(), secret.expose()), ("a:b c", "s+t é"));
        for broken in [
            "",
            "Basic",
            "Basic ",
            "Basic !!!!",
            "Bearer abc",
            "Basic YWJj",
            "Basic AP8=",
        ] {
            assert!(read_basic(broken.as_bytes()).is_none(), "{broken}");
        }
    }
}
