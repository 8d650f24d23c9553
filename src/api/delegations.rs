//! `/api/v1/organizations/{org}/delegations` and `/api/v1/me/delegations`: which machine may
//! act for which provider.
use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::{
    caller::Caller,
    json::{self, Input, List},
    paging::Paging,
    problem::{self, Kind, Problem},
};
use crate::{
    access::{Permission, ScopeSet},
    accounts,
    capacity::Role,
    clock::Timestamp,
    delegations::{self, DelegateRefusal, Delegation, Filter, NewDelegation, Status},
    id::{AccountId, DelegationId, OrganizationId, ServiceAccountId},
    organizations::Organization,
    service_accounts,
    store::{StoreError, Tx},
    web::App,
};

pub(super) fn routes() -> Router<App> {
    let place = "/api/v1/organizations/{org}/delegations";
    Router::new()
        .route(place, get(list).post(make))
        .route(&format!("{place}/{{id}}"), get(show).delete(revoke))
        .route("/api/v1/me/delegations", get(mine).post(make_mine))
        .route(
            "/api/v1/me/delegations/{id}",
            get(show_mine).delete(revoke_mine),
        )
}

#[derive(OpenApi)]
#[openapi(paths(list, make, show, revoke, mine, make_mine, show_mine, revoke_mine))]
pub(super) struct Document;

/// A machine's permission to act for a provider.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delegation)]
struct Shown {
    /// `act.relation_id` of the tokens under it.
    #[schema(value_type = uuid::Uuid)]
    id: DelegationId,
    #[schema(value_type = uuid::Uuid)]
    organization_id: OrganizationId,
    #[schema(value_type = uuid::Uuid)]
    service_account_id: ServiceAccountId,
    /// The machine's name.
    service_account_name: String,
    #[schema(value_type = uuid::Uuid)]
    provider_account_id: AccountId,
    /// The provider's name.
    provider_name: String,
    /// The most it may reach.
    #[schema(value_type = Vec<String>)]
    scopes: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// The provider himself, or who did it for the organization.
    #[schema(value_type = uuid::Uuid)]
    granted_by: AccountId,
    /// `active` or `expired`.
    #[schema(value_type = String)]
    status: Status,
}

impl Shown {
    async fn of(tx: &mut Tx, delegation: Delegation) -> Result<Self, StoreError> {
        let account = service_accounts::find(tx, delegation.service_account).await?;
        let provider = accounts::account(tx, delegation.provider).await?;
        Ok(Self {
            id: delegation.id,
            organization_id: delegation.organization,
            service_account_id: delegation.service_account,
            service_account_name: account.map(|account| account.name).unwrap_or_default(),
            provider_account_id: delegation.provider,
            provider_name: provider.map(|who| who.display_name).unwrap_or_default(),
            scopes: delegation.scopes.iter().map(ToString::to_string).collect(),
            starts_at: delegation.starts_at,
            ends_at: delegation.ends_at,
            granted_by: delegation.granted_by,
            status: delegation.status(tx.now()),
        })
    }
}

/// A delegation to be made for a provider.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DelegationInput {
    /// An active member of the organization.
    provider_account_id: String,
    /// A service account of the organization with the mode `provider`.
    service_account_id: String,
    /// `user/` scopes; others are left out.
    #[schema(value_type = Vec<String>)]
    scopes: ScopeSet,
    /// From when on; at once when left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<Timestamp>,
    /// At most `delegation_max_days` from now.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
}

/// A delegation that a provider makes himself.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OwnDelegationInput {
    /// A service account of the organization with the mode `provider`.
    service_account_id: String,
    /// `user/` scopes; others are left out.
    #[schema(value_type = Vec<String>)]
    scopes: ScopeSet,
    /// From when on; at once when left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<Timestamp>,
    /// At most `delegation_max_days` from now.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
}

