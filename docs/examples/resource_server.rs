//! A resource server that takes Tutela's access tokens, by the rules of docs/resource-servers.md.
//!
//! `cargo run --example resource_server -- ISSUER AUDIENCE ORGANIZATION` serves
//! `GET /Patient/{id}` on 127.0.0.1:7003.
use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{Jwk, JwkSet},
};
use serde::Deserialize;

/// What is accepted; never what the token's own header asks for beyond that.
const ALGORITHMS: [Algorithm; 4] = [
    Algorithm::ES256,
    Algorithm::RS256,
    Algorithm::PS256,
    Algorithm::EdDSA,
];
/// Tolerated difference of clocks, in seconds.
const SKEW: i64 = 60;
/// Unknown keys make the key set be fetched again, at most once in so many seconds.
const PATIENCE: i64 = 60;

/// What this server needs of a token.
#[derive(Debug, Deserialize)]
pub(crate) struct Claims {
    sub: String,
    exp: i64,
    principal_type: String,
    #[serde(default)]
    scope: String,
    organization_id: Option<String>,
    patient: Option<String>,
    act: Option<Actor>,
}

/// Who acts for the subject.
#[derive(Debug, Deserialize)]
struct Actor {
    sub: String,
}

/// Why a request goes no further.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    InvalidToken,
    InsufficientScope,
    /// The keys cannot be fetched: nobody's fault who asks.
    NoKeys,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, error) = match self {
            Self::InvalidToken => (StatusCode::UNAUTHORIZED, "invalid_token"),
            Self::InsufficientScope => (StatusCode::FORBIDDEN, "insufficient_scope"),
            Self::NoKeys => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        };
        let challenge = format!("Bearer error=\"{error}\"");
        (status, [(header::WWW_AUTHENTICATE, challenge)]).into_response()
    }
}

/// Judges tokens.
pub(crate) struct Guard {
    issuer: String,
    audience: String,
    organization: String,
    http: reqwest::Client,
    /// The keys, and when they were fetched.
    keys: Mutex<(JwkSet, i64)>,
    now: Box<dyn Fn() -> i64 + Send + Sync>,
}

impl Guard {
    /// For tokens of `issuer` to `audience`, and records of one organization; `now` gives
    /// seconds since the epoch.
    pub(crate) fn new(
        [issuer, audience, organization]: [&str; 3],
        now: impl Fn() -> i64 + Send + Sync + 'static,
    ) -> Self {
        Self {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            organization: organization.to_owned(),
            http: reqwest::Client::new(),
            keys: Mutex::new((JwkSet { keys: Vec::new() }, i64::MIN)),
            now: Box::new(now),
        }
    }

    /// Rule 1: a live access token of this issuer to this audience.
    async fn check(&self, headers: &HeaderMap) -> Result<Claims, Refusal> {
        let invalid = |_| Refusal::InvalidToken;
        let value = headers
            .get(header::AUTHORIZATION)
            .and_then(|v| v.to_str().ok());
        let token = value.and_then(|value| value.strip_prefix("Bearer "));
        let token = token.ok_or(Refusal::InvalidToken)?;
        let head = decode_header(token).map_err(invalid)?;
        // An ID token is for the application and opens nothing here.
        let is_access_token = head.typ.as_deref().is_some_and(|typ| {
            let typ = typ.to_ascii_lowercase();
            typ == "at+jwt" || typ == "application/at+jwt"
        });
        if !is_access_token || !ALGORITHMS.contains(&head.alg) {
            return Err(Refusal::InvalidToken);
        }
        let key = self.key(head.kid.as_deref().unwrap_or_default()).await?;
        let mut wanted = Validation::new(head.alg);
        wanted.set_issuer(&[&self.issuer]);
        wanted.set_audience(&[&self.audience]);
        wanted.set_required_spec_claims(&["iss", "aud", "exp"]);
        wanted.validate_exp = false; // below, by this server's own clock
        let key = DecodingKey::from_jwk(&key).map_err(invalid)?;
        let claims = decode::<Claims>(token, &key, &wanted)
            .map_err(invalid)?
            .claims;
        match (self.now)() < claims.exp + SKEW {
            true => Ok(claims),
            false => Err(Refusal::InvalidToken),
        }
    }

    /// The key of that name. Keys change: an unknown one is looked for anew, now and then.
    async fn key(&self, kid: &str) -> Result<Jwk, Refusal> {
        let fetched_at = {
            let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(key) = keys.0.find(kid) {
                return Ok(key.clone());
            }
            keys.1
        };
        let now = (self.now)();
        if fetched_at.saturating_add(PATIENCE) > now {
            return Err(Refusal::InvalidToken);
        }
        let fetched = self.fetch().await.map_err(|_| Refusal::NoKeys)?;
        let found = fetched.find(kid).cloned();
        *self.keys.lock().unwrap_or_else(PoisonError::into_inner) = (fetched, now);
        found.ok_or(Refusal::InvalidToken)
    }

    async fn fetch(&self) -> Result<JwkSet, reqwest::Error> {
        #[derive(Deserialize)]
        struct Discovered {
            jwks_uri: String,
        }
        let place = format!("{}/.well-known/openid-configuration", self.issuer);
        let found: Discovered = self.http.get(place).send().await?.json().await?;
        self.http.get(found.jwks_uri).send().await?.json().await
    }
}

/// Rules 2 and 3: whether the token reads this patient's record.
fn may_read(claims: &Claims, patient: &str, organization: &str) -> Result<(), Refusal> {
    let reads = |context: &str| {
        claims.scope.split(' ').any(|scope| {
            // A scope with a query reaches only what a search would find: not for this.
            let rest = scope.strip_prefix(context);
            rest.and_then(|rest| rest.split_once('.'))
                .is_some_and(|(of, verbs)| {
                    matches!(of, "*" | "Patient") && !verbs.contains('?') && verbs.contains('r')
                })
        })
    };
    let may = match claims.principal_type.as_str() {
        // `patient/` reaches the one record that the token names.
        "consumer" => reads("patient/") && claims.patient.as_deref() == Some(patient),
        "provider" | "hcp" => {
            let is_here = claims.organization_id.as_deref() == Some(organization);
            is_here
                && (reads("user/")
                    || (reads("patient/") && claims.patient.as_deref() == Some(patient)))
        }
        _ => false,
    };
    may.then_some(()).ok_or(Refusal::InsufficientScope)
}

async fn patient(
    State(guard): State<Arc<Guard>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<serde_json::Value>, Refusal> {
    let claims = guard.check(&headers).await?;
    may_read(&claims, &id, &guard.organization)?;
    // Rule 4: with `act`, both parties are written down.
    let actor = claims.act.as_ref().map_or(&claims.sub, |act| &act.sub);
    tracing::info!(
        actor,
        subject = claims.sub,
        patient = id,
        "a record was read"
    );
    Ok(Json(
        serde_json::json!({"resourceType": "Patient", "id": id}),
    ))
}

/// The server.
pub(crate) fn app(guard: Guard) -> Router {
    Router::new()
        .route("/Patient/{id}", get(patient))
        .with_state(Arc::new(guard))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let [issuer, audience, organization] = &given[..] else {
        anyhow::bail!("give ISSUER AUDIENCE ORGANIZATION");
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "an example has no clock of its own"
    )]
    let now = || {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |since| {
            i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
        })
    };
    let guard = Guard::new([issuer, audience, organization], now);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:7003").await?;
    Ok(axum::serve(listener, app(guard)).await?)
}
