//! Machines behind tokens: as themselves, or for a provider.
use std::sync::Arc;

use super::{
    AccessClaims, Context, Live, Machine, Source, Told,
    derive::{self, Frame},
    exchange,
    inspect::names_the_same,
};
use crate::{
    access::{self, Scope, ScopeSet},
    clients::GrantType,
    clock::Timestamp,
    id::{OrganizationId, ServiceAccountId},
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
    let Some(machine) = find_machine(context, &said.sub, source).await? else {
        return Ok(None);
    };
    let claims = derive::machine(&machine, &said.scope, frame);
    Ok(claims.map(|claims| Live {
        claims,
        told: Told::default(),
        standing: None,
        grant: None,
        until: machine.until,
    }))
}

async fn delegated(
    context: &Context<'_>,
    said: &AccessClaims,
    frame: &Frame<'_>,
    source: Source,
) -> Result<Option<Live>, StoreError> {
    let proven = proven(context, &said.client_id, source).await?;
    let Some((account, until)) = proven else {
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

/// The service account, if it may be used and the proof named by `source` still stands, and
/// until when that proof is good by itself.
async fn proven(
    context: &Context<'_>,
    id: &str,
    source: Source,
) -> Result<Option<(Arc<ServiceAccount>, Option<Timestamp>)>, StoreError> {
    let Ok(id) = id.parse::<ServiceAccountId>() else {
        return Ok(None);
    };
    let Some(account) = context.service_accounts.find(context.store, id).await? else {
        return Ok(None);
    };
    let Source::ApiKey(key) = source else {
        let registration = &account.registration;
        let has_keys = registration.jwks.is_some() || registration.jwks_uri.is_some();
        return Ok(has_keys.then_some((account, None)));
    };
    let until = account.live_key(key, context.store.now());
    let until = until.map(|key| key.expires_at);
    Ok(until.map(|until| (account, Some(until))))
}

/// The machine named `id`, if it may be used and the proof named by `source` still stands.
/// A service account has its scopes only in mode `application`; of a client's only
/// `system/` and `introspect` are its own (DOMAIN.md 8).
///
/// # Errors
/// The database is away.
pub async fn find_machine(
    context: &Context<'_>,
    id: &str,
    source: Source,
) -> Result<Option<Machine>, StoreError> {
    if id.parse::<ServiceAccountId>().is_err() {
        return client_machine(context, id, source).await;
    }
    let Some((account, until)) = proven(context, id, source).await? else {
        return Ok(None);
    };
    let scopes = match account.may(Mode::Application) {
        true => account.registration.scopes.clone(),
        false => ScopeSet::default(),
    };
    let Some(organization) = active(context, account.organization).await? else {
        return Ok(None);
    };
    Ok(Some(Machine {
        id: id.to_owned(),
        organization,
        scopes,
        purposes: account.registration.purposes.clone(),
        may_be_bare: account.may(Mode::Provider),
        source,
        until,
    }))
}

async fn client_machine(
    context: &Context<'_>,
    id: &str,
    source: Source,
) -> Result<Option<Machine>, StoreError> {
    let Some(client) = context.clients.find(context.store, id).await? else {
        return Ok(None);
    };
    if !client.is_confidential() || !client.may_use(GrantType::ClientCredentials) {
        return Ok(None);
    }
    let Some(organization) = active(context, client.organization).await? else {
        return Ok(None);
    };
    let is_its_own = |scope: &&Scope| {
        scope.context() == Some(access::Context::System) || **scope == Scope::Introspect
    };
    Ok(Some(Machine {
        id: id.to_owned(),
        organization,
        scopes: client
            .allowed_scopes()
            .iter()
            .filter(is_its_own)
            .cloned()
            .collect(),
        purposes: Vec::new(),
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
