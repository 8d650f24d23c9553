//! `/api/v1/databases/{db}/hcps`: the directory.
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
    databases::directory,
    hcp_input::{Hcp, HcpChange, HcpInput, refuse},
    json::{self, Input, List},
    paging::Paging,
    problem::{self, Kind, Problem},
};
use crate::{
    access::Permission,
    hcps::{self, Filter, HcpType, ListRefusal, Listed, Listing, Repeat, Sort, Status},
    id::{DatabaseId, HcpId},
    organizations::Directory,
    secret::Fingerprint,
    store::Tx,
    web::App,
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/databases/{db}/hcps", get(list).post(create))
        .route(
            "/api/v1/databases/{db}/hcps/{id}",
            get(show).patch(change).delete(delete),
        )
}

#[derive(OpenApi)]
#[openapi(paths(list, show, create, change, delete))]
pub(super) struct Document;

/// The HCPs of the database. `q` is what a name, an e-mail address or a phone number begins
/// with, or an id; `sort` is `name`, `-name`, `created_at` or `-created_at`.
#[utoipa::path(
    get, path = "/api/v1/databases/{db}/hcps",
    params(
        ("q" = Option<String>, Query), ("type" = Option<String>, Query),
        ("status" = Option<String>, Query), ("parent_id" = Option<String>, Query),
        ("sort" = Option<String>, Query), ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query)
    ),
    responses((status = 200, body = List<Hcp>), (status = 404, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["hcp:read"]))
)]
async fn list(caller: Caller, Path(db): Path<String>, paging: Paging) -> Result<Response, Problem> {
    let mut tx = caller.read().await?;
    let found = directory(&caller, Permission::HcpRead, &mut tx, &db).await?;
    let sort = optional(&paging, "sort", Sort::parse)?.unwrap_or_default();
    let listing = Listing {
        database: found.database.id,
        filter: Filter {
            text: paging.filters.one("q").map(str::to_owned),
            kind: optional(&paging, "type", HcpType::parse)?,
            status: optional(&paging, "status", Status::parse)?,
            parent: optional(&paging, "parent_id", |text| text.parse().ok())?,
        },
        sort,
        after: paging.after().to_owned(),
        limit: paging.limit(),
    };
    let found = hcps::page(&mut tx, &listing).await?;
    let found = found.map_err(|refusal| match refusal {
        ListRefusal::OtherOrder => Problem::field("cursor", "invalid"),
        ListRefusal::TooShort => Problem::field("q", "too_short"),
    })?;
    Ok(json::show(List {
        items: found.hcps.into_iter().map(Hcp::from).collect(),
        next: found.next.map(|place| paging.cursor(&place.key(sort))),
    }))
}

fn optional<T>(
    paging: &Paging,
    name: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    match paging.filters.one(name).filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => parse(text)
            .map(Some)
            .ok_or_else(|| Problem::field(name, "invalid")),
    }
}

/// One HCP.
#[utoipa::path(
    get, path = "/api/v1/databases/{db}/hcps/{id}",
    responses((status = 200, body = Hcp), (status = 404, body = problem::Body)),
    security(("bearer" = ["hcp:read"]))
)]
async fn show(caller: Caller, Path((db, id)): Path<(String, String)>) -> Result<Response, Problem> {
    let mut tx = caller.read().await?;
    let (_, hcp) = find(&caller, Permission::HcpRead, &mut tx, (&db, &id)).await?;
    shown(&mut tx, hcp.database_id, hcp.id).await.map(|listed| {
        let version = listed.hcp.version;
        json::show_version(version, Hcp::from(listed))
    })
}

