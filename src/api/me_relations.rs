//! `/api/v1/me/dependents` and `/api/v1/me/guardianships`: for whom a person cares, and who
//! may act for him.
use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use utoipa::{OpenApi, ToSchema};

use super::{
    caller::Caller,
    checks::Checks,
    json::{self, Input, List},
    problem::{self, Kind, Problem},
    relations::{Relation, refuse},
};
use crate::{
    guardianship::{self, Guardianship, NewDependent, Relationship},
    id::{AccountId, GuardianshipId, OrganizationId},
    store::Tx,
    web::App,
};

pub(super) fn routes() -> Router<App> {
    let place = |rest: &str| format!("/api/v1/me/{rest}");
    Router::new()
        .route(&place("dependents"), get(dependents).post(add_dependent))
        .route(&place("guardianships"), get(list))
        .route(&place("guardianships/{id}"), get(show))
        .route(&place("guardianships/{id}/accept"), post(accept))
        .route(&place("guardianships/{id}/decline"), post(decline))
        .route(&place("guardianships/{id}/end"), post(end))
}

#[derive(OpenApi)]
#[openapi(paths(dependents, add_dependent, list, show, accept, decline, end))]
pub(super) struct Document;

/// Somebody to care for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DependentInput {
    given_name: String,
    family_name: String,
    /// YYYY-MM-DD; a minor's.
    birth_date: String,
    /// HL7 v3-RoleCode, such as `MTH`, `FTH`, `PRN`.
    relationship: String,
}

impl DependentInput {
    pub(super) fn read(self) -> Result<NewDependent, Problem> {
        let mut checks = Checks::default();
        let new = NewDependent {
            given_name: checks.name("given_name", &self.given_name),
            family_name: checks.name("family_name", &self.family_name),
            birth_date: checks.date("birth_date", &self.birth_date),
            relationship: checks.word(
                "relationship",
                &self.relationship,
                Relationship::parse,
                Relationship::Other,
            ),
            patient_id: None,
        };
        checks.finish().map(|()| new)
    }
}

/// The relations in which the person is guardian: for whom he cares.
#[utoipa::path(
    get, path = "/api/v1/me/dependents",
    responses((status = 200, body = List<Relation>), (status = 403, body = problem::Body)),
    security(("bearer" = ["account"]))
)]
async fn dependents(caller: Caller) -> Result<Response, Problem> {
    let (me, organization) = myself(&caller)?;
    let mut tx = caller.read().await?;
    let relations = guardianship::of_guardian(&mut tx, me).await?;
    whole(&mut tx, organization, relations).await
}

/// Adds a new minor dependent.
#[utoipa::path(
    post, path = "/api/v1/me/dependents", request_body = DependentInput,
    responses(
        (status = 201, body = Relation),
        (status = 409, description = "guardian_unfit, no_consumer_profile, too_many_dependents", body = problem::Body),
        (status = 422, description = "validation", body = problem::Body),
    ),
    security(("bearer" = ["account"]))
)]
async fn add_dependent(
    State(app): State<App>,
    caller: Caller,
    Input(input): Input<DependentInput>,
) -> Result<Response, Problem> {
    let me = caller.person()?.subject.id;
    let organization = Arc::clone(&caller.person()?.organization);
    let new = input.read()?;
    let mut tx = caller.write().await?;
    let answer = guardianship::add_dependent(
        &mut tx,
        &caller.notices(),
        &organization,
        me,
        new,
        &caller.doer(),
    )
    .await?;
    let relation = answer.map_err(refuse)?;
    let shown = Relation::own(&mut tx, &relation).await?;
    tx.commit().await?;
    let place = format!(
        "{}/api/v1/me/guardianships/{}",
        app.config.issuer.as_str(),
        relation.id
    );
    Ok(json::created(&place, shown))
}

/// Every relation of the person, on either side.
#[utoipa::path(
    get, path = "/api/v1/me/guardianships",
    responses((status = 200, body = List<Relation>), (status = 403, body = problem::Body)),
    security(("bearer" = ["account"]))
)]
async fn list(caller: Caller) -> Result<Response, Problem> {
    let (me, organization) = myself(&caller)?;
    let mut tx = caller.read().await?;
    let mut relations = guardianship::of_guardian(&mut tx, me).await?;
    relations.extend(guardianship::of_dependent(&mut tx, me).await?);
    relations.retain(|relation| !relation.is_hidden_from(me));
    whole(&mut tx, organization, relations).await
}

