//! `…/service-accounts/{id}/api-keys`: the keys that prove a machine. Several live side by
//! side, so that one is replaced without a gap: make the new key, then end the old one (I-41), or both by
//! one deed: `rotate`.
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::{
    caller::Caller,
    checks::Checks,
    json::{self, Input, List},
    problem::{self, Kind, Problem},
    service_account_shown::Key,
    service_accounts::{begin, find, hands_out},
};
use crate::{
    access::Permission,
    clock::Timestamp,
    id::ApiKeyId,
    service_accounts::{
        self, ApiKey, KeyRefusal, NewKey, RotateRefusal, Rotation, ServiceAccount, USUAL_OVERLAP,
    },
    web::App,
};

pub(super) fn routes() -> Router<App> {
    let place = "/api/v1/organizations/{org}/service-accounts/{id}/api-keys";
    Router::new()
        .route(place, get(list).post(make))
        .route(&format!("{place}/{{key}}"), get(show).delete(end))
        .route(&format!("{place}/{{key}}/rotate"), post(rotate))
}

#[derive(OpenApi)]
#[openapi(paths(list, make, show, rotate, end))]
pub(super) struct Document;

/// The keys that were not revoked.
#[utoipa::path(
    get, path = "/api/v1/organizations/{org}/service-accounts/{id}/api-keys",
    responses((status = 200, body = List<Key>), (status = 404, body = problem::Body)),
    security(("bearer" = ["service_accounts:read"]))
)]
async fn list(
    caller: Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::ServiceAccountsRead, &org).await?;
    let mut tx = caller.read().await?;
    let account = find(&mut tx, organization.id, &id).await?;
    let now = tx.now();
    let keys = account.keys.iter().filter(|key| key.revoked_at.is_none());
    let keys = keys.map(|key| Key::of(key, now)).collect();
    Ok(json::show(List::whole(keys)))
}

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApiKeyInput {
    /// Unique among the keys of the account; 1 to 64 characters.
    name: String,
    /// At most `api_key_max_days` from now.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Makes a key. The answer holds it, once: `api_key`. Only whoever holds all administrative
/// scopes of the account may.
#[utoipa::path(
    post, path = "/api/v1/organizations/{org}/service-accounts/{id}/api-keys", request_body = ApiKeyInput,
    responses((status = 201, body = Key), (status = 403, body = problem::Body), (status = 409, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["service_accounts:write"]))
)]
async fn make(
    State(app): State<App>,
    caller: Caller,
    Path((org, id)): Path<(String, String)>,
    Input(input): Input<ApiKeyInput>,
) -> Result<Response, Problem> {
    let (organization, mut tx, account) = begin(&caller, &org, &id).await?;
    hands_out(&caller, &account.registration.scopes)?;
    let mut checks = Checks::default();
    let name = checks.text("name", &input.name, 1, 64);
    checks.finish()?;
    let new = NewKey {
        name,
        expires_at: input.expires_at,
        max_days: organization.settings.api_key_max_days,
    };
    let made = service_accounts::create_key(&mut tx, &account, new, &caller.doer()).await?;
    let (key, secret) = made.map_err(refuse)?;
    let account = find(&mut tx, organization.id, &id).await?;
    let shown = Key::of(key_of(&account, key)?, tx.now()).with(&secret);
    tx.commit().await?;
    Ok(json::created(&place(&app, &account, key), shown))
}

fn refuse(refusal: KeyRefusal) -> Problem {
    match refusal {
        KeyRefusal::InvalidName => Problem::field("name", "invalid"),
        KeyRefusal::InvalidExpiry => Problem::field("expires_at", "out_of_range"),
        KeyRefusal::NameTaken => Problem::of(Kind::Conflict("name_taken")),
    }
}

/// One key, without its secret.
#[utoipa::path(
    get, path = "/api/v1/organizations/{org}/service-accounts/{id}/api-keys/{key}",
    responses((status = 200, body = Key), (status = 404, body = problem::Body)),
    security(("bearer" = ["service_accounts:read"]))
)]
async fn show(
    caller: Caller,
    Path((org, id, key)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::ServiceAccountsRead, &org).await?;
    let mut tx = caller.read().await?;
    let account = find(&mut tx, organization.id, &id).await?;
    let key = key_of(&account, parsed(&key)?)?;
    Ok(json::show(Key::of(key, tx.now())))
}

