//! The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2).
//!
//! A request is checked as a whole, then [`flow`] asks [`step::next`] what comes next. Where
//! nobody has to be asked, the answer goes out at once and nothing but the grant is
//! written. Else the request becomes a row tied to this browser, the person goes from
//! page to page, and each page returns to `/authorize/{id}`, which decides anew.
mod consent;
mod flow;
mod queries;
mod request;
mod respond;
mod step;
mod subject;
#[cfg(test)]
mod tests;

use axum::{
    Router,
    body::Body,
    extract::{Path, RawQuery, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};

use self::{
    flow::{Flow, Start},
    request::Stop,
};
use crate::{
    audit::{Action, Event},
    clients::Clients,
    id::AuthorizationRequestId,
    oauth::{Code, Params, Refusal},
    secret::Fingerprint,
    store::{Store, StoreError},
    web::{App, Asking, Browser, Detail, Failure, FormTarget, Problem, Texts, paths},
};

pub use queries::sweep;

/// Longest query that a posted request may become.
const LONGEST_QUERY: usize = 7 * 1024;

/// The endpoint, its dispatcher and its pages.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/authorize", get(begin).post(begin_by_form))
        .route("/authorize/{id}", get(go_on))
        .merge(subject::routes())
        .merge(consent::routes())
}

async fn begin(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    browser: Browser,
    t: Texts,
) -> Result<Response, Failure> {
    let query = query.unwrap_or_default();
    match flow::start(&app, &query).await? {
        Start::Stop(stop, client) => stop_at(&app, t, &browser, (stop, client)).await,
        Start::Go(flow) => flow.go_on(&app, &browser, t).await,
    }
}

/// A form from another site comes without this site's cookie. So it becomes a query, which
/// the browser asks again, with the cookie.
async fn begin_by_form(headers: HeaderMap, body: Body) -> Result<Response, Failure> {
    let answer = match Params::form(&headers, body)
        .await
        .map(|params| params.to_query())
    {
        Ok(query) if query.len() <= LONGEST_QUERY => {
            Redirect::to(&paths::authorize(&query)).into_response()
        }
        Ok(_) => cannot_return(&Refusal::new(
            Code::InvalidRequest,
            "The request is too long.",
        )),
        Err(refusal) => cannot_return(&refusal),
    };
    Ok(answer)
}

async fn go_on(
    State(app): State<App>,
    Path(id): Path<String>,
    browser: Browser,
    t: Texts,
) -> Result<Response, Failure> {
    match Flow::resume(&app, &id, &browser).await? {
        Some(flow) => flow.go_on(&app, &browser, t).await,
        None => Ok(Problem::Stale.into_response()),
    }
}

async fn stop_at(
    app: &App,
    t: Texts,
    browser: &Browser,
    (stop, client): (Stop, Option<String>),
) -> Result<Response, Failure> {
    let refusal = match &stop {
        Stop::Show(refusal) | Stop::Send(refusal, _) => refusal,
    };
    tracing::info!(error = refusal.code.name(), reason = %refusal.reason, "an authorization request was refused");
    let mut event = Event::refused(Action::Authorization, refusal.code.name());
    if let Some(client) = client {
        event = event.through(client);
    }
    app.later.record(event, browser.origin()).await;
    Ok(match stop {
        Stop::Show(refusal) => cannot_return(&refusal),
        Stop::Send(refusal, reply) => respond::error(app, t, &reply, &refusal),
    })
}

fn cannot_return(refusal: &Refusal) -> Response {
    let detail = Detail {
        code: refusal.code.name(),
        cause: refusal.reason.to_string(),
    };
    Problem::CannotReturn(detail).into_response()
}

/// What the sign-in page needs to know of a request under way; see `web::Asker`.
///
/// # Errors
/// The database is away.
pub async fn asking(
    store: &Store,
    clients: &Clients,
    id: AuthorizationRequestId,
    browser: &Fingerprint,
) -> Result<Option<Asking>, StoreError> {
    let pending = queries::find(&mut store.read().await?, id, browser).await?;
    let Some(pending) = pending else {
        return Ok(None);
    };
    let request = pending.request;
    let client = clients.find(store, &request.client_id).await?;
    Ok(client.map(|client| Asking {
        client_id: client.id.clone(),
        app_name: client.name.clone(),
        login_hint: request.login_hint,
        target: FormTarget::of(request.reply.to.as_str()),
    }))
}