/// One relation of the person.
#[utoipa::path(
    get, path = "/api/v1/me/guardianships/{id}",
    responses((status = 200, body = Relation), (status = 404, body = problem::Body)),
    security(("bearer" = ["account"]))
)]
async fn show(caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    caller.person()?;
    let mut tx = caller.read().await?;
    let relation = own(&mut tx, &caller, &id).await?;
    Ok(json::show(Relation::own(&mut tx, &relation).await?))
}

/// The person to whom a relation was proposed, or a proxy granted, says yes.
#[utoipa::path(
    post, path = "/api/v1/me/guardianships/{id}/accept",
    responses((status = 200, body = Relation), (status = 409, body = problem::Body)),
    security(("bearer" = ["account"]))
)]
async fn accept(caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let organization = Arc::clone(&caller.person()?.organization);
    let mut tx = caller.write().await?;
    let relation = own(&mut tx, &caller, &id).await?;
    if caller.account() != Some(relation.guardian) {
        return Err(Problem::of(Kind::Forbidden("not_the_guardian")));
    }
    let answer = guardianship::accept(
        &mut tx,
        &caller.notices(),
        &organization,
        &relation,
        &caller.doer(),
    )
    .await?;
    answer.map_err(refuse)?;
    let relation = own(&mut tx, &caller, &id).await?;
    let shown = Relation::own(&mut tx, &relation).await?;
    tx.commit().await?;
    Ok(json::show(shown))
}

/// The person to whom it was proposed says no.
#[utoipa::path(
    post, path = "/api/v1/me/guardianships/{id}/decline",
    responses((status = 204), (status = 409, body = problem::Body)),
    security(("bearer" = ["account"]))
)]
async fn decline(caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    caller.person()?;
    let mut tx = caller.write().await?;
    let relation = own(&mut tx, &caller, &id).await?;
    let me = caller.person()?.subject.id;
    if !guardianship::decline(&mut tx, &caller.notices(), &relation, me).await? {
        return Err(Problem::of(Kind::Conflict("wrong_state")));
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The guardian resigns, or the adult takes a proxy back.
#[utoipa::path(
    post, path = "/api/v1/me/guardianships/{id}/end",
    responses((status = 204), (status = 403, body = problem::Body), (status = 404, body = problem::Body)),
    security(("bearer" = ["account"]))
)]
async fn end(caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let me = caller.person()?.subject.id;
    let mut tx = caller.write().await?;
    match own(&mut tx, &caller, &id).await {
        Ok(relation) => {
            if !guardianship::leave(&mut tx, &caller.notices(), &relation, me).await? {
                return Err(Problem::of(Kind::Forbidden("not_the_guardian")));
            }
        }
        Err(missing) => {
            // A proxy that waits is not shown as a relation.
            let id = id.parse().map_err(|_| Problem::of(Kind::NotFound))?;
            if !guardianship::end_proxy(&mut tx, &caller.notices(), me, id).await? {
                return Err(missing);
            }
        }
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Those of the organization that the token was issued in.
async fn whole(
    tx: &mut Tx,
    organization: OrganizationId,
    relations: Vec<Guardianship>,
) -> Result<Response, Problem> {
    let mut items = Vec::new();
    for relation in &relations {
        if relation.organization == organization {
            items.push(Relation::own(tx, relation).await?);
        }
    }
    Ok(json::show(List::whole(items)))
}

pub(super) fn myself(caller: &Caller) -> Result<(AccountId, OrganizationId), Problem> {
    let standing = caller.person()?;
    Ok((standing.subject.id, standing.organization.id))
}

/// A relation of the caller that has not ended; anybody else's is not there (N-15).
async fn own(tx: &mut Tx, caller: &Caller, id: &str) -> Result<Guardianship, Problem> {
    let missing = || Problem::of(Kind::NotFound);
    let id: GuardianshipId = id.parse().map_err(|_| missing())?;
    let (me, organization) = myself(caller)?;
    let relation = guardianship::own(tx, me, id).await?;
    relation
        .filter(|relation| relation.organization == organization)
        .ok_or_else(missing)
}