/// How a key is to be replaced; everything may be left out.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct RotationInput {
    /// The new key's name; otherwise the old one's with the next number.
    name: Option<String>,
    /// When the new key ends; otherwise it lives as long as the old one did.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// Hours for which the old key goes on, 0 to 720; 0 ends it at once. Otherwise 168.
    overlap_hours: Option<u32>,
}

/// A key that took another's place.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RotatedApiKey)]
struct Rotated {
    #[serde(flatten)]
    key: Key,
    /// When the old key ends.
    #[schema(value_type = String, format = DateTime)]
    replaced_ends_at: Timestamp,
}

/// Replaces a key: a new one is made and shown once, both open until the overlap is over, then the
/// old one ends by itself. A key is replaced once.
#[utoipa::path(
    post, path = "/api/v1/organizations/{org}/service-accounts/{id}/api-keys/{key}/rotate", request_body = RotationInput,
    responses((status = 201, body = Rotated), (status = 403, body = problem::Body), (status = 404, body = problem::Body), (status = 409, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["service_accounts:write"]))
)]
async fn rotate(
    State(app): State<App>,
    caller: Caller,
    Path((org, id, key)): Path<(String, String, String)>,
    Input(input): Input<RotationInput>,
) -> Result<Response, Problem> {
    let (organization, mut tx, account) = begin(&caller, &org, &id).await?;
    hands_out(&caller, &account.registration.scopes)?;
    let old = key_of(&account, parsed(&key)?)?;
    let overlap = input.overlap_hours.map(|hours| i64::from(hours) * 3600);
    let rotation = Rotation {
        name: input.name,
        expires_at: input.expires_at,
        max_days: organization.settings.api_key_max_days,
        overlap: overlap.unwrap_or(USUAL_OVERLAP),
    };
    let doer = caller.doer();
    let made = service_accounts::rotate_key(&mut tx, &account, old, rotation, &doer).await?;
    let made = made.map_err(|refusal| match refusal {
        RotateRefusal::Key(refusal) => refuse(refusal),
        RotateRefusal::Overlap => Problem::field("overlap_hours", "out_of_range"),
        RotateRefusal::Ended => Problem::of(Kind::Conflict("key_ended")),
        RotateRefusal::Replaced => Problem::of(Kind::Conflict("already_rotated")),
    })?;
    let account = find(&mut tx, organization.id, &id).await?;
    let shown = Rotated {
        key: Key::of(key_of(&account, made.id)?, tx.now()).with(&made.secret),
        replaced_ends_at: made.old_ends_at,
    };
    tx.commit().await?;
    Ok(json::created(&place(&app, &account, made.id), shown))
}

/// Where a key of the account is.
fn place(app: &App, account: &ServiceAccount, key: ApiKeyId) -> String {
    let org = account.organization.map(|id| id.to_string());
    let (org, id) = (org.unwrap_or_default(), account.id);
    let path = format!("/api/v1/organizations/{org}/service-accounts/{id}/api-keys/{key}");
    app.config.issuer.url(&path)
}

/// Ends a key at once, with every token that it proved.
#[utoipa::path(
    delete, path = "/api/v1/organizations/{org}/service-accounts/{id}/api-keys/{key}",
    responses((status = 204), (status = 404, body = problem::Body)),
    security(("bearer" = ["service_accounts:write"]))
)]
async fn end(
    caller: Caller,
    Path((org, id, key)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let (_, mut tx, account) = begin(&caller, &org, &id).await?;
    let key = key_of(&account, parsed(&key)?)?.id;
    service_accounts::end_key(&mut tx, &account, key, &caller.doer()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn parsed(id: &str) -> Result<ApiKeyId, Problem> {
    id.parse().map_err(|_| Problem::of(Kind::NotFound))
}

/// A key of the account that was not revoked; any other is not there.
fn key_of(account: &ServiceAccount, id: ApiKeyId) -> Result<&ApiKey, Problem> {
    let is_it = |key: &&ApiKey| key.id == id && key.revoked_at.is_none();
    let found = account.keys.iter().find(is_it);
    found.ok_or(Problem::of(Kind::NotFound))
}
