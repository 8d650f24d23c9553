//! `/api/v1/solutions/{sid}/databases`: where an organization keeps its HCPs.
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use super::{
    caller::Caller,
    json::{self, Input, List},
    problem::{self, Kind, Problem},
    solutions::{NameInput, name_taken, record, solution, unless_taken},
};
use crate::{
    access::Permission,
    audit::Action,
    id::{DatabaseId, SolutionId},
    organizations::{self, Database, Directory},
    store::Tx,
    web::App,
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(
            "/api/v1/solutions/{sid}/databases",
            get(list_databases).post(create_database),
        )
        .route(
            "/api/v1/solutions/{sid}/databases/{db}",
            get(show_database)
                .patch(rename_database)
                .delete(archive_database),
        )
}

#[derive(OpenApi)]
#[openapi(paths(
    list_databases,
    show_database,
    create_database,
    rename_database,
    archive_database
))]
pub(super) struct Document;

/// A directory of HCPs.
#[derive(Debug, Serialize, ToSchema)]
struct DatabaseShown {
    #[schema(value_type = uuid::Uuid)]
    id: DatabaseId,
    #[schema(value_type = uuid::Uuid)]
    solution_id: SolutionId,
    name: String,
}

impl From<Database> for DatabaseShown {
    fn from(database: Database) -> Self {
        Self {
            id: database.id,
            solution_id: database.solution_id,
            name: database.name,
        }
    }
}

/// The databases of the solution, oldest first.
#[utoipa::path(
    get, path = "/api/v1/solutions/{sid}/databases",
    responses((status = 200, body = List<DatabaseShown>), (status = 404, body = problem::Body)),
    security(("bearer" = ["org:read"]))
)]
async fn list_databases(caller: Caller, Path(sid): Path<String>) -> Result<Response, Problem> {
    let mut tx = caller.read().await?;
    let solution = solution(&caller, Permission::OrgRead, &mut tx, &sid).await?;
    let found = organizations::databases(&mut tx, solution.id).await?;
    let items: Vec<DatabaseShown> = found.into_iter().map(Into::into).collect();
    Ok(json::show(List::whole(items)))
}

/// One database.
#[utoipa::path(
    get, path = "/api/v1/solutions/{sid}/databases/{db}",
    responses((status = 200, body = DatabaseShown), (status = 404, body = problem::Body)),
    security(("bearer" = ["org:read"]))
)]
async fn show_database(
    caller: Caller,
    Path((sid, db)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let mut tx = caller.read().await?;
    let found = in_solution(&caller, Permission::OrgRead, &mut tx, &sid, &db).await?;
    Ok(json::show(DatabaseShown::from(found.database)))
}

/// Makes a database.
#[utoipa::path(
    post, path = "/api/v1/solutions/{sid}/databases", request_body = NameInput,
    responses((status = 201, body = DatabaseShown), (status = 409, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["org:write"]))
)]
async fn create_database(
    State(app): State<App>,
    caller: Caller,
    Path(sid): Path<String>,
    Input(input): Input<NameInput>,
) -> Result<Response, Problem> {
    let mut tx = caller.write().await?;
    let solution = solution(&caller, Permission::OrgWrite, &mut tx, &sid).await?;
    let database = Database {
        id: tx.id(),
        solution_id: solution.id,
        name: input.read()?,
    };
    if !organizations::insert_database(&mut tx, &database).await? {
        return Err(name_taken());
    }
    let (organization, id) = (solution.organization_id, database.id.to_string());
    record(&mut tx, &caller, Action::DatabaseCreated, organization, &id).await?;
    tx.commit().await?;
    let issuer = app.config.issuer.as_str();
    let place = format!("{issuer}/api/v1/solutions/{}/databases/{id}", solution.id);
    Ok(json::created(&place, DatabaseShown::from(database)))
}

/// Renames a database.
#[utoipa::path(
    patch, path = "/api/v1/solutions/{sid}/databases/{db}", request_body = NameInput,
    responses((status = 200, body = DatabaseShown), (status = 409, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["org:write"]))
)]
async fn rename_database(
    caller: Caller,
    Path((sid, db)): Path<(String, String)>,
    Input(input): Input<NameInput>,
) -> Result<Response, Problem> {
    let mut tx = caller.write().await?;
    let found = in_solution(&caller, Permission::OrgWrite, &mut tx, &sid, &db).await?;
    let (organization, mut database) = (found.organization_id, found.database);
    database.name = input.read()?;
    let renamed = organizations::rename_database(&mut tx, database.id, &database.name).await;
    unless_taken(renamed)?;
    let id = database.id.to_string();
    record(&mut tx, &caller, Action::DatabaseChanged, organization, &id).await?;
    tx.commit().await?;
    Ok(json::show(DatabaseShown::from(database)))
}

/// Puts a database away: nothing in it is found or works any more, and nothing of it is lost.
#[utoipa::path(
    delete, path = "/api/v1/solutions/{sid}/databases/{db}",
    responses((status = 204), (status = 404, body = problem::Body)),
    security(("bearer" = ["org:write"]))
)]
async fn archive_database(
    caller: Caller,
    Path((sid, db)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let mut tx = caller.write().await?;
    let found = in_solution(&caller, Permission::OrgWrite, &mut tx, &sid, &db).await?;
    organizations::archive_database(&mut tx, found.database.id).await?;
    let (organization, id) = (found.organization_id, found.database.id.to_string());
    record(
        &mut tx,
        &caller,
        Action::DatabaseArchived,
        organization,
        &id,
    )
    .await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn in_solution(
    caller: &Caller,
    permission: Permission,
    tx: &mut Tx,
    sid: &str,
    db: &str,
) -> Result<Directory, Problem> {
    let solution = solution(caller, permission, tx, sid).await?;
    let found = directory(caller, permission, tx, db).await?;
    match found.database.solution_id == solution.id {
        true => Ok(found),
        false => Err(Problem::of(Kind::NotFound)),
    }
}

/// A database that the caller may do this with; any other is not there (N-15).
pub(super) async fn directory(
    caller: &Caller,
    permission: Permission,
    tx: &mut Tx,
    db: &str,
) -> Result<Directory, Problem> {
    let missing = || Problem::of(Kind::NotFound);
    let id = db.parse().map_err(|_| missing())?;
    let found = organizations::directory(tx, id)
        .await?
        .ok_or_else(missing)?;
    caller.may(permission, found.organization_id)?;
    Ok(found)
}