fn refuse(refusal: DelegateRefusal) -> Problem {
    let (field, code) = match refusal {
        DelegateRefusal::UnknownServiceAccount => ("service_account_id", "unknown"),
        DelegateRefusal::NotForProviders => ("service_account_id", "mode_missing"),
        DelegateRefusal::NotProvider => ("provider_account_id", "not_a_provider"),
        DelegateRefusal::Scopes => ("scopes", "not_delegable"),
        DelegateRefusal::StartsAt => ("starts_at", "out_of_range"),
        DelegateRefusal::EndsAt => ("ends_at", "out_of_range"),
    };
    Problem::field(field, code)
}

/// The delegations of the organization that were not revoked. Filters: `provider`,
/// `service_account`.
#[utoipa::path(
    get, path = "/api/v1/organizations/{org}/delegations",
    responses((status = 200, body = List<Shown>), (status = 404, body = problem::Body)),
    security(("bearer" = ["delegations:write"]))
)]
async fn list(
    caller: Caller,
    Path(org): Path<String>,
    paging: Paging,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::DelegationsWrite, &org).await?;
    let filter = Filter {
        provider: paging.parsed("provider")?,
        service_account: paging.parsed("service_account")?,
    };
    page(&caller, organization.id, &filter, &paging).await
}

async fn page(
    caller: &Caller,
    organization: OrganizationId,
    filter: &Filter,
    paging: &Paging,
) -> Result<Response, Problem> {
    let mut tx = caller.read().await?;
    let place = (paging.after(), paging.rows());
    let found = delegations::page(&mut tx, organization, filter, place).await?;
    let page = paging.list(found, |delegation| delegation.id.to_string());
    let mut items = Vec::new();
    for delegation in page.items {
        items.push(Shown::of(&mut tx, delegation).await?);
    }
    let next = page.next;
    Ok(json::show(List { items, next }))
}

/// Lets a machine act for a provider. Only a person can: no machine makes itself a provider.
#[utoipa::path(
    post, path = "/api/v1/organizations/{org}/delegations", request_body = DelegationInput,
    responses((status = 201, body = Shown), (status = 403, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["delegations:write"]))
)]
async fn make(
    State(app): State<App>,
    caller: Caller,
    Path(org): Path<String>,
    Input(input): Input<DelegationInput>,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::DelegationsWrite, &org).await?;
    let by = caller
        .account()
        .ok_or(Problem::of(Kind::InsufficientPermission))?;
    let provider = input
        .provider_account_id
        .parse()
        .map_err(|_| refuse(DelegateRefusal::NotProvider))?;
    let new = NewDelegation {
        service_account: service_account(&input.service_account_id)?,
        provider,
        scopes: input.scopes,
        starts_at: input.starts_at,
        ends_at: input.ends_at,
    };
    let place = format!("/api/v1/organizations/{}/delegations", organization.id);
    store(&app, &caller, (&organization, &place), (new, by)).await
}

fn service_account(id: &str) -> Result<ServiceAccountId, Problem> {
    id.parse()
        .map_err(|_| refuse(DelegateRefusal::UnknownServiceAccount))
}

async fn store(
    app: &App,
    caller: &Caller,
    (organization, place): (&Organization, &str),
    (new, by): (NewDelegation, AccountId),
) -> Result<Response, Problem> {
    let mut tx = caller.write().await?;
    let made = delegations::delegate(&mut tx, organization, new, by).await?;
    let delegation = made.map_err(refuse)?;
    let id = delegation.id;
    let shown = Shown::of(&mut tx, delegation).await?;
    tx.commit().await?;
    Ok(json::created(
        &app.config.issuer.url(&format!("{place}/{id}")),
        shown,
    ))
}

/// One delegation.
#[utoipa::path(
    get, path = "/api/v1/organizations/{org}/delegations/{id}",
    responses((status = 200, body = Shown), (status = 404, body = problem::Body)),
    security(("bearer" = ["delegations:write"]))
)]
async fn show(
    caller: Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::DelegationsWrite, &org).await?;
    let mut tx = caller.read().await?;
    let delegation = find(&mut tx, organization.id, &id).await?;
    Ok(json::show(Shown::of(&mut tx, delegation).await?))
}

