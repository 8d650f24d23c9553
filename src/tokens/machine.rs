//! Machines behind tokens: as themselves, or for a provider.
use std::{borrow::Cow, sync::Arc};

use super::{
    AccessClaims, Context, Live, Machine, Source, Told,
    derive::{self, Frame},
    exchange,
    inspect::names_the_same,
};
use crate::{
    access::{self, Scope},
    clients::{Client, GrantType},
    clock::Timestamp,
    id::OrganizationId,
    organizations::Organization,
    service_accounts::{Mode, ServiceAccount},
    store::StoreError,
};

/// Judges a token of a machine: as itself or, with `act`, for a provider.
pub(super) async fn live(
    context: &Context<'_>,
    said: &AccessClaims,
    frame: &Frame<'_>,
    source: Source,
) -> Result<Option<Live>, StoreError> {
    if said.act.is_some() {
        return delegated(context, said, frame, source).await;
    }
    let live = |machine: Machine<'_>| {
        Some(Live {
            claims: derive::machine(&machine, &said.scope, frame)?,
            told: Told::default(),
            standing: None,
            grant: None,
            until: machine.until,
        })
    };
    if let Ok(id) = said.sub.parse() {
        let Some(account) = context.service_accounts.find(context.store, id).await? else {
            return Ok(None);
        };
        let machine = account_as_machine(context, &account, source).await?;
        return Ok(machine.and_then(live));
    }
    let Some(client) = context.clients.find(context.store, &said.sub).await? else {
        return Ok(None);
    };
    let machine = client_as_machine(context, &client, source).await?;
    Ok(machine.and_then(live))
}

async fn delegated(
    context: &Context<'_>,
    said: &AccessClaims,
    frame: &Frame<'_>,
    source: Source,
) -> Result<Option<Live>, StoreError> {
    let Ok(id) = said.client_id.parse() else {
        return Ok(None);
    };
    let Some(account) = context.service_accounts.find(context.store, id).await? else {
        return Ok(None);
    };
    let Some(until) = proven_until(context, &account, source) else {
        return Ok(None);
    };
    let Some(relation) = exchange::relation_of(said) else {
        return Ok(None);
    };
    let found = context.acting(&relation).await?;
    let Some(standing) = found.and_then(|found| found.within(said.roles.as_deref())) else {
        return Ok(None);
    };
    let client_id = account.id.to_string();
    let claims = derive::delegate(&standing, &client_id, &said.scope, frame);
    let claims = claims.filter(|claims| names_the_same(claims, said));
    Ok(claims.map(|claims| Live {
        claims,
        told: Told::default(),
        standing: Some(standing),
        grant: None,
        until,
    }))
}

/// Until when the proof named by `source` is good by itself; `None` when it is not good now.
fn proven_until(
    context: &Context<'_>,
    account: &ServiceAccount,
    source: Source,
) -> Option<Option<Timestamp>> {
    let Source::ApiKey(key) = source else {
        let registration = &account.registration;
        let has_keys = registration.jwks.is_some() || registration.jwks_uri.is_some();
        return has_keys.then_some(None);
    };
    let key = account.live_key(key, context.store.now());
    key.map(|key| Some(key.expires_at))
}

/// The service account as itself, while the proof named by `source` stands. It has its scopes
/// only in mode `application` (DOMAIN.md 8).
///
/// # Errors
/// The database is away.
pub async fn account_as_machine<'a>(
    context: &Context<'_>,
    account: &'a ServiceAccount,
    source: Source,
) -> Result<Option<Machine<'a>>, StoreError> {
    let Some(until) = proven_until(context, account, source) else {
        return Ok(None);
    };
    let Some(organization) = active(context, account.organization).await? else {
        return Ok(None);
    };
    let registration = &account.registration;
    Ok(Some(Machine {
        id: account.id.to_string(),
        organization,
        scopes: match account.may(Mode::Application) {
            true => Cow::Borrowed(&registration.scopes),
            false => Cow::default(),
        },
        purposes: &registration.purposes,
        may_be_bare: account.may(Mode::Provider),
        source,
        until,
    }))
}

/// The client as itself, if it may be. Of its scopes only `system/` and `introspect` are its own
/// (DOMAIN.md 8).
///
/// # Errors
/// The database is away.
pub async fn client_as_machine<'a>(
    context: &Context<'_>,
    client: &'a Client,
    source: Source,
) -> Result<Option<Machine<'a>>, StoreError> {
    if !client.is_confidential() || !client.may_use(GrantType::ClientCredentials) {
        return Ok(None);
    }
    let Some(organization) = active(context, client.organization).await? else {
        return Ok(None);
    };
    let is_its_own = |scope: &&Scope| {
        scope.context() == Some(access::Context::System) || **scope == Scope::Introspect
    };
    let scopes = client.allowed_scopes().iter().filter(is_its_own);
    Ok(Some(Machine {
        id: client.id.clone(),
        organization,
        scopes: Cow::Owned(scopes.cloned().collect()),
        purposes: &[],
        may_be_bare: false,
        source,
        until: None,
    }))
}

/// The tenant, where there is one. `None` when it is not in use.
async fn active(
    context: &Context<'_>,
    organization: Option<OrganizationId>,
) -> Result<Option<Option<Arc<Organization>>>, StoreError> {
    match organization {
        None => Ok(Some(None)),
        Some(id) => Ok(context.active(id).await?.map(Some)),
    }
}
