//! `GET /api/v1/organizations/{org}/audit`: what happened, newest first.
use axum::{Router, extract::Path, response::Response, routing::get};
use utoipa::OpenApi;

use super::{
    caller::Caller,
    json,
    paging::Paging,
    problem::{self, Problem},
};
use crate::{
    access::Permission,
    audit::{self, Filter},
    clock::Timestamp,
    web::App,
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/api/v1/organizations/{org}/audit", get(list))
}

#[derive(OpenApi)]
#[openapi(paths(list))]
pub(super) struct Document;

/// The events of the organization, newest first. Filters: `action`, `actor`, `subject`,
/// `outcome`, `since`, `until`.
#[utoipa::path(
    get, path = "/api/v1/organizations/{org}/audit",
    responses((status = 200, description = "Events"), (status = 404, body = problem::Body)),
    security(("bearer" = ["audit:read"]))
)]
async fn list(
    caller: Caller,
    Path(org): Path<String>,
    paging: Paging,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::AuditRead, &org).await?;
    let text = |name: &str| paging.filters.one(name).map(str::to_owned);
    let moment = |name: &str| match paging.filters.one(name) {
        None => Ok(None),
        Some(text) => Timestamp::parse(text)
            .map(Some)
            .ok_or_else(|| Problem::field(name, "invalid")),
    };
    let filter = Filter {
        action: text("action"),
        actor: text("actor"),
        subject: text("subject"),
        outcome: text("outcome"),
        since: moment("since")?,
        until: moment("until")?,
    };
    let mut tx = caller.read().await?;
    let page = (paging.after(), paging.rows());
    let found = audit::page(&mut tx, organization.id, &filter, page).await?;
    Ok(json::show(paging.list(found, |entry| entry.id.to_string())))
}
