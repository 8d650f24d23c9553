//! `GET /api/v1/organizations/{org}/audit`: what happened, newest first.
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, header},
    response::Response,
    routing::get,
};
use utoipa::OpenApi;

use super::{
    caller::Caller,
    json,
    paging::Paging,
    problem::{self, Problem},
};
use crate::{
    access::Permission,
    audit::{self, Action, Event, Filter},
    clock::Timestamp,
    web::{App, AuditFormat, audit_export},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/api/v1/organizations/{org}/audit", get(list))
}

#[derive(OpenApi)]
#[openapi(paths(list))]
pub(super) struct Document;

/// The events of the organization, newest first. Filters: `action`, `actor`, `subject`,
/// `person` (as either), `client`, `outcome`, `since`, `until`. With `format=csv` or
/// `format=ndjson`, or one of these in `Accept`, all of them as a file.
#[utoipa::path(
    get, path = "/api/v1/organizations/{org}/audit",
    params(("format" = Option<String>, Query)),
    responses((status = 200, description = "Events"), (status = 422, body = problem::Body), (status = 404, body = problem::Body)),
    security(("bearer" = ["audit:read"]))
)]
async fn list(
    State(app): State<App>,
    headers: HeaderMap,
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
        person: text("person"),
        client: text("client"),
        outcome: text("outcome"),
        since: moment("since")?,
        until: moment("until")?,
    };
    if let Some(format) = format(&paging, &headers)? {
        let event = Event::done(Action::AuditExported)
            .done_by(&caller.doer())
            .within(organization.id);
        let mut tx = caller.write().await?;
        audit::record(&mut tx, event).await?;
        tx.commit().await?;
        return Ok(audit_export(&app, organization.id, filter, format));
    }
    app.later.settled().await;
    let mut tx = caller.read().await?;
    let page = (paging.after(), paging.rows());
    let found = audit::page(&mut tx, organization.id, &filter, page).await?;
    Ok(json::show(paging.list(found, |entry| entry.id.to_string())))
}

/// Which kind of file is asked for, if it is one.
fn format(paging: &Paging, headers: &HeaderMap) -> Result<Option<AuditFormat>, Problem> {
    match paging.filters.one("format") {
        Some("json") => Ok(None),
        Some(name) => AuditFormat::parse(name)
            .map(Some)
            .ok_or_else(|| Problem::field("format", "unknown")),
        None => {
            let accept = headers.get(header::ACCEPT);
            let accept = accept.and_then(|accept| accept.to_str().ok());
            Ok(accept.and_then(AuditFormat::accepted))
        }
    }
}