/// Ends a delegation at once.
#[utoipa::path(
    delete, path = "/api/v1/organizations/{org}/delegations/{id}",
    responses((status = 204), (status = 404, body = problem::Body)),
    security(("bearer" = ["delegations:write"]))
)]
async fn revoke(
    caller: Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::DelegationsWrite, &org).await?;
    let by = caller
        .account()
        .ok_or(Problem::of(Kind::InsufficientPermission))?;
    let mut tx = caller.write().await?;
    let delegation = find(&mut tx, organization.id, &id).await?;
    finish(tx, &delegation, by).await
}

async fn finish(mut tx: Tx, delegation: &Delegation, by: AccountId) -> Result<Response, Problem> {
    delegations::revoke(&mut tx, delegation, by).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Who may act for the provider himself.
#[utoipa::path(
    get, path = "/api/v1/me/delegations",
    responses((status = 200, body = List<Shown>), (status = 403, body = problem::Body)),
    security(("bearer" = ["account"]))
)]
async fn mine(caller: Caller, paging: Paging) -> Result<Response, Problem> {
    let (me, organization) = provider(&caller)?;
    let filter = Filter {
        provider: Some(me),
        service_account: None,
    };
    page(&caller, organization.id, &filter, &paging).await
}

/// A provider lets a machine act for him.
#[utoipa::path(
    post, path = "/api/v1/me/delegations", request_body = OwnDelegationInput,
    responses((status = 201, body = Shown), (status = 403, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["account"]))
)]
async fn make_mine(
    State(app): State<App>,
    caller: Caller,
    Input(input): Input<OwnDelegationInput>,
) -> Result<Response, Problem> {
    let (me, organization) = provider(&caller)?;
    let new = NewDelegation {
        service_account: service_account(&input.service_account_id)?,
        provider: me,
        scopes: input.scopes,
        starts_at: input.starts_at,
        ends_at: input.ends_at,
    };
    let place = (&*organization, "/api/v1/me/delegations");
    store(&app, &caller, place, (new, me)).await
}

/// One of the provider's own.
#[utoipa::path(
    get, path = "/api/v1/me/delegations/{id}",
    responses((status = 200, body = Shown), (status = 404, body = problem::Body)),
    security(("bearer" = ["account"]))
)]
async fn show_mine(caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let mut tx = caller.read().await?;
    let (_, delegation) = own(&mut tx, &caller, &id).await?;
    Ok(json::show(Shown::of(&mut tx, delegation).await?))
}

/// The provider ends one of his own at once.
#[utoipa::path(
    delete, path = "/api/v1/me/delegations/{id}",
    responses((status = 204), (status = 404, body = problem::Body)),
    security(("bearer" = ["account"]))
)]
async fn revoke_mine(caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let mut tx = caller.write().await?;
    let (me, delegation) = own(&mut tx, &caller, &id).await?;
    finish(tx, &delegation, me).await
}

/// The caller as the provider that he is here.
fn provider(caller: &Caller) -> Result<(AccountId, Arc<Organization>), Problem> {
    let standing = caller.person()?;
    match standing.role {
        Role::Provider { .. } => Ok((standing.subject.id, Arc::clone(&standing.organization))),
        _ => Err(Problem::of(Kind::InsufficientPermission)),
    }
}

async fn own(tx: &mut Tx, caller: &Caller, id: &str) -> Result<(AccountId, Delegation), Problem> {
    let (me, organization) = provider(caller)?;
    let delegation = find(tx, organization.id, id).await?;
    match delegation.provider == me {
        true => Ok((me, delegation)),
        false => Err(Problem::of(Kind::NotFound)),
    }
}

/// A delegation of the organization that was not revoked; any other is not there (N-15).
async fn find(tx: &mut Tx, organization: OrganizationId, id: &str) -> Result<Delegation, Problem> {
    let missing = || Problem::of(Kind::NotFound);
    let id = id.parse().map_err(|_| missing())?;
    let found = delegations::find(tx, id).await?;
    found
        .filter(|found| found.organization == organization && found.revoked_at.is_none())
        .ok_or_else(missing)
}
