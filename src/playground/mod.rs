//! `/playground`, in the demo only: an application like any other, built on the library
//! `openidconnect`. It finds the server by discovery over HTTP, verifies what it gets, and
//! shows what is in the tokens. It reaches into nothing of the server but the look of
//! its pages.
mod page;
mod party;
mod visits;

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};

use self::{
    party::Party,
    visits::{Started, Visits},
};
use crate::web::{App, Browser, Failure, Fields, Form, Nothing, Page, Texts};

/// The playground's pages.
pub fn routes(app: &App) -> Router<App> {
    let party = Party::new(app.config.issuer.as_str());
    Router::new()
        .route("/playground", get(show))
        .route("/playground/start", get(start))
        .route("/playground/callback", get(finish))
        .route("/playground/refresh", post(refresh))
        .layer(Extension(Arc::new(party)))
        .layer(Extension(Arc::new(Visits::default())))
}

/// What the playground may ask for.
const SCOPES: [&str; 11] = [
    "openid",
    "profile",
    "email",
    "fhirUser",
    "roles",
    "launch/patient",
    "patient/*.rs",
    "patient/Appointment.cruds",
    "user/*.rs",
    "hcp:read",
    "offline_access",
];

async fn show(
    State(app): State<App>,
    Extension(visits): Extension<Arc<Visits>>,
    headers: HeaderMap,
    browser: Browser,
    t: Texts,
) -> Result<Response, Failure> {
    let visit = visits.of(&headers);
    let csrf = browser.csrf().await?;
    let now = app.store.now();
    Ok(Page::new(page::page(
        t,
        csrf,
        visit.as_deref(),
        (&app.config.issuer, now),
    ))
    .into_response())
}

/// Sends the person to sign in.
async fn start(
    State(app): State<App>,
    Extension(visits): Extension<Arc<Visits>>,
    Extension(party): Extension<Arc<Party>>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    let wanted = fields.all("scope").filter(|scope| SCOPES.contains(scope));
    let wanted: Vec<String> = wanted.map(str::to_owned).collect();
    let prompt = fields
        .one("prompt")
        .filter(|p| ["login", "consent", "select_account"].contains(p));
    let (address, started) = party.start(&wanted, prompt).await?;
    let cookie = visits.begin(&headers, started, app.store.random());
    let mut response = Redirect::to(&address).into_response();
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Takes the answer, and exchanges and verifies it.
async fn finish(
    Extension(visits): Extension<Arc<Visits>>,
    Extension(party): Extension<Arc<Party>>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    if let Some(started) = visits.take_started(&headers) {
        let outcome = answered(&party, &fields, started).await;
        visits.finish(&headers, outcome);
    }
    Ok(Redirect::to("/playground").into_response())
}

async fn answered(
    party: &Party,
    fields: &Fields,
    started: Started,
) -> Result<visits::Held, String> {
    if fields.one("state") != Some(started.state.as_str()) {
        return Err("The answer does not belong to what was asked: state differs.".to_owned());
    }
    if fields.one("iss") != Some(party.issuer()) {
        return Err("The answer comes from somebody else: iss differs.".to_owned());
    }
    if let Some(error) = fields.one("error") {
        let why = fields.one("error_description").unwrap_or_default();
        return Err(format!("{error}: {why}"));
    }
    let code = fields.one("code").unwrap_or_default();
    party
        .redeem(code, started)
        .await
        .map_err(|error| format!("{error:#}"))
}

async fn refresh(
    Extension(visits): Extension<Arc<Visits>>,
    Extension(party): Extension<Arc<Party>>,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Redirect, Failure> {
    if let Some(held) = visits.of(&headers).and_then(|visit| visit.held.clone()) {
        let outcome = party
            .refresh(held)
            .await
            .map_err(|error| format!("{error:#}"));
        visits.finish(&headers, outcome);
    }
    Ok(Redirect::to("/playground"))
}
