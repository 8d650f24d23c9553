//! `client_credentials` (RFC 6749 §4.4): a machine as itself (DOMAIN.md 8).
//!
//! The hot path of services: everything it needs is in memory, and nothing is written
//! but the audit event, later.
use super::registered_audience;
use crate::{
    access::ScopeSet,
    audit::{Action, Event},
    oauth::{
        Code, Refusal,
        client_auth::Caller,
        rfc6749,
        token::{Answer, Request, Yield},
    },
    service_accounts,
    tokens::{self, Source},
    web::{App, Failure},
};

/// Issues a machine's token.
pub(in crate::oauth) async fn issue(request: &Request<'_>) -> Result<Answer, Failure> {
    let app = request.app;
    let context = app.state();
    let (machine, audiences) = match request.caller {
        Caller::Machine(account, source) => (
            tokens::account_as_machine(&context, account, *source).await?,
            &account.registration.audiences,
        ),
        Caller::Client(client) => (
            tokens::client_as_machine(&context, client, Source::Itself).await?,
            &client.registration.audiences,
        ),
    };
    let Some(machine) = machine else {
        return Ok(Err(Refusal::unregistered_grant()));
    };
    if let Err(refusal) = rfc6749::client_credentials(request.params, &machine.id) {
        return Ok(Err(refusal));
    }
    let organization = machine.organization.as_deref();
    let asked = request.params.get("resource");
    let audience = match registered_audience(app, organization, audiences, asked) {
        Ok(audience) => audience,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let nothing = || Refusal::new(Code::InvalidScope, "None of the scopes can be granted.");
    let requested = match request.params.get("scope").map(ScopeSet::read) {
        None => None,
        Some(Ok(requested)) if !requested.scopes.is_empty() => Some(requested.scopes),
        Some(_) => return Ok(Err(nothing())),
    };
    let scope = requested.as_ref().unwrap_or(&machine.scopes); // T-08
    let wanted = (scope, audience.as_str());
    let issued = app
        .tokens
        .issue_to_machine(&machine, wanted, app.store.random(), request.now)?;
    let Some(issued) = issued else {
        return Ok(Err(nothing()));
    };
    if let Source::ApiKey(key) = machine.source {
        note_use(app, key);
    }
    let event = Event::done(Action::TokenIssued)
        .within(machine.organization.map(|organization| organization.id))
        .by_itself(machine.id);
    app.later.record(event, request.origin).await;
    Ok(Ok(Yield {
        issued,
        refresh_token: None,
        issued_token_type: None,
    }))
}

/// Writes down, beside the request and at most once a minute, that the key was used.
pub(super) fn note_use(app: &App, key: crate::id::ApiKeyId) {
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
