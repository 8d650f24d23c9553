//! `/api/v1/me/proxies`: whom an adult asked to act for him.
use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{delete, get},
};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::{
    caller::Caller,
    checks::Checks,
    json::{self, Input, List},
    me_relations::myself,
    problem::{self, Kind, Problem},
    relations::refuse,
};
use crate::{
    accounts::{self, Identifier},
    clock::Timestamp,
    guardianship::{self, AccessLevel, Basis, Guardianship, ProxyGrant, ProxyRequest},
    id::{AccountId, GuardianshipId, OrganizationId},
    store::{StoreError, Tx},
    web::{self, App},
};

pub(super) fn routes() -> Router<App> {
    let place = |rest: &str| format!("/api/v1/me/proxies{rest}");
    Router::new()
        .route(&place(""), get(proxies).post(grant_proxy))
        .route(&place("/{id}"), delete(end_proxy))
}

#[derive(OpenApi)]
#[openapi(paths(proxies, grant_proxy, end_proxy))]
pub(super) struct Document;

/// A proxy to grant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProxyInput {
    /// The other person's e-mail address or phone number.
    identifier: String,
    /// Until when; at most the organization's `proxy_max_months` ahead.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// `full` or `limited`.
    access_level: String,
}

/// A proxy that the person granted.
#[derive(Debug, Serialize, ToSchema)]
struct ProxyView {
    #[schema(value_type = uuid::Uuid)]
    id: GuardianshipId,
    #[schema(value_type = uuid::Uuid)]
    organization_id: OrganizationId,
    /// Whom the person asked, in canonical form. `null` once somebody has accepted.
    identifier: Option<String>,
    /// Who acts. `null` while nobody has accepted, whether or not anybody has the identifier.
    #[schema(value_type = Option<uuid::Uuid>)]
    guardian_account_id: Option<AccountId>,
    guardian_name: Option<String>,
    #[schema(value_type = String)]
    access_level: AccessLevel,
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
    #[schema(value_type = String)]
    status: guardianship::Status,
}

impl From<ProxyRequest> for ProxyView {
    fn from(request: ProxyRequest) -> Self {
        Self {
            id: request.id,
            organization_id: request.organization,
            identifier: Some(request.identifier),
            guardian_account_id: None,
            guardian_name: None,
            access_level: request.access_level,
            ends_at: Some(request.ends_at),
            status: guardianship::Status::Pending,
        }
    }
}

impl ProxyView {
    async fn of(tx: &mut Tx, relation: &Guardianship) -> Result<Self, StoreError> {
        let guardian = accounts::account(tx, relation.guardian).await?;
        Ok(Self {
            id: relation.id,
            organization_id: relation.organization,
            identifier: None,
            guardian_account_id: Some(relation.guardian),
            guardian_name: guardian.map(|account| account.display_name),
            access_level: relation.access_level,
            ends_at: relation.ends_at,
            status: relation.status,
        })
    }
}

/// The proxies that the person granted, accepted or not.
#[utoipa::path(
    get, path = "/api/v1/me/proxies",
    responses((status = 200, body = List<ProxyView>), (status = 403, body = problem::Body)),
    security(("bearer" = ["account"]))
)]
async fn proxies(caller: Caller) -> Result<Response, Problem> {
    let (me, organization) = myself(&caller)?;
    let mut tx = caller.read().await?;
    let mut items = Vec::new();
    for relation in guardianship::of_dependent(&mut tx, me).await? {
        let is_here = relation.organization == organization;
        if is_here && relation.basis == Basis::PatientConsent && !relation.is_hidden_from(me) {
            items.push(ProxyView::of(&mut tx, &relation).await?);
        }
    }
    let requests = guardianship::proxy_requests(&mut tx, me).await?;
    let here = requests
        .into_iter()
        .filter(|request| request.organization == organization);
    items.extend(here.map(ProxyView::from));
    Ok(json::show(List::whole(items)))
}

/// Grants a proxy. The answer is the same whether or not anybody has that identifier (N-01).
#[utoipa::path(
    post, path = "/api/v1/me/proxies", request_body = ProxyInput,
    responses(
        (status = 202, description = "If somebody has that identifier, he is asked."),
        (status = 422, description = "validation, not_an_adult", body = problem::Body),
    ),
    security(("bearer" = ["account"]))
)]
async fn grant_proxy(
    State(app): State<App>,
    caller: Caller,
    Input(input): Input<ProxyInput>,
) -> Result<Response, Problem> {
    let me = caller.person()?.subject.id;
    let organization = Arc::clone(&caller.person()?.organization);
    let mut checks = Checks::default();
    let identifier = Identifier::parse(&input.identifier);
    if identifier.is_none() {
        checks.fault("identifier", "invalid");
    }
    let (full, parse) = (AccessLevel::Full, AccessLevel::parse);
    let access_level = checks.word("access_level", &input.access_level, parse, full);
    checks.finish()?;
    let Some(identifier) = identifier else {
        return Err(Problem::field("identifier", "invalid"));
    };
    let grant = ProxyGrant {
        identifier,
        ends_at: input.ends_at,
        access_level,
    };
    let mut tx = caller.write().await?;
    let answer = guardianship::grant_proxy(&mut tx, &organization, me, &grant).await?;
    answer.map_err(refuse)?; // about the asker alone
    tx.commit().await?;
    web::pass_on(&app, caller.origin(), &organization, (me, grant.identifier));
    Ok(StatusCode::ACCEPTED.into_response())
}

/// Takes a proxy back.
#[utoipa::path(
    delete, path = "/api/v1/me/proxies/{id}",
    responses((status = 204), (status = 404, body = problem::Body)),
    security(("bearer" = ["account"]))
)]
async fn end_proxy(caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let me = caller.person()?.subject.id;
    let id = id.parse().map_err(|_| Problem::of(Kind::NotFound))?;
    let mut tx = caller.write().await?;
    if !guardianship::end_proxy(&mut tx, &caller.notices(), me, id).await? {
        return Err(Problem::of(Kind::NotFound));
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
