//! `POST /token` (RFC 6749 §3.2): authenticates the client, then hands over to the grant.
use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::post,
};
use serde::Serialize;

use super::{
    Code, Params, Posted, Refusal, back_channel,
    client_auth::{self, Caller},
    grants::{client_credentials, code, exchange, refresh},
};
use crate::{
    access::ScopeSet,
    clients::{Client, GrantType, Proofs},
    clock::Timestamp,
    keys::jwe,
    secret::Secret,
    store::Origin,
    tokens::Issued,
    web::{App, Failure, paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route(paths::TOKEN, post(token))
}

/// A request of an authenticated client.
pub(super) struct Request<'a> {
    pub(super) app: &'a App,
    pub(super) caller: &'a Caller,
    pub(super) params: &'a Params,
    pub(super) origin: &'a Arc<Origin>,
    /// When its client was known.
    pub(super) now: Timestamp,
}

/// What a grant yields.
pub(super) struct Yield {
    pub(super) issued: Issued,
    pub(super) refresh_token: Option<Secret>,
    /// `issued_token_type`, which an exchange must name (RFC 8693 §2.2.1).
    pub(super) issued_token_type: Option<&'static str>,
}

/// What a grant answers: tokens or a protocol error.
pub(super) type Answer = Result<Yield, Refusal>;

/// Bytes of an answer beside its tokens, about: few have more, and then it grows.
const BESIDE_TOKENS: usize = 512;

#[derive(Serialize)]
struct TokenResponse<'a> {
    access_token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_token_type: Option<&'static str>,
    token_type: &'static str,
    expires_in: i64,
    scope: &'a ScopeSet,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patient: Option<&'a str>,
    #[serde(skip_serializing_if = "is_false")]
    need_patient_banner: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

async fn token(State(app): State<App>, posted: Posted) -> Response {
    back_channel(answer(&app, &posted).await)
}

async fn answer(app: &App, posted: &Posted) -> Result<Result<Response, Refusal>, Failure> {
    let Posted { origin, params, .. } = posted;
    let caller = match client_auth::authenticate(app, posted).await? {
        Ok(caller) => caller,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let now = app.store.now();
    if let Caller::Machine(account, _) = &caller
        && let Err(seconds) = app.usage.admit(account, now)
    {
        let reason = "The service account asks for more than it may.";
        return Ok(Err(Refusal::new(Code::LimitReached, reason).after(seconds)));
    }
    let request = Request {
        app,
        caller: &caller,
        params,
        origin,
        now,
    };
    // Before a code or refresh token is spent: without keys its ID token could not be sent.
    let cipher = match cipher(app, &caller).await {
        Ok(cipher) => cipher,
        Err(refusal) => return Ok(Err(refusal)),
    };
    // What a grant keeps while it waits is boxed, so that the cheapest of them, which never waits,
    // need not carry room for the others.
    let answer = match params.get("grant_type") {
        None => Err(Refusal::new(Code::InvalidRequest, "grant_type is missing.")),
        Some("authorization_code") => Box::pin(code::redeem(&request)).await?,
        Some("refresh_token") => Box::pin(refresh::refresh(&request)).await?,
        Some("client_credentials") => client_credentials::issue(&request).await?,
        Some(exchange::GRANT_TYPE) => Box::pin(exchange::exchange(&request)).await?,
        Some(_) => {
            let reason = "There is no such grant type here.";
            Err(Refusal::new(Code::UnsupportedGrantType, reason))
        }
    };
    let mut yielded = match answer {
        Ok(yielded) => yielded,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Caller::Machine(account, _) = &caller {
        app.usage.count(account.id, now);
    }
    if let (Some(cipher), Some(token)) = (cipher, &yielded.issued.id_token) {
        yielded.issued.id_token = Some(cipher.encrypt(token)?);
    }
    Ok(Ok(respond(&yielded)?))
}

fn respond(yielded: &Yield) -> Result<Response, Failure> {
    let issued = &yielded.issued;
    let told = TokenResponse {
        access_token: &issued.access_token,
        issued_token_type: yielded.issued_token_type,
        token_type: "Bearer",
        expires_in: issued.expires_in,
        scope: &issued.scope,
        refresh_token: yielded.refresh_token.as_ref().map(Secret::expose),
        id_token: issued.id_token.as_deref(),
        patient: issued.patient.as_deref(),
        need_patient_banner: issued.need_patient_banner,
    };
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::PRAGMA, "no-cache"),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    let tokens = issued.access_token.len() + issued.id_token.as_ref().map_or(0, String::len);
    let mut body = Vec::with_capacity(tokens + BESIDE_TOKENS);
    serde_json::to_writer(&mut body, &told)?;
    Ok((headers, body).into_response())
}

/// How ID tokens of a client are encrypted that registered for it.
async fn cipher(app: &App, caller: &Caller) -> Result<Option<jwe::Cipher>, Refusal> {
    let Caller::Client(client) = caller else {
        return Ok(None);
    };
    let wanted = client
        .registration
        .id_token_encrypted_response_alg
        .as_deref();
    let Some(way) = wanted.and_then(|name| name.parse::<jwe::KeyManagement>().ok()) else {
        return Ok(None);
    };
    let source = client.registration.key_source();
    let now = app.store.now();
    let Some(keys) = app.proofs.keys(&app.outgoing, source, now).await else {
        let reason = "The client's keys, to which its ID tokens are encrypted, cannot be read.";
        return Err(Refusal::new(Code::TemporarilyUnavailable, reason).after(Proofs::PAUSE));
    };
    jwe::Cipher::new(&keys, way).map(Some).map_err(|_| {
        let reason = "None of the client's keys serves to encrypt its ID tokens.";
        Refusal::new(Code::InvalidRequest, reason)
    })
}

impl Request<'_> {
    /// The application behind the request, if it registered the grant type.
    pub(super) fn client(&self, grant_type: GrantType) -> Result<&Arc<Client>, Refusal> {
        match self.caller {
            Caller::Client(client) if client.may_use(grant_type) => Ok(client),
            _ => Err(Refusal::unregistered_grant()),
        }
    }
}
