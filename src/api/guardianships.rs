//! `/api/v1/organizations/{org}/guardianships`: what staff see and decide of relations.
use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use utoipa::OpenApi;

use super::{
    caller::Caller,
    guardianship_input::{ProposalInput, ReasonInput, RelationChange},
    json::{self, Input, List},
    paging::Paging,
    problem::{self, Kind, Problem},
    relations::{Relation, refuse},
};
use crate::{
    access::Permission,
    guardianship::{self, DecideRefusal, EndedReason, Guardianship},
    id::OrganizationId,
    organizations::Organization,
    store::Tx,
    web::App,
};

pub(super) fn routes() -> Router<App> {
    let place = |rest: &str| format!("/api/v1/organizations/{{org}}/guardianships{rest}");
    Router::new()
        .route(&place(""), get(list).post(propose))
        .route(&place("/{id}"), get(show).patch(change))
        .route(&place("/{id}/approve"), post(approve))
        .route(&place("/{id}/decline"), post(decline))
        .route(&place("/{id}/suspend"), post(suspend))
        .route(&place("/{id}/resume"), post(resume))
        .route(&place("/{id}/end"), post(end))
}

#[derive(OpenApi)]
#[openapi(paths(list, show, propose, change, approve, decline, suspend, resume, end))]
pub(super) struct Document;

/// The relations of the organization that have not ended. Filters: `status`, `guardian`,
/// `dependent`.
#[utoipa::path(
    get, path = "/api/v1/organizations/{org}/guardianships",
    responses((status = 200, body = List<Relation>), (status = 404, body = problem::Body)),
    security(("bearer" = ["guardianships:read"]))
)]
async fn list(
    caller: Caller,
    Path(org): Path<String>,
    paging: Paging,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::GuardianshipsRead, &org).await?;
    let filter = guardianship::Filter {
        status: optional(&paging, "status", guardianship::Status::parse)?,
        guardian: optional(&paging, "guardian", |text| text.parse().ok())?,
        dependent: optional(&paging, "dependent", |text| text.parse().ok())?,
    };
    let mut tx = caller.read().await?;
    let found = guardianship::page(
        &mut tx,
        organization.id,
        &filter,
        (paging.after(), paging.rows()),
    )
    .await?;
    let page = paging.list(found, |relation| relation.id.to_string());
    let mut items = Vec::new();
    for relation in &page.items {
        items.push(Relation::full(&mut tx, relation).await?);
    }
    Ok(json::show(List {
        items,
        next: page.next,
    }))
}

fn optional<T>(
    paging: &Paging,
    name: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    match paging.filters.one(name) {
        None => Ok(None),
        Some(text) => parse(text)
            .map(Some)
            .ok_or_else(|| Problem::field(name, "invalid")),
    }
}

/// One relation.
#[utoipa::path(
    get, path = "/api/v1/organizations/{org}/guardianships/{id}",
    responses((status = 200, body = Relation), (status = 404, body = problem::Body)),
    security(("bearer" = ["guardianships:read"]))
)]
async fn show(
    caller: Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::GuardianshipsRead, &org).await?;
    let mut tx = caller.read().await?;
    let relation = find(&mut tx, organization.id, &id).await?;
    Ok(json::show(Relation::full(&mut tx, &relation).await?))
}

/// Proposes a relation between two consumers of the organization. It starts once staff
/// approve and the guardian accepts.
#[utoipa::path(
    post, path = "/api/v1/organizations/{org}/guardianships", request_body = ProposalInput,
    responses((status = 201, body = Relation), (status = 409, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["guardianships:write"]))
)]
async fn propose(
    State(app): State<App>,
    caller: Caller,
    Path(org): Path<String>,
    Input(input): Input<ProposalInput>,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::GuardianshipsWrite, &org).await?;
    let proposal = input.read()?;
    let mut tx = caller.write().await?;
    let doer = caller.doer();
    let proposed =
        guardianship::propose(&mut tx, &caller.notices(), &organization, proposal, &doer).await?;
    let relation = proposed.map_err(refuse)?;
    let shown = Relation::full(&mut tx, &relation).await?;
    tx.commit().await?;
    let issuer = app.config.issuer.as_str();
    let place = format!(
        "{issuer}/api/v1/organizations/{}/guardianships/{}",
        organization.id, relation.id
    );
    Ok(json::created(&place, shown))
}

/// Changes end, reach or evidence of a relation. One whose time is over stays as it is: 409
/// `wrong_state`.
#[utoipa::path(
    patch, path = "/api/v1/organizations/{org}/guardianships/{id}", request_body = RelationChange,
    responses((status = 200, body = Relation), (status = 409, body = problem::Body), (status = 412, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["guardianships:write"]))
)]
async fn change(
    caller: Caller,
    Path((org, id)): Path<(String, String)>,
    headers: HeaderMap,
    Input(input): Input<RelationChange>,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::GuardianshipsWrite, &org).await?;
    let mut tx = caller.write().await?;
    let relation = find(&mut tx, organization.id, &id).await?;
    json::check_match(&headers, &Relation::full(&mut tx, &relation).await?)?;
    let changed = input.read(&relation)?;
    let answer = guardianship::change(&mut tx, &organization, &changed, &caller.doer()).await?;
    answer.map_err(refuse)?;
    let shown = Relation::full(&mut tx, &changed).await?;
    tx.commit().await?;
    Ok(json::show(shown))
}