/// Makes an HCP. A request that names an `Idempotency-Key` and comes again within a day makes
/// nothing anew.
#[utoipa::path(
    post, path = "/api/v1/databases/{db}/hcps", request_body = HcpInput,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = Hcp), (status = 409, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["hcp:write"]))
)]
async fn create(
    State(app): State<App>,
    caller: Caller,
    Path(db): Path<String>,
    headers: HeaderMap,
    Input(input): Input<HcpInput>,
) -> Result<Response, Problem> {
    let mut tx = caller.write().await?;
    let found = directory(&caller, Permission::HcpWrite, &mut tx, &db).await?;
    let (database, doer) = (found.database.id, caller.doer());
    let request = Fingerprint::of(&serde_json::to_string(&input)?);
    let key = idempotency_key(&headers)?
        .map(|key| Fingerprint::of(&format!("{doer:?} {database} {key}")));
    let before = match &key {
        None => Repeat::First,
        Some(key) => hcps::repeated(&mut tx, key, &request).await?,
    };
    let id = match before {
        Repeat::Made(id) => id,
        Repeat::Other => return Err(Problem::of(Kind::Unfit("idempotency_key_reused"))),
        Repeat::First => {
            let fit = input.read()?;
            let made = hcps::create(&mut tx, &found, &fit, &doer).await?;
            made.map_err(refuse)?.id
        }
    };
    if let (Repeat::First, Some(key)) = (before, &key) {
        match hcps::remember(&mut tx, key, &request, id).await {
            Err(error) if error.is_duplicate() => {
                return Err(Problem::of(Kind::Conflict("idempotency_key_in_use")));
            }
            other => other?,
        }
    }
    let listed = shown(&mut tx, database, id).await?;
    tx.commit().await?;
    let issuer = app.config.issuer.as_str();
    let place = format!("{issuer}/api/v1/databases/{database}/hcps/{id}");
    let version = listed.hcp.version;
    Ok(json::created_version(&place, version, Hcp::from(listed)))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key = value.to_str().ok().map(str::trim);
    let key = key.filter(|key| (1..=255).contains(&key.len()));
    key.map(Some)
        .ok_or(Problem::field("Idempotency-Key", "invalid"))
}

/// Edits, disables or enables an HCP.
#[utoipa::path(
    patch, path = "/api/v1/databases/{db}/hcps/{id}", request_body = HcpChange,
    responses((status = 200, body = Hcp), (status = 409, body = problem::Body), (status = 412, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["hcp:write"]))
)]
async fn change(
    caller: Caller,
    Path((db, id)): Path<(String, String)>,
    headers: HeaderMap,
    Input(input): Input<HcpChange>,
) -> Result<Response, Problem> {
    let mut tx = caller.write().await?;
    let (found, hcp) = find(&caller, Permission::HcpWrite, &mut tx, (&db, &id)).await?;
    json::check_tag(&headers, &json::version_tag(hcp.version))?;
    let to = input.read(&hcp)?;
    let changed = hcps::change(&mut tx, &found, &hcp, &to, &caller.doer()).await?;
    changed.map_err(refuse)?;
    let listed = shown(&mut tx, hcp.database_id, hcp.id).await?;
    tx.commit().await?;
    let version = listed.hcp.version;
    Ok(json::show_version(version, Hcp::from(listed)))
}

/// Deletes an HCP for good, with its tokens and keys.
#[utoipa::path(
    delete, path = "/api/v1/databases/{db}/hcps/{id}",
    responses((status = 204), (status = 404, body = problem::Body), (status = 409, body = problem::Body), (status = 412, body = problem::Body)),
    security(("bearer" = ["hcp:delete"]))
)]
async fn delete(
    caller: Caller,
    Path((db, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut tx = caller.write().await?;
    let (found, hcp) = find(&caller, Permission::HcpDelete, &mut tx, (&db, &id)).await?;
    json::check_tag(&headers, &json::version_tag(hcp.version))?;
    let deleted = hcps::delete(&mut tx, &found, &hcp, &caller.doer()).await?;
    deleted.map_err(refuse)?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// An HCP that the caller may do this with; any other is not there (N-15).
pub(super) async fn find(
    caller: &Caller,
    permission: Permission,
    tx: &mut Tx,
    (db, id): (&str, &str),
) -> Result<(Directory, hcps::Hcp), Problem> {
    let found = directory(caller, permission, tx, db).await?;
    let missing = || Problem::of(Kind::NotFound);
    let id = id.parse().map_err(|_| missing())?;
    let hcp = hcps::find(tx, found.database.id, id).await?;
    Ok((found, hcp.ok_or_else(missing)?))
}

async fn shown(tx: &mut Tx, database: DatabaseId, id: HcpId) -> Result<Listed, Problem> {
    let listed = hcps::get(tx, database, id).await?;
    listed.ok_or(Problem::of(Kind::NotFound))
}
