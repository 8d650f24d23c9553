//! Checking an authorization request: client and return address first, because every
//! later error is sent there.
use std::{borrow::Cow, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    access::ScopeSet,
    accounts::Acr,
    clients::{Client, GrantType, ReturnTo},
    id::{AccountId, SessionId},
    oauth::{
        Code, Params, Refusal, audiences,
        rfc6749::{self, Asked},
    },
    web::App,
};

/// How the answer travels (OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ResponseMode {
    Query,
    Fragment,
    FormPost,
}

impl ResponseMode {
    fn parse(name: &str) -> Option<Self> {
        match name {
            "query" => Some(Self::Query),
            "fragment" => Some(Self::Fragment),
            "form_post" => Some(Self::FormPost),
            _ => None,
        }
    }
}

/// Where and how to answer: known before anything else is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reply {
    pub(super) to: ReturnTo,
    pub(super) mode: ResponseMode,
    pub(super) state: Option<String>,
}

/// What may and must be shown (OpenID Connect Core §3.1.2.1, `prompt`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Prompt {
    pub(super) none: bool,
    pub(super) login: bool,
    pub(super) consent: bool,
    pub(super) select_account: bool,
}

/// What an `id_token_hint` said (T-09).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hint {
    /// The subject.
    pub(super) subject: String,
    /// Who acted for the subject.
    pub(super) actor: Option<String>,
    /// The browser session.
    pub(super) session: Option<SessionId>,
}

impl Hint {
    /// Who had signed in.
    pub(super) fn is_person(&self, account: AccountId) -> bool {
        *self.actor.as_ref().unwrap_or(&self.subject) == account.to_string()
    }
}

/// A request in which everything that does not depend on the person is in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checked {
    pub(super) client_id: String,
    pub(super) reply: Reply,
    pub(super) redirect_uri_was_sent: bool,
    pub(super) scope: ScopeSet,
    pub(super) code_challenge: String,
    pub(super) nonce: Option<String>,
    pub(super) prompt: Prompt,
    /// Seconds.
    pub(super) max_age: Option<i64>,
    pub(super) login_hint: Option<String>,
    pub(super) hint: Option<Hint>,
    /// The weakest authentication that is acceptable.
    pub(super) acr: Option<Acr>,
    /// The subjects that `claims` demands, one of them; empty: any.
    #[serde(default)]
    pub(super) subjects: Vec<String>,
    pub(super) claims: Option<String>,
    pub(super) audience: String,
    pub(super) audience_is_bound: bool,
}

/// Why a request goes no further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// There is nowhere safe to send this: it is shown.
    Show(Refusal),
    /// It is sent to the client.
    Send(Refusal, Box<Reply>),
}

/// Finds the client and where to answer, from parameters that may be faulty otherwise.
///
/// # Errors
/// What to show.
pub(super) fn reply_for(query: &str, client: Option<&Client>) -> Result<Reply, Refusal> {
    let fields = Params::lenient(query);
    let show = |reason: &'static str| Refusal::new(Code::InvalidRequest, reason);
    let Some(client) = client else {
        return Err(show("client_id is missing, repeated or not registered."));
    };
    let sent = fields.all("redirect_uri").next();
    if sent.is_some() && fields.one("redirect_uri").is_none() {
        return Err(show("redirect_uri is repeated."));
    }
    let sent = sent.filter(|uri| !uri.is_empty());
    let Some(to) = client.return_to(sent) else {
        return Err(show(
            "The address in redirect_uri is not registered for this app.",
        ));
    };
    let mode = fields.one("response_mode").and_then(ResponseMode::parse);
    Ok(Reply {
        to,
        mode: mode.unwrap_or(ResponseMode::Query),
        state: fields
            .one("state")
            .filter(|s| !s.is_empty())
            .map(str::to_owned),
    })
}

/// Checks the rest, in this order.
///
/// # Errors
/// What to send.
pub(super) fn check(
    app: &App,
    client: &Arc<Client>,
    reply: &Reply,
    params: &Params,
) -> Result<Checked, Refusal> {
    refuse_what_is_not_supported(params)?;
    if params.get("response_type").is_none() {
        return refuse("response_type is missing.");
    }
    if let Some(mode) = params.get("response_mode")
        && ResponseMode::parse(mode).is_none()
    {
        return refuse("response_mode must be query, fragment or form_post.");
    }
    if !client.may_use(GrantType::AuthorizationCode) {
        let reason = "The client did not register authorization_code.";
        return Err(Refusal::new(Code::UnauthorizedClient, reason));
    }
    let code_challenge = rfc6749::authorize(&Asked {
        params,
        client_id: &client.id,
        return_to: reply.to.as_str(),
    })?;
    let (acr, subjects) = demands(params)?;
    let (audience, audience_is_bound) = audience(app, client, params)?;
    Ok(Checked {
        client_id: client.id.clone(),
        reply: reply.clone(),
        redirect_uri_was_sent: params.get("redirect_uri").is_some(),
        scope: scope(params)?,
        code_challenge,
        nonce: params.get("nonce").map(str::to_owned),
        prompt: prompt(params)?,
        max_age: max_age(params)?.or(client.registration.default_max_age),
        login_hint: params
            .get("login_hint")
            .map(|h| h.chars().take(254).collect()),
        hint: hint(app, client, params)?,
        acr,
        subjects,
        claims: params.get("claims").map(str::to_owned),
        audience,
        audience_is_bound,
    })
}

fn refuse<T>(reason: &'static str) -> Result<T, Refusal> {
    Err(Refusal::new(Code::InvalidRequest, reason))
}