/// Staff approve.
#[utoipa::path(
    post, path = "/api/v1/organizations/{org}/guardianships/{id}/approve",
    responses((status = 200, body = Relation), (status = 403, body = problem::Body), (status = 409, body = problem::Body)),
    security(("bearer" = ["guardianships:write"]))
)]
async fn approve(
    caller: Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (organization, mut tx, relation) = begin(&caller, &org, &id).await?;
    let doer = caller.doer();
    let answer =
        guardianship::approve(&mut tx, &caller.notices(), &organization, &relation, &doer).await?;
    decided(tx, &organization, &id, answer).await
}

/// Staff put a relation on hold.
#[utoipa::path(
    post, path = "/api/v1/organizations/{org}/guardianships/{id}/suspend", request_body = ReasonInput,
    responses((status = 200, body = Relation), (status = 403, body = problem::Body), (status = 409, body = problem::Body)),
    security(("bearer" = ["guardianships:write"]))
)]
async fn suspend(
    caller: Caller,
    Path((org, id)): Path<(String, String)>,
    Input(input): Input<ReasonInput>,
) -> Result<Response, Problem> {
    let reason = input.read()?;
    let (organization, mut tx, relation) = begin(&caller, &org, &id).await?;
    let answer = guardianship::suspend(
        &mut tx,
        &caller.notices(),
        &relation,
        &caller.doer(),
        &reason,
    )
    .await?;
    decided(tx, &organization, &id, answer).await
}

/// Staff let a relation on hold go on.
#[utoipa::path(
    post, path = "/api/v1/organizations/{org}/guardianships/{id}/resume",
    responses((status = 200, body = Relation), (status = 403, body = problem::Body), (status = 409, body = problem::Body)),
    security(("bearer" = ["guardianships:write"]))
)]
async fn resume(
    caller: Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (organization, mut tx, relation) = begin(&caller, &org, &id).await?;
    let answer =
        guardianship::resume(&mut tx, &caller.notices(), &relation, &caller.doer()).await?;
    decided(tx, &organization, &id, answer).await
}

/// Staff decline a proposal.
#[utoipa::path(
    post, path = "/api/v1/organizations/{org}/guardianships/{id}/decline",
    responses((status = 204), (status = 403, body = problem::Body), (status = 409, body = problem::Body)),
    security(("bearer" = ["guardianships:write"]))
)]
async fn decline(
    caller: Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (_, tx, relation) = begin(&caller, &org, &id).await?;
    finish(tx, &caller, &relation, (EndedReason::Declined, None)).await
}

/// Staff end a relation.
#[utoipa::path(
    post, path = "/api/v1/organizations/{org}/guardianships/{id}/end", request_body = ReasonInput,
    responses((status = 204), (status = 403, body = problem::Body), (status = 404, body = problem::Body)),
    security(("bearer" = ["guardianships:write"]))
)]
async fn end(
    caller: Caller,
    Path((org, id)): Path<(String, String)>,
    Input(input): Input<ReasonInput>,
) -> Result<Response, Problem> {
    let reason = input.read()?;
    let (_, tx, relation) = begin(&caller, &org, &id).await?;
    let why = (EndedReason::Revoked, Some(reason.as_str()));
    finish(tx, &caller, &relation, why).await
}

async fn finish(
    mut tx: Tx,
    caller: &Caller,
    relation: &Guardianship,
    (why, reason): (EndedReason, Option<&str>),
) -> Result<Response, Problem> {
    let doer = caller.doer();
    let answer =
        guardianship::finish_by_staff(&mut tx, &caller.notices(), relation, (why, reason), &doer)
            .await?;
    answer.map_err(refuse)?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn begin(
    caller: &Caller,
    org: &str,
    id: &str,
) -> Result<(Arc<Organization>, Tx, Guardianship), Problem> {
    let organization = caller.may_in(Permission::GuardianshipsWrite, org).await?;
    let mut tx = caller.write().await?;
    let relation = find(&mut tx, organization.id, id).await?;
    Ok((organization, tx, relation))
}

async fn decided(
    mut tx: Tx,
    organization: &Organization,
    id: &str,
    answer: Result<(), DecideRefusal>,
) -> Result<Response, Problem> {
    answer.map_err(refuse)?;
    let relation = find(&mut tx, organization.id, id).await?;
    let shown = Relation::full(&mut tx, &relation).await?;
    tx.commit().await?;
    Ok(json::show(shown))
}

/// A relation of the organization that has not ended; any other is not there (N-15).
async fn find(
    tx: &mut Tx,
    organization: OrganizationId,
    id: &str,
) -> Result<Guardianship, Problem> {
    let missing = || Problem::of(Kind::NotFound);
    let id = id.parse().map_err(|_| missing())?;
    let case = guardianship::case(tx, id).await?.ok_or_else(missing)?;
    let is_over = case.relation.status == guardianship::Status::Ended;
    match case.relation.organization == organization && !is_over {
        true => Ok(case.relation),
        false => Err(missing()),
    }
}
