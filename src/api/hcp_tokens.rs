//! `/api/v1/databases/{db}/hcps/{id}/tokens`: what an HCP proves itself with.
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::{
    caller::Caller,
    hcp_input::invalid,
    hcps::find,
    json::{self, Input, List},
    problem::{self, Kind, Problem},
};
use crate::{
    access::Permission,
    clock::Timestamp,
    hcps::{self, HcpToken, NewToken, TokenRefusal},
    id::{HcpId, HcpTokenId},
    web::App,
};

pub(super) fn routes() -> Router<App> {
    let place = |rest: &str| format!("/api/v1/databases/{{db}}/hcps/{{id}}/tokens{rest}");
    Router::new()
        .route(&place(""), get(list).post(create))
        .route(&place("/{tid}"), get(show).delete(delete))
}

#[derive(OpenApi)]
#[openapi(paths(list, show, create, delete))]
pub(super) struct Document;

/// An authentication token of an HCP.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Token {
    #[schema(value_type = uuid::Uuid)]
    id: HcpTokenId,
    #[schema(value_type = uuid::Uuid)]
    hcp_id: HcpId,
    name: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// The account or service account that made it.
    created_by: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
    /// The secret; only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

impl From<HcpToken> for Token {
    fn from(token: HcpToken) -> Self {
        Self {
            id: token.id,
            hcp_id: token.hcp_id,
            name: token.name,
            expires_at: token.expires_at,
            created_at: token.created_at,
            created_by: token.created_by,
            last_used_at: token.last_used_at,
            token: None,
        }
    }
}

/// The tokens of the HCP, those that expired among them, oldest first.
#[utoipa::path(
    get, path = "/api/v1/databases/{db}/hcps/{id}/tokens",
    responses((status = 200, body = List<Token>), (status = 404, body = problem::Body)),
    security(("bearer" = ["hcp:tokens"]))
)]
async fn list(caller: Caller, Path((db, id)): Path<(String, String)>) -> Result<Response, Problem> {
    let mut tx = caller.read().await?;
    let (_, hcp) = find(&caller, Permission::HcpTokens, &mut tx, (&db, &id)).await?;
    let found = hcps::tokens(&mut tx, hcp.id).await?;
    let items: Vec<Token> = found.into_iter().map(Into::into).collect();
    Ok(json::show(List::whole(items)))
}

/// One token.
#[utoipa::path(
    get, path = "/api/v1/databases/{db}/hcps/{id}/tokens/{tid}",
    responses((status = 200, body = Token), (status = 404, body = problem::Body)),
    security(("bearer" = ["hcp:tokens"]))
)]
async fn show(
    caller: Caller,
    Path((db, id, tid)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let mut tx = caller.read().await?;
    let (_, hcp) = find(&caller, Permission::HcpTokens, &mut tx, (&db, &id)).await?;
    let tid = tid.parse().map_err(|_| Problem::of(Kind::NotFound))?;
    let found = hcps::token(&mut tx, hcp.id, tid).await?;
    let token = found.ok_or(Problem::of(Kind::NotFound))?;
    Ok(json::show(Token::from(token)))
}

/// A token to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TokenInput {
    /// 1 to 64 characters, unique per HCP whatever the case.
    name: String,
    /// At most `hcp_token_max_days` from now.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Makes a token. The answer shows its secret, once.
#[utoipa::path(
    post, path = "/api/v1/databases/{db}/hcps/{id}/tokens", request_body = TokenInput,
    responses((status = 201, body = Token), (status = 409, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["hcp:tokens"]))
)]
async fn create(
    State(app): State<App>,
    caller: Caller,
    Path((db, id)): Path<(String, String)>,
    Input(input): Input<TokenInput>,
) -> Result<Response, Problem> {
    let mut tx = caller.write().await?;
    let (found, hcp) = find(&caller, Permission::HcpTokens, &mut tx, (&db, &id)).await?;
    let organization = app.organizations.get(&app.store, found.organization_id);
    let organization = organization.await?.ok_or(Problem::of(Kind::NotFound))?;
    let new = NewToken {
        name: input.name,
        expires_at: input.expires_at,
    };
    let made = hcps::issue_token(&mut tx, &organization, &hcp, &new, &caller.doer()).await?;
    let (token, secret) = made.map_err(|refusal| match refusal {
        TokenRefusal::Unfit(faults) => invalid(&faults),
        TokenRefusal::NameTaken => Problem::of(Kind::Taken("name", "name_taken")),
    })?;
    tx.commit().await?;
    let issuer = app.config.issuer.as_str();
    let place = format!(
        "{issuer}/api/v1/databases/{}/hcps/{}/tokens/{}",
        hcp.database_id, hcp.id, token.id
    );
    let shown = Token {
        token: Some(secret.expose().to_owned()),
        ..Token::from(token)
    };
    Ok(json::created(&place, shown))
}

/// Deletes a token: it is worth nothing from now on.
#[utoipa::path(
    delete, path = "/api/v1/databases/{db}/hcps/{id}/tokens/{tid}",
    responses((status = 204), (status = 404, body = problem::Body)),
    security(("bearer" = ["hcp:tokens"]))
)]
async fn delete(
    caller: Caller,
    Path((db, id, tid)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let missing = || Problem::of(Kind::NotFound);
    let mut tx = caller.write().await?;
    let (found, hcp) = find(&caller, Permission::HcpTokens, &mut tx, (&db, &id)).await?;
    let tid = tid.parse().map_err(|_| missing())?;
    let organization = found.organization_id;
    if !hcps::delete_token(&mut tx, organization, &hcp, tid, &caller.doer()).await? {
        return Err(missing());
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
