//! `/api/v1/me/consents` and `/api/v1/me/sessions`: what a person allowed to applications,
//! and where he is signed in.
use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{delete, get},
};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use super::{
    caller::Caller,
    json::{self, List},
    problem::{self, Kind, Problem},
};
use crate::{
    access::ScopeSet,
    accounts::{self, OpenSession},
    clients::{self, GivenConsent},
    clock::Timestamp,
    id::{AccountId, ConsentId, GuardianshipId, SessionId},
    store::{StoreError, Tx},
    web::App,
};

pub(super) fn routes() -> Router<App> {
    let place = |rest: &str| format!("/api/v1/me/{rest}");
    Router::new()
        .route(&place("consents"), get(consents))
        .route(&place("consents/{id}"), delete(withdraw))
        .route(&place("sessions"), get(sessions))
        .route(&place("sessions/{id}"), delete(end_session))
}

#[derive(OpenApi)]
#[openapi(paths(consents, withdraw, sessions, end_session))]
pub(super) struct Document;

/// What an application may do.
#[derive(Debug, Serialize, ToSchema)]
struct ConsentView {
    #[schema(value_type = uuid::Uuid)]
    id: ConsentId,
    /// Whose data.
    #[schema(value_type = uuid::Uuid)]
    subject_account_id: AccountId,
    client_id: String,
    client_name: String,
    /// Space-separated.
    #[schema(value_type = String)]
    scopes: ScopeSet,
    /// The subject himself, or who acts for him.
    #[schema(value_type = uuid::Uuid)]
    given_by_account_id: AccountId,
    /// By which relation, when it was not the subject himself.
    #[schema(value_type = Option<uuid::Uuid>)]
    guardianship_id: Option<GuardianshipId>,
    #[schema(value_type = String, format = DateTime)]
    given_at: Timestamp,
}

impl ConsentView {
    async fn of(tx: &mut Tx, given: GivenConsent) -> Result<Self, StoreError> {
        let consent = given.consent;
        let client = clients::find(tx, &consent.client_id).await?;
        Ok(Self {
            id: given.id,
            subject_account_id: consent.subject,
            client_name: client.map(|client| client.name).unwrap_or_default(),
            client_id: consent.client_id,
            scopes: given.scopes,
            given_by_account_id: consent.given_by,
            guardianship_id: consent.guardianship,
            given_at: given.given_at,
        })
    }
}

/// What the person allowed to applications, for himself and for those he cares for. What
/// another guardian allowed is not among it.
#[utoipa::path(
    get, path = "/api/v1/me/consents",
    responses((status = 200, body = List<ConsentView>), (status = 403, body = problem::Body)),
    security(("bearer" = ["account"]))
)]
async fn consents(caller: Caller) -> Result<Response, Problem> {
    let me = caller.person()?.subject.id;
    let mut tx = caller.read().await?;
    let mut items = Vec::new();
    for given in clients::consents_of(&mut tx, me).await? {
        items.push(ConsentView::of(&mut tx, given).await?);
    }
    Ok(json::show(List::whole(items)))
}

/// Takes a consent back; what was granted by it ends at once.
#[utoipa::path(
    delete, path = "/api/v1/me/consents/{id}",
    responses((status = 204), (status = 404, body = problem::Body)),
    security(("bearer" = ["account"]))
)]
async fn withdraw(caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let me = caller.person()?.subject.id;
    let id = id.parse().map_err(|_| Problem::of(Kind::NotFound))?;
    let mut tx = caller.write().await?;
    let is_withdrawn = clients::withdraw(&mut tx, id, me).await?;
    tx.commit().await?;
    gone(is_withdrawn)
}

/// A browser in which the person is signed in.
#[derive(Debug, Serialize, ToSchema)]
struct SessionView {
    /// `sid`.
    #[schema(value_type = uuid::Uuid)]
    id: SessionId,
    /// The client's address when the session began.
    address: Option<String>,
    /// What the browser calls itself.
    user_agent: Option<String>,
    /// To the minute.
    #[schema(value_type = String, format = DateTime)]
    last_seen_at: Timestamp,
    /// Whether the token came from it; ending it ends the token.
    is_current: bool,
}

impl SessionView {
    fn of(open: OpenSession, current: Option<SessionId>) -> Self {
        Self {
            is_current: Some(open.id) == current,
            id: open.id,
            address: open.address,
            user_agent: open.user_agent,
            last_seen_at: open.last_seen_at,
        }
    }
}

/// Where the person is signed in, the last used first.
#[utoipa::path(
    get, path = "/api/v1/me/sessions",
    responses((status = 200, body = List<SessionView>), (status = 403, body = problem::Body)),
    security(("bearer" = ["account"]))
)]
async fn sessions(caller: Caller) -> Result<Response, Problem> {
    let me = caller.person()?.subject.id;
    let open = accounts::open_sessions(&mut caller.read().await?, me).await?;
    let items: Vec<SessionView> = open
        .into_iter()
        .map(|open| SessionView::of(open, caller.session()))
        .collect();
    Ok(json::show(List::whole(items)))
}

/// Signs the person out there.
#[utoipa::path(
    delete, path = "/api/v1/me/sessions/{id}",
    responses((status = 204), (status = 404, body = problem::Body)),
    security(("bearer" = ["account"]))
)]
async fn end_session(caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let me = caller.person()?.subject.id;
    let mut tx = caller.write().await?;
    let is_ended = accounts::end_own(&mut tx, me, &id).await?;
    tx.commit().await?;
    gone(is_ended)
}

/// Gone, or never there: nobody learns which of the other's things exist.
fn gone(is_done: bool) -> Result<Response, Problem> {
    match is_done {
        true => Ok(StatusCode::NO_CONTENT.into_response()),
        false => Err(Problem::of(Kind::NotFound)),
    }
}
