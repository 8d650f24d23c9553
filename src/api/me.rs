//! `GET /api/v1/me`: who the token is about.
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::{Kind, Problem};
use crate::{access::Scope, web::App};

/// A person, as he sees himself.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Me {
    /// `sub`.
    #[schema(value_type = uuid::Uuid)]
    id: crate::id::AccountId,
    given_name: String,
    family_name: String,
    display_name: String,
    /// The e-mail address that the person owns.
    email: Option<String>,
    /// The phone number that the person owns, in E.164.
    phone: Option<String>,
    /// The organization that the token was issued in.
    #[schema(value_type = uuid::Uuid)]
    organization_id: crate::id::OrganizationId,
    organization_name: String,
}

/// Who the token is about.
#[utoipa::path(
    get,
    path = "/api/v1/me",
    responses(
        (status = 200, description = "The person", body = Me),
        (status = 401, description = "invalid_token", body = super::problem::Body),
        (status = 403, description = "insufficient_scope, delegated_token", body = super::problem::Body),
    ),
    security(("bearer" = ["account"]))
)]
pub(super) async fn show(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let token = bearer(&headers).ok_or(Problem::of(Kind::InvalidToken))?;
    let live = app.tokens.inspect(&app.state(), token).await?;
    let live = live.filter(|live| live.claims.is_for_api());
    let live = live.ok_or(Problem::of(Kind::InvalidToken))?;
    if live.claims.act.is_some() {
        return Err(Problem::of(Kind::DelegatedToken)); // N-06
    }
    let standing = live
        .standing
        .as_ref()
        .filter(|_| live.claims.scope.contains(&Scope::Account));
    let standing = standing.ok_or(Problem::of(Kind::InsufficientScope))?;
    let me = Me {
        id: standing.subject.id,
        given_name: standing.subject.given_name.clone(),
        family_name: standing.subject.family_name.clone(),
        display_name: standing.subject.display_name.clone(),
        email: standing.email.clone(),
        phone: standing.phone.clone(),
        organization_id: standing.organization.id,
        organization_name: standing.organization.name.clone(),
    };
    let no_store = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(([no_store], Json(me)).into_response())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
