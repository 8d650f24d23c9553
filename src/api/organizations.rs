//! `/api/v1/organizations`: tenants and their settings.
use axum::{Router, extract::Path, http::HeaderMap, response::Response, routing::get};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{OpenApi, ToSchema};

use super::{
    caller::Caller,
    checks::Checks,
    json::{self, Input, List},
    organization_new,
    problem::{self, Kind, Problem},
};
use crate::{
    access::Permission,
    id::OrganizationId,
    organizations::{self, Organization, Settings, Status},
    web::App,
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(
            "/api/v1/organizations",
            get(list).post(organization_new::make),
        )
        .route("/api/v1/organizations/{org}", get(show).patch(change))
}

#[derive(OpenApi)]
#[openapi(paths(list, show, change, organization_new::make))]
pub(super) struct Document;

/// A tenant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Organization)]
pub(super) struct Shown {
    #[schema(value_type = uuid::Uuid)]
    id: OrganizationId,
    name: String,
    #[schema(value_type = String)]
    status: Status,
    #[schema(value_type = Object)]
    settings: Settings,
}

impl Shown {
    pub(super) fn of(organization: &Organization) -> Self {
        Self {
            id: organization.id,
            name: organization.name.clone(),
            status: organization.status,
            settings: organization.settings.clone(),
        }
    }
}

/// The organization of the token.
#[utoipa::path(
    get, path = "/api/v1/organizations",
    responses((status = 200, body = List<Shown>), (status = 403, body = problem::Body)),
    security(("bearer" = ["org:read"]))
)]
async fn list(caller: Caller) -> Result<Response, Problem> {
    let id = caller.organization();
    let id = id.ok_or(Problem::of(Kind::InsufficientPermission))?;
    let organization = caller.may_in(Permission::OrgRead, &id.to_string()).await?;
    Ok(json::show(List::whole(vec![Shown::of(&organization)])))
}

/// One organization.
#[utoipa::path(
    get, path = "/api/v1/organizations/{org}",
    responses((status = 200, body = Shown), (status = 404, body = problem::Body)),
    security(("bearer" = ["org:read"]))
)]
async fn show(caller: Caller, Path(org): Path<String>) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::OrgRead, &org).await?;
    Ok(json::show(Shown::of(&organization)))
}

/// What may be changed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OrganizationChange {
    name: Option<String>,
    /// Settings to change; the others stay.
    #[schema(value_type = Option<Object>)]
    settings: Option<Map<String, Value>>,
}

/// Changes name or settings.
#[utoipa::path(
    patch, path = "/api/v1/organizations/{org}", request_body = OrganizationChange,
    responses((status = 200, body = Shown), (status = 409, body = problem::Body), (status = 412, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["org:write"]))
)]
async fn change(
    caller: Caller,
    Path(org): Path<String>,
    headers: HeaderMap,
    Input(input): Input<OrganizationChange>,
) -> Result<Response, Problem> {
    let known = caller.may_in(Permission::OrgWrite, &org).await?;
    let mut tx = caller.write().await?;
    organizations::hold(&mut tx, known.id).await?;
    let found = organizations::get(&mut tx, known.id).await?;
    let mut organization = found.ok_or(Problem::of(Kind::NotFound))?;
    json::check_match(&headers, &Shown::of(&organization))?;
    let mut checks = Checks::default();
    if let Some(name) = &input.name {
        organization.name = checks.name("name", name);
    }
    if let Some(changes) = &input.settings {
        match organization.settings.changed(changes) {
            Ok(settings) => organization.settings = settings,
            Err(faults) => {
                for fault in faults {
                    checks.fault(&format!("settings.{}", fault.field), "invalid");
                }
            }
        }
    }
    checks.finish()?;
    if !organizations::change(&mut tx, &organization, &caller.doer()).await? {
        return Err(Problem::of(Kind::Conflict("name_taken")));
    }
    tx.commit().await?;
    Ok(json::show(Shown::of(&organization)))
}
