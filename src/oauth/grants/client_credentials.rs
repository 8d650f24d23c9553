//! `client_credentials` (RFC 6749 §4.4): a machine as itself (DOMAIN.md 8).
//!
//! The hot path of services: everything it needs is in memory, and nothing is written
//! but the audit event, later.
use crate::{
    access::ScopeSet,
    audit::{Action, Event},
    oauth::{
        Code, Refusal,
        client_auth::Caller,
        full_audience, rfc6749,
        token::{Answer, Request, Yield},
    },
    service_accounts,
    tokens::{self, Machine, Source},
    web::{App, Failure},
};

/// Issues a machine's token.
pub(in crate::oauth) async fn issue(request: &Request<'_>) -> Result<Answer, Failure> {
    let (app, caller) = (request.app, request.caller);
    let id = caller.id();
    if let Err(refusal) = rfc6749::client_credentials(request.params, &id) {
        return Ok(Err(refusal));
    }
    let (source, audiences) = match caller {
        Caller::Machine(account, source) => (*source, &account.registration.audiences),
        Caller::Client(client) => (Source::Itself, &client.registration.audiences),
    };
    let Some(machine) = tokens::find_machine(&app.state(), &id, source).await? else {
        let reason = "The client did not register this grant type.";
        return Ok(Err(Refusal::new(Code::UnauthorizedClient, reason)));
    };
    let audience = match audience(request, &machine, audiences) {
        Ok(audience) => audience,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let nothing = || Refusal::new(Code::InvalidScope, "None of the scopes can be granted.");
    let scope = match request.params.get("scope") {
        None => machine.scopes.clone(), // T-08
        Some(text) => match ScopeSet::read(text) {
            Ok(requested) => requested.scopes,
            Err(_) => return Ok(Err(nothing())),
        },
    };
    let (random, now) = (app.store.random(), app.store.now());
    let issued = app
        .tokens
        .issue_to_machine(&machine, (&scope, &audience), random, now)?;
    let Some(issued) = issued else {
        return Ok(Err(nothing()));
    };
    if let Source::ApiKey(key) = source {
        note_use(app, key);
    }
    let event = Event::done(Action::TokenIssued)
        .by_machine("service_account", id.as_str())
        .about(&id)
        .through(id.as_str())
        .within(machine.organization.as_ref().map(|o| o.id));
    app.later.record(event, request.origin).await;
    Ok(Ok(Yield {
        issued,
        refresh_token: None,
    }))
}

/// The resource that is asked for, or the first registered one (T-06).
fn audience(
    request: &Request<'_>,
    machine: &Machine,
    registered: &[String],
) -> Result<String, Refusal> {
    let app = request.app;
    let defaults = match &machine.organization {
        Some(organization) if registered.is_empty() => organization.default_audiences(),
        None if registered.is_empty() => vec!["self".to_owned()],
        _ => registered.to_vec(),
    };
    let mut all = defaults.iter().map(|audience| full_audience(app, audience));
    match request.params.get("resource") {
        Some(asked) => all
            .find(|audience| audience == asked)
            .ok_or_else(Refusal::wrong_target),
        None => Ok(all
            .next()
            .unwrap_or_else(|| app.config.issuer.as_str().to_owned())),
    }
}

/// Writes down, beside the request and at most once a minute, that the key was used.
fn note_use(app: &App, key: crate::id::ApiKeyId) {
    if !app.key_uses.is_due(key, app.store.now()) {
        return;
    }
    let app = app.clone();
    tokio::spawn(async move {
        let noted = async {
            let mut tx = app.store.write().await?;
            service_accounts::note_use(&mut tx, key).await?;
            tx.commit().await
        };
        if let Err(error) = noted.await {
            tracing::debug!(%error, "the use of a key was not noted");
        }
    });
}
