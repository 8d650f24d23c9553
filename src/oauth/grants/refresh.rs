//! `refresh_token` (RFC 6749 §6): rotation, and the world looked at anew (T-02).
use std::sync::Arc;

use super::{code::told, issue};
use crate::{
    access::{Scope, ScopeSet},
    accounts::session::{self, Limits},
    audit::{self, Action, Event},
    capacity::Standing,
    clients::{Client, GrantType},
    grants::{self, Ending, Grant, RefreshToken, Rotation},
    oauth::{
        Code, Refusal, rfc6749,
        token::{Answer, Request, Yield},
    },
    web::Failure,
};

/// Exchanges a refresh token for its successor and fresh tokens.
pub(in crate::oauth) async fn refresh(request: &Request<'_>) -> Result<Answer, Failure> {
    let client = match request.client(GrantType::RefreshToken) {
        Ok(client) => client,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Some(text) = request.params.get("refresh_token") else {
        let reason = "refresh_token is missing.";
        return Ok(Err(Refusal::new(Code::InvalidRequest, reason)));
    };
    let Some(token) = RefreshToken::parse(text) else {
        return Ok(Err(not_good()));
    };
    let app = request.app;
    let mut tx = app.store.write_from(request.origin).await?;
    let (answer, event) = match grants::rotate(&mut tx, &app.family_key, &token, &client.id).await?
    {
        Rotation::Unknown => return Ok(Err(not_good())), // nothing is changed
        Rotation::Reused(grant) => {
            let event = Event::refused(Action::RefreshReuse, "refresh_reuse");
            (Err(not_good()), told(event, &grant))
        }
        Rotation::Next(grant, next) => match judge(request, client, &grant).await? {
            Ok(Ok(issued)) => {
                let event = told(Event::done(Action::TokenRefreshed), &grant);
                let refresh_token = Some(next);
                (
                    Ok(Yield {
                        issued,
                        refresh_token,
                        issued_token_type: None,
                    }),
                    event,
                )
            }
            // The request is at fault, not the grant: the token is not spent.
            Ok(Err(refusal)) => return Ok(Err(refusal)),
            Err(Dead(refusal)) => {
                grants::revoke(&mut tx, grant.id, Ending::RelationEnded).await?;
                let event = Event::refused(Action::TokenRefreshed, refusal.code.name());
                (Err(refusal), told(event, &grant))
            }
        },
    };
    audit::record(&mut tx, event.through(client.id.as_str())).await?;
    tx.commit().await?;
    Ok(answer)
}

fn not_good() -> Refusal {
    let reason = "The refresh token is unknown, expired, revoked or was used before.";
    Refusal::new(Code::InvalidGrant, reason)
}

/// The grant cannot live on.
struct Dead(Refusal);

type Judged = Result<Result<crate::tokens::Issued, Refusal>, Dead>;

async fn judge(
    request: &Request<'_>,
    client: &Arc<Client>,
    grant: &Grant,
) -> Result<Judged, Failure> {
    let app = request.app;
    if let Err(refusal) = rfc6749::refresh(request.params, &client.id, &grant.client_id) {
        return Ok(Ok(Err(refusal)));
    }
    let scope = match narrowed(request, grant) {
        Ok(scope) => scope,
        Err(refusal) => return Ok(Ok(Err(refusal))),
    };
    let standings = &app.standings;
    let standing = standings
        .of_grant(&app.store, &app.organizations, grant)
        .await?;
    let Some(standing) = standing else {
        return Ok(Err(Dead(no_longer())));
    };
    if !session_allows(request, grant, &standing).await? {
        return Ok(Err(Dead(no_longer())));
    }
    Ok(Ok(issue(request, (grant, client, &standing), &scope).await?))
}

fn no_longer() -> Refusal {
    let reason = "What the refresh token was issued for is no longer allowed.";
    Refusal::new(Code::InvalidGrant, reason)
}

/// The scopes asked for, none of which may go beyond the grant. Only the access token is
/// narrowed, never the family.
fn narrowed(request: &Request<'_>, grant: &Grant) -> Result<ScopeSet, Refusal> {
    let Some(text) = request.params.get("scope") else {
        return Ok(grant.scope.clone());
    };
    let wanted = ScopeSet::read(text)
        .map(|requested| requested.scopes)
        .unwrap_or_default();
    if wanted.is_empty() || !grant.scope.covers_all(&wanted) {
        let reason = "scope goes beyond what was granted.";
        return Err(Refusal::new(Code::InvalidScope, reason));
    }
    Ok(wanted)
}

/// `online_access` ends with the browser session, `offline_access` does not.
async fn session_allows(
    request: &Request<'_>,
    grant: &Grant,
    standing: &Standing,
) -> Result<bool, Failure> {
    let (false, Some(id)) = (grant.scope.contains(&Scope::OfflineAccess), grant.session) else {
        return Ok(true);
    };
    let settings = &standing.organization.settings;
    let limits = Limits {
        idle_seconds: i64::from(settings.session_absolute.seconds()),
        absolute_seconds: i64::from(settings.session_absolute.seconds()),
    };
    let mut tx = request.app.store.read().await?;
    Ok(session::live(&mut tx, id, limits).await?.is_some())
}
