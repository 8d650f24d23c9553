//! `GET /api/v1/me`: who the token is about.
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::{caller::Caller, json, problem::Problem};
use crate::id::{AccountId, OrganizationId};

/// A person, as he sees himself.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Me {
    /// `sub`.
    #[schema(value_type = uuid::Uuid)]
    id: AccountId,
    given_name: String,
    family_name: String,
    display_name: String,
    /// The e-mail address that the person owns.
    email: Option<String>,
    /// The phone number that the person owns, in E.164.
    phone: Option<String>,
    /// The organization that the token was issued in.
    #[schema(value_type = uuid::Uuid)]
    organization_id: OrganizationId,
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
pub(super) async fn show(caller: Caller) -> Result<Response, Problem> {
    let standing = caller.person()?;
    Ok(json::show(Me {
        id: standing.subject.id,
        given_name: standing.subject.given_name.clone(),
        family_name: standing.subject.family_name.clone(),
        display_name: standing.subject.display_name.clone(),
        email: standing.email.clone(),
        phone: standing.phone.clone(),
        organization_id: standing.organization.id,
        organization_name: standing.organization.name.clone(),
    }))
}