fn refuse_what_is_not_supported(params: &Params) -> Result<(), Refusal> {
    for (name, code, reason) in [
        (
            "request",
            Code::RequestNotSupported,
            "Request objects are not supported.",
        ),
        (
            "request_uri",
            Code::RequestUriNotSupported,
            "request_uri is not supported.",
        ),
        (
            "registration",
            Code::RegistrationNotSupported,
            "registration is not supported.",
        ),
    ] {
        if params.get(name).is_some() {
            return Err(Refusal::new(code, reason));
        }
    }
    Ok(())
}

fn scope(params: &Params) -> Result<ScopeSet, Refusal> {
    let refuse = |reason| Err(Refusal::new(Code::InvalidScope, reason));
    let Some(text) = params.get("scope") else {
        return refuse("scope is missing."); // T-08
    };
    match ScopeSet::read(text) {
        Err(_) => refuse("scope is malformed."),
        Ok(requested) if requested.scopes.is_empty() => refuse("No scope is known here."),
        Ok(requested) => Ok(requested.scopes),
    }
}

fn prompt(params: &Params) -> Result<Prompt, Refusal> {
    let mut prompt = Prompt::default();
    let Some(text) = params.get("prompt") else {
        return Ok(prompt);
    };
    let words: Vec<_> = text.split(' ').filter(|word| !word.is_empty()).collect();
    for word in &words {
        match *word {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "consent" => prompt.consent = true,
            "select_account" => prompt.select_account = true,
            _ => return refuse("prompt must be none, login, consent or select_account."),
        }
    }
    if prompt.none && words.len() > 1 {
        return refuse("prompt=none goes with no other value.");
    }
    Ok(prompt)
}

fn max_age(params: &Params) -> Result<Option<i64>, Refusal> {
    let Some(text) = params.get("max_age") else {
        return Ok(None);
    };
    match text.parse::<i64>() {
        Ok(age) if age >= 0 && text.bytes().all(|b| b.is_ascii_digit()) => Ok(Some(age)),
        _ => refuse("max_age must be a number of seconds."),
    }
}

fn hint(app: &App, client: &Client, params: &Params) -> Result<Option<Hint>, Refusal> {
    let Some(token) = params.get("id_token_hint") else {
        return Ok(None);
    };
    match app.tokens.read_hint(&app.store, token) {
        Some(claims) if claims.aud == client.id => Ok(Some(Hint {
            subject: claims.sub.clone(),
            actor: claims.act.as_ref().map(|act| act.sub.clone()),
            session: claims.sid,
        })),
        _ => refuse("id_token_hint is not an ID token of this server for this client."),
    }
}

/// What `claims` and `acr_values` demand: a level that must be reached, and a subject.
/// Levels that are only wished for demand nothing.
fn demands(params: &Params) -> Result<(Option<Acr>, Vec<String>), Refusal> {
    let Some(text) = params.get("claims") else {
        return Ok((None, Vec::new()));
    };
    let Ok(Value::Object(claims)) = serde_json::from_str::<Value>(text) else {
        return refuse("claims must be a JSON object.");
    };
    for member in ["userinfo", "id_token"] {
        let value = claims.get(member);
        if value.is_some_and(|v| !v.is_object() && !v.is_null()) {
            return refuse("claims.userinfo and claims.id_token must be JSON objects.");
        }
    }
    let wanted = |name: &str| claims.get("id_token").and_then(|c| c.get(name));
    let subjects = wanted("sub").map(demanded).transpose()?.unwrap_or_default();
    let subjects = subjects.iter().map(|sub| sub.as_str().map(str::to_owned));
    let Some(subjects) = subjects.collect() else {
        return refuse("claims.id_token.sub must be demanded as text.");
    };
    let acr = match wanted("acr") {
        Some(acr) if acr.get("essential") == Some(&Value::Bool(true)) => weakest(acr)?,
        _ => None,
    };
    Ok((acr, subjects))
}

/// The `value` or the `values` that a claim is to have (OpenID Connect Core §5.5.1).
fn demanded(claim: &Value) -> Result<Vec<&Value>, Refusal> {
    match (claim.get("value"), claim.get("values")) {
        (Some(value), _) => Ok(vec![value]),
        (None, Some(Value::Array(values))) => Ok(values.iter().collect()),
        (None, Some(_)) => refuse("values in claims must be a list."),
        (None, None) => Ok(Vec::new()),
    }
}

fn weakest(acr: &Value) -> Result<Option<Acr>, Refusal> {
    let values = demanded(acr)?;
    if values.is_empty() {
        return Ok(None); // any will do
    }
    let known = values
        .iter()
        .filter_map(|v| v.as_str())
        .filter_map(Acr::parse);
    match known.min() {
        Some(acr) => Ok(Some(acr)),
        None => Err(Refusal::new(
            Code::UnmetAuthenticationRequirements,
            "No acr that claims demands is known here.",
        )),
    }
}

/// The resource (RFC 8707), also under its SMART name `aud` (T-06).
fn audience(app: &App, client: &Client, params: &Params) -> Result<(String, bool), Refusal> {
    let mut registered = audiences(app, client);
    let asked = match (params.get("resource"), params.get("aud")) {
        (Some(resource), Some(aud)) if resource != aud => {
            return Err(Refusal::new(
                Code::InvalidTarget,
                "resource and aud differ.",
            ));
        }
        (resource, aud) => resource.or(aud),
    };
    match asked {
        Some(asked) if registered.any(|audience| audience == asked) => Ok((asked.to_owned(), true)),
        Some(_) => Err(Refusal::wrong_target()),
        None => {
            let first = registered.next();
            Ok((
                first.map_or_else(|| app.config.issuer.as_str().to_owned(), Cow::into_owned),
                false,
            ))
        }
    }
}
