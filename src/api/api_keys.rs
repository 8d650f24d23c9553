//! `…/service-accounts/{id}/api-keys`: the keys that prove a machine. Several live side by
//! side, so that one is replaced without a gap: make the new key, then end the old one (I-41).
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
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
    service_accounts::{self, ApiKey, KeyRefusal, NewKey, ServiceAccount},
    web::App,
};

pub(super) fn routes() -> Router<App> {
    let place = "/api/v1/organizations/{org}/service-accounts/{id}/api-keys";
    Router::new()
        .route(place, get(list).post(make))
        .route(&format!("{place}/{{key}}"), get(show).delete(end))
}

#[derive(OpenApi)]
#[openapi(paths(list, make, show, end))]
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
    let (org, id) = (organization.id, account.id);
    let place = format!("/api/v1/organizations/{org}/service-accounts/{id}/api-keys/{key}");
    Ok(json::created(&app.config.issuer.url(&place), shown))
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
