//! `/api/v1/organizations/{org}/consumers/{account}/sign-in`: staff let a dependent sign in
//! himself, with a password of his own for the identifier that he shares, or end it.
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::put,
};
use serde::Deserialize;
use utoipa::{OpenApi, ToSchema};

use super::{
    caller::Caller,
    consumers::{self, refuse_own},
    json::Input,
    problem::{self, Kind, Problem},
};
use crate::{
    access::Permission,
    accounts::{PasswordFault, check_new_password},
    guardianship::{self, PersonalRefusal},
    secret::Secret,
    web::App,
};

pub(super) fn routes() -> Router<App> {
    let place = "/api/v1/organizations/{org}/consumers/{account}/sign-in";
    Router::new().route(place, put(enable).delete(disable))
}

#[derive(OpenApi)]
#[openapi(paths(enable, disable))]
pub(super) struct Document;

/// Characters of a password that is the only factor (I-07).
const SHORTEST: usize = 15;

/// The dependent's first password, which he changes himself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignInInput {
    #[schema(value_type = String)]
    password: Secret,
}

/// Lets the dependent sign in himself.
#[utoipa::path(
    put, path = "/api/v1/organizations/{org}/consumers/{account}/sign-in", request_body = SignInInput,
    responses(
        (status = 204),
        (status = 403, description = "insufficient_permission, own_relation", body = problem::Body),
        (status = 409, description = "too_young, grown_up, no_shared_identifier, too_many_sign_ins", body = problem::Body),
        (status = 422, body = problem::Body),
    ),
    security(("bearer" = ["guardianships:write"]))
)]
async fn enable(
    State(app): State<App>,
    caller: Caller,
    Path((org, id)): Path<(String, String)>,
    Input(input): Input<SignInInput>,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::GuardianshipsWrite, &org).await?;
    let mut tx = caller.read().await?;
    let (account, _) = consumers::find(&mut tx, organization.id, &id).await?;
    refuse_own(&mut tx, &caller, account.id).await?; // I-16
    drop(tx);
    let own = [account.given_name.as_str(), account.family_name.as_str()];
    check_new_password(&input.password, SHORTEST, &own)
        .map_err(|fault| Problem::field("password", code_of(fault)))?;
    let hashed = app
        .passwords
        .hash(input.password, app.store.random_source());
    let phc = hashed
        .await
        .map_err(|_| Problem::of(Kind::Unavailable(5)))?;
    let mut tx = caller.write().await?;
    let whose = (account.id, phc.as_str());
    let doer = caller.doer();
    let enabled = guardianship::enable_sign_in(&mut tx, &organization, whose, &doer).await?;
    enabled.map_err(|refusal| {
        Problem::of(Kind::Conflict(match refusal {
            PersonalRefusal::NotTheGuardian => "wrong_state",
            PersonalRefusal::TooYoung => "too_young",
            PersonalRefusal::GrownUp => "grown_up",
            PersonalRefusal::NoIdentifier => "no_shared_identifier",
            PersonalRefusal::TooMany => "too_many_sign_ins",
        }))
    })?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

const fn code_of(fault: PasswordFault) -> &'static str {
    match fault {
        PasswordFault::TooShort => "too_short",
        PasswordFault::TooLong => "too_long",
        PasswordFault::Common => "common",
        PasswordFault::Personal => "personal",
    }
}

/// Ends it: the password is gone, and whatever came of it.
#[utoipa::path(
    delete, path = "/api/v1/organizations/{org}/consumers/{account}/sign-in",
    responses((status = 204), (status = 403, body = problem::Body), (status = 404, body = problem::Body)),
    security(("bearer" = ["guardianships:write"]))
)]
async fn disable(
    caller: Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::GuardianshipsWrite, &org).await?;
    let mut tx = caller.write().await?;
    let (account, _) = consumers::find(&mut tx, organization.id, &id).await?;
    refuse_own(&mut tx, &caller, account.id).await?;
    let doer = caller.doer();
    if !guardianship::disable_sign_in(&mut tx, &organization, account.id, &doer).await? {
        return Err(Problem::of(Kind::NotFound));
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
