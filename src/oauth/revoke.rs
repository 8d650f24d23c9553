//! `POST /revoke` (RFC 7009). A refresh token takes its whole grant along, an access token
//! only itself. Unknown and foreign tokens are answered like one's own.
use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};

use super::{Code, Posted, Refusal, back_channel, client_auth, grants::code::told};
use crate::{
    audit::{self, Action, Event},
    clock::Timestamp,
    grants::{self, Ending, RefreshToken},
    store::Origin,
    web::{App, Failure, paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route(paths::REVOKE, post(revoke))
}

async fn revoke(State(app): State<App>, posted: Posted) -> Response {
    back_channel(answer(&app, &posted).await)
}

async fn answer(app: &App, posted: &Posted) -> Result<Result<Response, Refusal>, Failure> {
    let Posted { origin, params, .. } = posted;
    let caller = match client_auth::authenticate(app, posted).await? {
        Ok(caller) => caller,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Some(token) = params.get("token") else {
        return Ok(Err(Refusal::new(Code::InvalidRequest, "token is missing.")));
    };
    let client_id = caller.id();
    match RefreshToken::parse(token) {
        Some(token) => end_grant(app, origin, &client_id, &token).await?,
        None => end_token(app, origin, &client_id, token).await?,
    }
    let no_store = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(Ok((StatusCode::OK, [no_store]).into_response()))
}

async fn end_grant(
    app: &App,
    origin: &Arc<Origin>,
    client_id: &str,
    token: &RefreshToken,
) -> Result<(), Failure> {
    let mut tx = app.store.write_from(origin).await?;
    let found = grants::recognise(&mut tx, &app.family_key, token).await?;
    let Some((grant, _)) = found.filter(|(grant, _)| grant.client_id == client_id) else {
        return Ok(());
    };
    if grants::revoke(&mut tx, grant.id, Ending::Revoked).await? {
        let event = told(Event::done(Action::TokenRevoked), &grant).through(client_id);
        audit::record(&mut tx, event).await?;
    }
    Ok(tx.commit().await?)
}

async fn end_token(
    app: &App,
    origin: &Arc<Origin>,
    client_id: &str,
    token: &str,
) -> Result<(), Failure> {
    let live = app.tokens.inspect(&app.state(), token).await?;
    let Some(live) = live.filter(|live| live.claims.client_id == client_id) else {
        return Ok(());
    };
    let mut tx = app.store.write_from(origin).await?;
    let expires_at = Timestamp::from_seconds(live.claims.exp);
    grants::revoke_token(&mut tx, &live.claims.jti, expires_at).await?;
    let event = Event::done(Action::TokenRevoked)
        .about(&live.claims.sub)
        .through(client_id)
        .within(live.claims.organization_id)
        .on(&live.claims.jti);
    audit::record(&mut tx, event).await?;
    Ok(tx.commit().await?)
}
