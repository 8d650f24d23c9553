//! `/api/v1/organizations/{org}/service-accounts`: the machines of an organization.
use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::get,
};
use utoipa::OpenApi;

use super::{
    caller::Caller,
    json::{self, Input, List},
    paging::Paging,
    problem::{self, Kind, Problem},
    service_account_input::{ServiceAccountChange, ServiceAccountInput},
    service_account_shown::Machine,
};
use crate::{
    access::{Permission, ScopeSet},
    delegations,
    id::OrganizationId,
    organizations::Organization,
    service_accounts::{self, NameTaken, ServiceAccount, may_hand_out},
    store::Tx,
    web::App,
};

pub(super) fn routes() -> Router<App> {
    let place = "/api/v1/organizations/{org}/service-accounts";
    Router::new().route(place, get(list).post(register)).route(
        &format!("{place}/{{id}}"),
        get(show).patch(change).delete(remove),
    )
}

#[derive(OpenApi)]
#[openapi(paths(list, register, show, change, remove))]
pub(super) struct Document;

/// The service accounts of the organization.
#[utoipa::path(
    get, path = "/api/v1/organizations/{org}/service-accounts",
    responses((status = 200, body = List<Machine>), (status = 404, body = problem::Body)),
    security(("bearer" = ["service_accounts:read"]))
)]
async fn list(
    caller: Caller,
    Path(org): Path<String>,
    paging: Paging,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::ServiceAccountsRead, &org).await?;
    let mut tx = caller.read().await?;
    let place = (paging.after(), paging.rows());
    let found = service_accounts::page(&mut tx, organization.id, place).await?;
    let page = paging.list(found, |account| account.id.to_string());
    let now = tx.now();
    let shown = |account| Machine::of(account, now);
    Ok(json::show(List {
        items: page.items.iter().map(shown).collect(),
        next: page.next,
    }))
}

/// Registers a service account. Administrative scopes are those that the caller holds himself
/// at most.
#[utoipa::path(
    post, path = "/api/v1/organizations/{org}/service-accounts", request_body = ServiceAccountInput,
    responses((status = 201, body = Machine), (status = 403, body = problem::Body), (status = 409, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["service_accounts:write"]))
)]
async fn register(
    State(app): State<App>,
    caller: Caller,
    Path(org): Path<String>,
    Input(input): Input<ServiceAccountInput>,
) -> Result<Response, Problem> {
    let organization = caller
        .may_in(Permission::ServiceAccountsWrite, &org)
        .await?;
    let (name, registration) = input.read()?;
    hands_out(&caller, &registration.scopes)?;
    let mut tx = caller.write().await?;
    let account = ServiceAccount {
        id: tx.id(),
        organization: Some(organization.id),
        name,
        is_active: true,
        registration,
        keys: Vec::new(),
    };
    let answer = service_accounts::register(&mut tx, &account, &caller.doer()).await?;
    answer.map_err(taken)?;
    let shown = Machine::of(&account, tx.now());
    tx.commit().await?;
    let (org, id) = (organization.id, account.id);
    let place = format!("/api/v1/organizations/{org}/service-accounts/{id}");
    Ok(json::created(&app.config.issuer.url(&place), shown))
}

fn taken(_: NameTaken) -> Problem {
    Problem::of(Kind::Conflict("name_taken"))
}

/// Nobody gets by a machine what he may not do himself; a machine, nothing that it has not.
pub(super) fn hands_out(caller: &Caller, scopes: &ScopeSet) -> Result<(), Problem> {
    let may = match caller.account() {
        Some(_) => may_hand_out(scopes, caller.held()),
        None => caller.held().covers_all(scopes),
    };
    match may {
        true => Ok(()),
        false => Err(Problem::of(Kind::InsufficientPermission)),
    }
}

/// One service account.
#[utoipa::path(
    get, path = "/api/v1/organizations/{org}/service-accounts/{id}",
    responses((status = 200, body = Machine), (status = 404, body = problem::Body)),
    security(("bearer" = ["service_accounts:read"]))
)]
async fn show(
    caller: Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::ServiceAccountsRead, &org).await?;
    let mut tx = caller.read().await?;
    let account = find(&mut tx, organization.id, &id).await?;
    Ok(json::show(Machine::of(&account, tx.now())))
}

/// Changes a service account: true at once, for tokens that it has, too.
#[utoipa::path(
    patch, path = "/api/v1/organizations/{org}/service-accounts/{id}", request_body = ServiceAccountChange,
    responses((status = 200, body = Machine), (status = 403, body = problem::Body), (status = 409, body = problem::Body), (status = 412, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["service_accounts:write"]))
)]
async fn change(
    caller: Caller,
    Path((org, id)): Path<(String, String)>,
    headers: HeaderMap,
    Input(input): Input<ServiceAccountChange>,
) -> Result<Response, Problem> {
    let (_, mut tx, before) = begin(&caller, &org, &id).await?;
    json::check_match(&headers, &Machine::of(&before, tx.now()))?;
    let changed = input.read(&before)?;
    let is_new = |scope: &&_| !before.registration.scopes.contains(scope);
    let gives = changed.registration.scopes.iter().filter(is_new);
    hands_out(&caller, &gives.cloned().collect())?;
    let keys = |account: &ServiceAccount| {
        let registration = &account.registration;
        (registration.jwks.clone(), registration.jwks_uri.clone())
    };
    if keys(&changed) != keys(&before) || (changed.is_active && !before.is_active) {
        hands_out(&caller, &changed.registration.scopes)?; // whoever has the key has them all
    }
    let answer = service_accounts::change(&mut tx, &changed, &caller.doer()).await?;
    answer.map_err(taken)?;
    let shown = Machine::of(&changed, tx.now());
    tx.commit().await?;
    Ok(json::show(shown))
}

/// Removes a service account with its keys and delegations, at once.
#[utoipa::path(
    delete, path = "/api/v1/organizations/{org}/service-accounts/{id}",
    responses((status = 204), (status = 404, body = problem::Body), (status = 412, body = problem::Body)),
    security(("bearer" = ["service_accounts:write"]))
)]
async fn remove(
    caller: Caller,
    Path((org, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (_, mut tx, account) = begin(&caller, &org, &id).await?;
    json::check_match(&headers, &Machine::of(&account, tx.now()))?;
    delegations::remove_machine(&mut tx, &account, &caller.doer()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A change to a service account of the organization.
pub(super) async fn begin(
    caller: &Caller,
    org: &str,
    id: &str,
) -> Result<(Arc<Organization>, Tx, ServiceAccount), Problem> {
    let organization = caller.may_in(Permission::ServiceAccountsWrite, org).await?;
    let mut tx = caller.write().await?;
    let account = find(&mut tx, organization.id, id).await?;
    Ok((organization, tx, account))
}

/// A service account of the organization; any other is not there (N-15).
pub(super) async fn find(
    tx: &mut Tx,
    organization: OrganizationId,
    id: &str,
) -> Result<ServiceAccount, Problem> {
    let missing = || Problem::of(Kind::NotFound);
    let id = id.parse().map_err(|_| missing())?;
    let found = service_accounts::find(tx, id).await?;
    found
        .filter(|account| account.organization == Some(organization))
        .ok_or_else(missing)
}
