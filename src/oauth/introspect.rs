//! `POST /introspect` (RFC 7662, DOMAIN.md 9.5): what a token is worth now. Whoever may not
//! know gets the same answer as for a token that is worth nothing.
use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};

use super::{
    Code, Posted, Refusal, back_channel,
    client_auth::{self, Caller},
};
use crate::{
    access::Scope,
    clients::Client,
    grants::{self, IsCurrent, RefreshToken},
    hcps,
    id::OrganizationId,
    secret::Secret,
    tokens::Live,
    web::{App, Failure, paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route(paths::INTROSPECT, post(introspect))
}

/// Which tokens somebody may ask about.
enum Asker {
    /// Every token of an organization; `None` for the platform.
    Organization(Option<OrganizationId>, String),
    /// Those issued to this client.
    Itself(String),
}

impl Asker {
    fn may_know(&self, client_id: &str, organization: Option<OrganizationId>) -> bool {
        match self {
            Self::Itself(id) => id == client_id,
            Self::Organization(own, id) => own.is_none() || *own == organization || id == client_id,
        }
    }
}

async fn introspect(State(app): State<App>, posted: Posted) -> Response {
    back_channel(answer(&app, &posted).await)
}

async fn answer(app: &App, posted: &Posted) -> Result<Result<Response, Refusal>, Failure> {
    let params = &posted.params;
    let asker = match asker(app, posted).await? {
        Ok(asker) => asker,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Some(token) = params.get("token") else {
        return Ok(Err(Refusal::new(Code::InvalidRequest, "token is missing.")));
    };
    let secret = Secret::new(token);
    let found = match RefreshToken::parse(token) {
        Some(token) => refresh_token(app, &asker, &token).await?,
        None if hcps::is_token(&secret) => hcp_token(app, &asker, &secret).await?,
        None => access_token(app, &asker, token).await?,
    };
    let headers = [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        ),
    ];
    let body = found.unwrap_or_else(|| json!({ "active": false }).to_string());
    Ok(Ok((headers, body).into_response()))
}

async fn asker(app: &App, posted: &Posted) -> Result<Result<Asker, Refusal>, Failure> {
    if let Some(token) = bearer(&posted.headers) {
        let live = app.tokens.inspect(&app.state(), token).await?;
        let live = live.filter(|live| live.claims.scope.contains(&Scope::Introspect));
        return Ok(live
            .map(|live| {
                Asker::Organization(live.claims.organization_id, live.claims.client_id.clone())
            })
            .ok_or_else(refused));
    }
    let caller = match client_auth::authenticate(app, posted).await? {
        Ok(caller) => caller,
        Err(refusal) => return Ok(Err(refusal)),
    };
    Ok(match caller {
        Caller::Client(client) => by_client(&client),
        Caller::Machine(account, _) => {
            let id = account.id.to_string();
            let may_see_all = account.registration.scopes.contains(&Scope::Introspect);
            Ok(match may_see_all {
                true => Asker::Organization(account.organization, id),
                false => Asker::Itself(id),
            })
        }
    })
}

fn by_client(client: &Client) -> Result<Asker, Refusal> {
    if !client.is_confidential() {
        return Err(refused());
    }
    let may_see_all = client.allowed_scopes().contains(&Scope::Introspect);
    Ok(match may_see_all {
        true => Asker::Organization(client.organization, client.id.clone()),
        false => Asker::Itself(client.id.clone()),
    })
}

fn refused() -> Refusal {
    Refusal::new(Code::InvalidClient, "Client authentication failed.")
}

/// The token of an `Authorization: Bearer` header.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

async fn access_token(app: &App, asker: &Asker, token: &str) -> Result<Option<String>, Failure> {
    let live = app.tokens.inspect(&app.state(), token).await?;
    let may_know =
        |live: &Arc<Live>| asker.may_know(&live.claims.client_id, live.claims.organization_id);
    let Some(live) = live.filter(may_know) else {
        return Ok(None);
    };
    Ok(Some(live.introspection()?.to_owned()))
}

/// An HCP's token was issued to no client: only who may ask about the organization knows it.
async fn hcp_token(app: &App, asker: &Asker, token: &Secret) -> Result<Option<String>, Failure> {
    let Asker::Organization(..) = asker else {
        return Ok(None);
    };
    let found = app.tokens.inspect_hcp(&app.state(), token).await?;
    let Some(claims) = found.filter(|c| asker.may_know("", Some(c.organization_id))) else {
        return Ok(None);
    };
    let mut shown = json!({ "active": true, "token_type": "Bearer" });
    if let (Some(shown), Value::Object(claims)) =
        (shown.as_object_mut(), serde_json::to_value(&claims)?)
    {
        shown.extend(claims);
    }
    Ok(Some(shown.to_string()))
}

async fn refresh_token(
    app: &App,
    asker: &Asker,
    token: &RefreshToken,
) -> Result<Option<String>, Failure> {
    let mut tx = app.store.read().await?;
    let found = grants::recognise(&mut tx, &app.family_key, token).await?;
    drop(tx);
    let Some((grant, IsCurrent(true))) = found else {
        return Ok(None);
    };
    if !asker.may_know(&grant.client_id, Some(grant.capacity.organization())) {
        return Ok(None);
    }
    let standings = &app.standings;
    let standing = standings
        .of_grant(&app.store, &app.organizations, &grant)
        .await?;
    Ok(standing.map(|_| {
        let mut claims = json!({
            "active": true,
            "token_type": "refresh_token",
            "client_id": grant.client_id,
            "sub": grant.capacity.subject(),
            "scope": grant.scope,
            "iss": app.config.issuer.as_str(),
            "iat": grant.created_at.seconds(),
            "exp": grant.expires_at.seconds(),
        });
        if let (Some(actor), Value::Object(claims)) = (grant.capacity.actor(), &mut claims) {
            claims.insert("act".to_owned(), json!({ "sub": actor }));
        }
        claims.to_string()
    }))
}
