//! `/api/v1/organizations/{org}/solutions`: groups of databases.
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
    checks::Checks,
    json::{self, Input, List},
    problem::{self, Kind, Problem},
};
use crate::{
    access::Permission,
    audit::{self, Action, Event},
    id::{OrganizationId, SolutionId},
    organizations::{self, Solution},
    store::{StoreError, Tx},
    web::App,
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(
            "/api/v1/organizations/{org}/solutions",
            get(list_solutions).post(create_solution),
        )
        .route(
            "/api/v1/organizations/{org}/solutions/{sid}",
            get(show_solution)
                .patch(rename_solution)
                .delete(archive_solution),
        )
}

#[derive(OpenApi)]
#[openapi(paths(
    list_solutions,
    show_solution,
    create_solution,
    rename_solution,
    archive_solution
))]
pub(super) struct Document;

/// A group of databases.
#[derive(Debug, Serialize, ToSchema)]
struct SolutionShown {
    #[schema(value_type = uuid::Uuid)]
    id: SolutionId,
    #[schema(value_type = uuid::Uuid)]
    organization_id: OrganizationId,
    name: String,
}

impl From<Solution> for SolutionShown {
    fn from(solution: Solution) -> Self {
        Self {
            id: solution.id,
            organization_id: solution.organization_id,
            name: solution.name,
        }
    }
}

/// The name of a solution or a database.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NameInput {
    /// 1 to 80 characters.
    name: String,
}

impl NameInput {
    /// # Errors
    /// `validation`.
    pub(super) fn read(&self) -> Result<String, Problem> {
        let mut checks = Checks::default();
        let name = checks.name("name", &self.name);
        checks.finish().map(|()| name)
    }
}

/// The solutions of the organization, oldest first.
#[utoipa::path(
    get, path = "/api/v1/organizations/{org}/solutions",
    responses((status = 200, body = List<SolutionShown>), (status = 404, body = problem::Body)),
    security(("bearer" = ["org:read"]))
)]
async fn list_solutions(caller: Caller, Path(org): Path<String>) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::OrgRead, &org).await?;
    let mut tx = caller.read().await?;
    let found = organizations::solutions(&mut tx, organization.id).await?;
    let items: Vec<SolutionShown> = found.into_iter().map(Into::into).collect();
    Ok(json::show(List::whole(items)))
}

/// One solution.
#[utoipa::path(
    get, path = "/api/v1/organizations/{org}/solutions/{sid}",
    responses((status = 200, body = SolutionShown), (status = 404, body = problem::Body)),
    security(("bearer" = ["org:read"]))
)]
async fn show_solution(
    caller: Caller,
    Path((org, sid)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let mut tx = caller.read().await?;
    let solution = in_organization(&caller, Permission::OrgRead, &mut tx, &org, &sid).await?;
    Ok(json::show(SolutionShown::from(solution)))
}

/// Makes a solution.
#[utoipa::path(
    post, path = "/api/v1/organizations/{org}/solutions", request_body = NameInput,
    responses((status = 201, body = SolutionShown), (status = 409, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["org:write"]))
)]
async fn create_solution(
    State(app): State<App>,
    caller: Caller,
    Path(org): Path<String>,
    Input(input): Input<NameInput>,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::OrgWrite, &org).await?;
    let name = input.read()?;
    let mut tx = caller.write().await?;
    let solution = Solution {
        id: tx.id(),
        organization_id: organization.id,
        name,
    };
    if !organizations::insert_solution(&mut tx, &solution).await? {
        return Err(name_taken());
    }
    let id = solution.id.to_string();
    record(
        &mut tx,
        &caller,
        Action::SolutionCreated,
        organization.id,
        &id,
    )
    .await?;
    tx.commit().await?;
    let issuer = app.config.issuer.as_str();
    let place = format!(
        "{issuer}/api/v1/organizations/{}/solutions/{id}",
        organization.id
    );
    Ok(json::created(&place, SolutionShown::from(solution)))
}

/// Renames a solution.
#[utoipa::path(
    patch, path = "/api/v1/organizations/{org}/solutions/{sid}", request_body = NameInput,
    responses((status = 200, body = SolutionShown), (status = 409, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["org:write"]))
)]
async fn rename_solution(
    caller: Caller,
    Path((org, sid)): Path<(String, String)>,
    Input(input): Input<NameInput>,
) -> Result<Response, Problem> {
    let mut tx = caller.write().await?;
    let mut solution = in_organization(&caller, Permission::OrgWrite, &mut tx, &org, &sid).await?;
    solution.name = input.read()?;
    let renamed = organizations::rename_solution(&mut tx, solution.id, &solution.name).await;
    unless_taken(renamed)?;
    let (organization, id) = (solution.organization_id, solution.id.to_string());
    record(&mut tx, &caller, Action::SolutionChanged, organization, &id).await?;
    tx.commit().await?;
    Ok(json::show(SolutionShown::from(solution)))
}

/// Puts a solution away with its databases: nothing in them is found or works any more, and
/// nothing of them is lost.
#[utoipa::path(
    delete, path = "/api/v1/organizations/{org}/solutions/{sid}",
    responses((status = 204), (status = 404, body = problem::Body)),
    security(("bearer" = ["org:write"]))
)]
async fn archive_solution(
    caller: Caller,
    Path((org, sid)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let mut tx = caller.write().await?;
    let solution = in_organization(&caller, Permission::OrgWrite, &mut tx, &org, &sid).await?;
    organizations::archive_solution(&mut tx, solution.id).await?;
    let (organization, id) = (solution.organization_id, solution.id.to_string());
    record(
        &mut tx,
        &caller,
        Action::SolutionArchived,
        organization,
        &id,
    )
    .await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(super) fn name_taken() -> Problem {
    Problem::of(Kind::Taken("name", "name_taken"))
}

pub(super) fn unless_taken(renamed: Result<(), StoreError>) -> Result<(), Problem> {
    match renamed {
        Err(error) if error.is_duplicate() => Err(name_taken()),
        other => Ok(other?),
    }
}

pub(super) async fn record(
    tx: &mut Tx,
    caller: &Caller,
    action: Action,
    organization: OrganizationId,
    object: &str,
) -> Result<(), Problem> {
    let event = Event::done(action)
        .done_by(&caller.doer())
        .within(organization)
        .on(object);
    Ok(audit::record(tx, event).await?)
}

/// A solution that the caller may do this with; any other is not there (N-15).
pub(super) async fn solution(
    caller: &Caller,
    permission: Permission,
    tx: &mut Tx,
    sid: &str,
) -> Result<Solution, Problem> {
    let missing = || Problem::of(Kind::NotFound);
    let id = sid.parse().map_err(|_| missing())?;
    let found = organizations::solution(tx, id).await?.ok_or_else(missing)?;
    caller.may(permission, found.organization_id)?;
    Ok(found)
}

async fn in_organization(
    caller: &Caller,
    permission: Permission,
    tx: &mut Tx,
    org: &str,
    sid: &str,
) -> Result<Solution, Problem> {
    let organization = caller.may_in(permission, org).await?;
    let found = solution(caller, permission, tx, sid).await?;
    match found.organization_id == organization.id {
        true => Ok(found),
        false => Err(Problem::of(Kind::NotFound)),
    }
}
