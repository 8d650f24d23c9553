//! `GET /api/v1/me/exchanges`: who obtained a token to act for the person without asking him
//! (DOMAIN.md 5).
use axum::{Router, extract::State, response::Response, routing::get};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use super::{
    caller::Caller,
    json::{self, List},
    paging::Paging,
    problem::{self, Problem},
};
use crate::{
    accounts,
    audit::{self, Action, Entry, Filter},
    clock::Timestamp,
    id::AuditEventId,
    service_accounts,
    store::{StoreError, Tx},
    web::App,
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/api/v1/me/exchanges", get(list))
}

#[derive(OpenApi)]
#[openapi(paths(list))]
pub(super) struct Document;

/// One time that somebody obtained a token to act for the person.
#[derive(Debug, Serialize, ToSchema)]
struct Exchange {
    #[schema(value_type = uuid::Uuid)]
    id: AuditEventId,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who acts.
    actor: Option<String>,
    /// `account` or `service_account`.
    actor_type: Option<String>,
    /// The actor's name.
    actor_name: Option<String>,
    /// Through which application.
    client_id: Option<String>,
    /// By which guardianship or delegation; none for an OWNER.
    relation_id: Option<String>,
    /// Why, as an OWNER said.
    reason: Option<String>,
}

impl Exchange {
    async fn of(tx: &mut Tx, entry: Entry) -> Result<Self, StoreError> {
        let actor_name = match &entry.actor {
            Some(actor) => name(tx, actor, entry.actor_type.as_deref()).await?,
            None => None,
        };
        Ok(Self {
            id: entry.id,
            at: entry.at,
            actor: entry.actor,
            actor_type: entry.actor_type,
            actor_name,
            client_id: entry.client_id,
            relation_id: entry.relation_id,
            reason: entry.reason,
        })
    }
}

async fn name(tx: &mut Tx, id: &str, kind: Option<&str>) -> Result<Option<String>, StoreError> {
    Ok(match (kind, id.parse(), id.parse()) {
        (Some("account"), Ok(id), _) => accounts::account(tx, id).await?.map(|a| a.display_name),
        (Some("service_account"), _, Ok(id)) => service_accounts::find(tx, id)
            .await?
            .map(|machine| machine.name),
        _ => None,
    })
}

/// Who obtained a token to act for the person, newest first.
#[utoipa::path(
    get, path = "/api/v1/me/exchanges",
    responses((status = 200, body = List<Exchange>), (status = 403, body = problem::Body)),
    security(("bearer" = ["account"]))
)]
async fn list(State(app): State<App>, caller: Caller, paging: Paging) -> Result<Response, Problem> {
    let standing = caller.person()?;
    let filter = Filter {
        action: Some(Action::TokenExchanged.name().to_owned()),
        subject: Some(standing.subject.id.to_string()),
        outcome: Some("done".to_owned()),
        ..Filter::default()
    };
    app.later.settled().await;
    let mut tx = caller.read().await?;
    let page = (paging.after(), paging.rows());
    let found = audit::page(&mut tx, standing.organization.id, &filter, page).await?;
    let page = paging.list(found, |entry| entry.id.to_string());
    let mut items = Vec::new();
    for entry in page.items {
        items.push(Exchange::of(&mut tx, entry).await?);
    }
    let next = page.next;
    Ok(json::show(List { items, next }))
}
