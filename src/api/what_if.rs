//! `GET /api/v1/organizations/{org}/what-if`: who could act for a person at a moment, and
//! why not the others. Answered by the functions that enforce it, over the rows of today.
use axum::{Router, extract::Path, response::Response, routing::get};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use super::{
    caller::Caller,
    json,
    paging::Paging,
    problem::{self, Kind, Problem},
    relations::Relation,
};
use crate::{
    access::{Permission, ScopeSet},
    accounts,
    clock::Timestamp,
    guardianship::{self, WhyNot},
    id::AccountId,
    web::App,
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/api/v1/organizations/{org}/what-if", get(show))
}

#[derive(OpenApi)]
#[openapi(paths(show))]
pub(super) struct Document;

/// Who could act for the person then.
#[derive(Debug, Serialize, ToSchema)]
struct WhatIf {
    #[schema(value_type = uuid::Uuid)]
    dependent_account_id: AccountId,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// When the person comes of age; `null` when the day of birth is not known.
    #[schema(value_type = Option<String>, format = DateTime)]
    majority_at: Option<Timestamp>,
    /// Every relation that has not ended.
    relations: Vec<Judged>,
}

/// One relation, judged.
#[derive(Debug, Serialize, ToSchema)]
struct Judged {
    relation: Relation,
    /// Whether the guardian could act.
    authorises: bool,
    /// Why not: `not_active`, `not_yet`, `over`, `guardian_unfit`, `dependent_unfit`,
    /// `majority`, `emancipated`, `age_unknown`.
    #[schema(value_type = Option<String>)]
    why_not: Option<WhyNot>,
    /// When it ends or narrows by itself.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// The most its tokens could reach.
    #[schema(value_type = Option<String>)]
    scope_ceiling: Option<ScopeSet>,
}

/// Who could act for a person at a moment (`dependent`, `at`; without `at`: now).
#[utoipa::path(
    get, path = "/api/v1/organizations/{org}/what-if",
    params(("dependent" = String, Query), ("at" = Option<String>, Query)),
    responses((status = 200, body = WhatIf), (status = 404, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["guardianships:read"]))
)]
async fn show(caller: Caller, Path(org): Path<String>, query: Paging) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::GuardianshipsRead, &org).await?;
    let settings = &organization.settings;
    let mut tx = caller.read().await?;
    let at = match query.filters.one("at") {
        None => tx.now(),
        Some(text) => Timestamp::parse(text).ok_or(Problem::field("at", "invalid"))?,
    };
    let dependent = query.filters.one("dependent").unwrap_or_default();
    let dependent: AccountId = dependent
        .parse()
        .map_err(|_| Problem::field("dependent", "invalid"))?;
    let profile = accounts::profile(&mut tx, dependent, organization.id).await?;
    let account = accounts::account(&mut tx, dependent).await?;
    let account = account.filter(|_| profile.is_some());
    let account = account.ok_or(Problem::of(Kind::NotFound))?;
    let mut relations = Vec::new();
    for relation in guardianship::of_dependent(&mut tx, dependent).await? {
        if relation.organization != organization.id {
            continue;
        }
        let Some(case) = guardianship::case(&mut tx, relation.id).await? else {
            continue;
        };
        let judged = guardianship::authorises(&case.relation, &case.parties, settings, at);
        let ceiling = guardianship::ceiling(&case.relation, &case.parties.dependent, settings, at);
        relations.push(Judged {
            relation: Relation::full(&mut tx, &relation).await?,
            authorises: judged.is_ok(),
            why_not: judged.err(),
            until: judged.ok().and_then(|authority| authority.until),
            scope_ceiling: judged.is_ok().then_some(ceiling),
        });
    }
    Ok(json::show(WhatIf {
        dependent_account_id: dependent,
        at,
        majority_at: account
            .birth_date
            .and_then(|born| guardianship::majority_at(born, settings)),
        relations,
    }))
}
