//! `/api/v1/me/hcp`: an HCP with an account looks after his own keys and tokens.
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{delete, get},
};
use utoipa::OpenApi;

use super::{
    caller::Caller,
    hcp_keys::{Key, KeyInput, Screened, refuse},
    hcp_tokens::Token,
    json::{self, List},
    problem::{self, Kind, Problem},
};
use crate::{
    hcps::{self, Hcp},
    id::OrganizationId,
    store::Tx,
    web::App,
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/me/hcp/keys", get(keys).post(register_key))
        .route("/api/v1/me/hcp/keys/{kid}", delete(remove_key))
        .route("/api/v1/me/hcp/tokens", get(tokens))
        .route("/api/v1/me/hcp/tokens/{tid}", delete(delete_token))
}

#[derive(OpenApi)]
#[openapi(paths(keys, register_key, remove_key, tokens, delete_token))]
pub(super) struct Document;

/// The HCPs that the caller is in the organization of his token; most are one.
async fn own(caller: &Caller, tx: &mut Tx) -> Result<(OrganizationId, Vec<Hcp>), Problem> {
    let standing = caller.person()?;
    let organization = standing.organization.id;
    let own = hcps::of_account(tx, standing.subject.id, organization).await?;
    match own.is_empty() {
        true => Err(Problem::of(Kind::NotFound)),
        false => Ok((organization, own)),
    }
}

/// One's own public keys.
#[utoipa::path(
    get, path = "/api/v1/me/hcp/keys",
    responses((status = 200, body = List<Key>), (status = 404, body = problem::Body)),
    security(("bearer" = ["account"]))
)]
async fn keys(caller: Caller) -> Result<Response, Problem> {
    let mut tx = caller.read().await?;
    let (_, own) = own(&caller, &mut tx).await?;
    let mut items: Vec<Key> = Vec::new();
    for hcp in own {
        let found = hcps::keys(&mut tx, hcp.id).await?;
        items.extend(found.into_iter().map(Key::from));
    }
    Ok(json::show(List::whole(items)))
}

/// Registers a public key of one's own. Whoever is several HCPs registers it for the first.
#[utoipa::path(
    post, path = "/api/v1/me/hcp/keys", request_body = KeyInput,
    responses((status = 201, body = Key), (status = 409, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["account"]))
)]
async fn register_key(
    State(app): State<App>,
    caller: Caller,
    input: Screened,
) -> Result<Response, Problem> {
    let mut tx = caller.write().await?;
    let (organization, own) = own(&caller, &mut tx).await?;
    let hcp = own.first().ok_or(Problem::of(Kind::NotFound))?;
    let key = input.read()?;
    let made = hcps::register_key(&mut tx, organization, hcp, &key, &caller.doer()).await?;
    let made = made.map_err(refuse)?;
    tx.commit().await?;
    let place = format!(
        "{}/api/v1/me/hcp/keys/{}",
        app.config.issuer.as_str(),
        made.id
    );
    Ok(json::created(&place, Key::from(made)))
}

/// Removes a public key of one's own.
#[utoipa::path(
    delete, path = "/api/v1/me/hcp/keys/{kid}",
    responses((status = 204), (status = 404, body = problem::Body)),
    security(("bearer" = ["account"]))
)]
async fn remove_key(caller: Caller, Path(kid): Path<String>) -> Result<Response, Problem> {
    let missing = || Problem::of(Kind::NotFound);
    let kid = kid.parse().map_err(|_| missing())?;
    let mut tx = caller.write().await?;
    let (organization, own) = own(&caller, &mut tx).await?;
    for hcp in own {
        if hcps::remove_key(&mut tx, organization, &hcp, kid, &caller.doer()).await? {
            tx.commit().await?;
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
    }
    Err(missing())
}

/// One's own authentication tokens.
#[utoipa::path(
    get, path = "/api/v1/me/hcp/tokens",
    responses((status = 200, body = List<Token>), (status = 404, body = problem::Body)),
    security(("bearer" = ["account"]))
)]
async fn tokens(caller: Caller) -> Result<Response, Problem> {
    let mut tx = caller.read().await?;
    let (_, own) = own(&caller, &mut tx).await?;
    let mut items: Vec<Token> = Vec::new();
    for hcp in own {
        let found = hcps::tokens(&mut tx, hcp.id).await?;
        items.extend(found.into_iter().map(Token::from));
    }
    Ok(json::show(List::whole(items)))
}

/// Deletes an authentication token of one's own.
#[utoipa::path(
    delete, path = "/api/v1/me/hcp/tokens/{tid}",
    responses((status = 204), (status = 404, body = problem::Body)),
    security(("bearer" = ["account"]))
)]
async fn delete_token(caller: Caller, Path(tid): Path<String>) -> Result<Response, Problem> {
    let missing = || Problem::of(Kind::NotFound);
    let tid = tid.parse().map_err(|_| missing())?;
    let mut tx = caller.write().await?;
    let (organization, own) = own(&caller, &mut tx).await?;
    for hcp in own {
        if hcps::delete_token(&mut tx, organization, &hcp, tid, &caller.doer()).await? {
            tx.commit().await?;
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
    }
    Err(missing())
}
