//! `POST /api/v1/organizations/{org}/consumers/{account}/handover-codes`: staff give somebody
//! who grew up the code by which he takes over his account.
use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::post,
};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use super::{
    caller::Caller,
    consumers, json,
    problem::{self, Kind, Problem},
};
use crate::{
    access::Permission,
    clock::Timestamp,
    guardianship::{self, IssueRefusal},
    web::App,
};

pub(super) fn routes() -> Router<App> {
    let place = "/api/v1/organizations/{org}/consumers/{account}/handover-codes";
    Router::new().route(place, post(issue))
}

#[derive(OpenApi)]
#[openapi(paths(issue))]
pub(super) struct Document;

/// A code, shown once.
#[derive(Serialize, ToSchema)]
struct HandoverCodeView {
    /// What the person types at `/hand-over`.
    handover_code: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Issues a code after a proof of who the person is. An earlier one works no more.
#[utoipa::path(
    post, path = "/api/v1/organizations/{org}/consumers/{account}/handover-codes",
    responses(
        (status = 201, body = HandoverCodeView),
        (status = 403, description = "insufficient_permission, own_relation", body = problem::Body),
        (status = 404, body = problem::Body),
        (status = 409, description = "wrong_state: not grown up, or taken over already", body = problem::Body),
    ),
    security(("bearer" = ["guardianships:write"]))
)]
async fn issue(
    State(app): State<App>,
    caller: Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::GuardianshipsWrite, &org).await?;
    let mut tx = caller.write().await?;
    let (account, _) = consumers::find(&mut tx, organization.id, &id).await?;
    let doer = caller.doer();
    let issued =
        guardianship::issue_code(&mut tx, &app.passwords, &organization, &account, &doer).await?;
    let issued = issued.map_err(|refusal| match refusal {
        IssueRefusal::WrongState => Problem::of(Kind::Conflict("wrong_state")),
        IssueRefusal::OwnRelation => Problem::of(Kind::Forbidden("own_relation")),
    })?;
    tx.commit().await?;
    let shown = HandoverCodeView {
        handover_code: issued.code.expose().to_owned(),
        expires_at: issued.expires_at,
    };
    let issuer = app.config.issuer.as_str();
    let place = format!(
        "{issuer}/api/v1/organizations/{}/consumers/{}",
        organization.id, account.id
    );
    Ok(json::created(&place, shown))
}
