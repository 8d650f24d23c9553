//! `/api/v1/organizations/{org}/members/{account}/…`: how support helps a member, without
//! learning or setting a password (DOMAIN.md 5, `accounts:support`).
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use utoipa::OpenApi;

use super::{
    caller::Caller,
    members::{Shown, find},
    problem::{self, Kind, Problem},
};
use crate::{
    access::Permission,
    accounts::{self, recover},
    invitations,
    providers::Status,
    web::{App, paths},
};

pub(super) fn routes() -> Router<App> {
    let place = |rest: &str| format!("/api/v1/organizations/{{org}}/members/{{account}}/{rest}");
    Router::new()
        .route(&place("invitation"), post(resend))
        .route(&place("reset-mail"), post(reset_mail))
        .route(&place("unlock"), post(unlock))
}

#[derive(OpenApi)]
#[openapi(paths(resend, reset_mail, unlock))]
pub(super) struct Document;

/// Sends the link again; the one before is void.
#[utoipa::path(
    post, path = "/api/v1/organizations/{org}/members/{account}/invitation",
    responses((status = 204), (status = 404, body = problem::Body), (status = 409, body = problem::Body)),
    security(("bearer" = ["accounts:support"]))
)]
async fn resend(
    State(app): State<App>,
    caller: Caller,
    Path((org, account)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::AccountsSupport, &org).await?;
    let mut tx = caller.write().await?;
    let member = find(&mut tx, &organization, &account).await?;
    let place = app.config.issuer.url(&paths::invitation_link());
    let by = caller.doer();
    let whom = (member.id, invitations::Kind::Member, &by);
    let is_sent = invitations::resend(&mut tx, &app.mailer, &organization, whom, &place).await?;
    if !is_sent {
        return Err(Problem::of(Kind::Conflict("not_invited")));
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Sends the member a link for a new password.
#[utoipa::path(
    post, path = "/api/v1/organizations/{org}/members/{account}/reset-mail",
    responses((status = 204), (status = 404, body = problem::Body), (status = 409, body = problem::Body)),
    security(("bearer" = ["accounts:support"]))
)]
async fn reset_mail(
    State(app): State<App>,
    caller: Caller,
    Path((org, account)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let member = supported(&caller, &org, &account).await?;
    let email = member
        .email
        .ok_or(Problem::of(Kind::Conflict("no_email")))?;
    let place = app.config.issuer.url(&paths::reset_link());
    let origin = caller.origin();
    if recover::ask(&app.store, origin, &email).await?.is_err() {
        return Err(Problem::of(Kind::Conflict("too_many_letters")));
    }
    recover::send(&app.store, &app.mailer, origin, (&email, &place)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Lets the member try again who typed too many wrong passwords.
#[utoipa::path(
    post, path = "/api/v1/organizations/{org}/members/{account}/unlock",
    responses((status = 204), (status = 404, body = problem::Body)),
    security(("bearer" = ["accounts:support"]))
)]
async fn unlock(
    caller: Caller,
    Path((org, account)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::AccountsSupport, &org).await?;
    let member = supported(&caller, &org, &account).await?;
    let mut tx = caller.write().await?;
    accounts::unlock(&mut tx, member.id, &caller.doer(), organization.id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A member who has joined, for whoever supports accounts.
async fn supported(caller: &Caller, org: &str, account: &str) -> Result<Shown, Problem> {
    let organization = caller.may_in(Permission::AccountsSupport, org).await?;
    let mut tx = caller.read().await?;
    let member = find(&mut tx, &organization, account).await?;
    match member.status {
        Status::Invited => Err(Problem::of(Kind::Conflict("not_joined"))),
        _ => Ok(member),
    }
}
