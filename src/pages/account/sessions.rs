//! `/account/sessions`: where the person is signed in, and ending what he does not know.
use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};

use super::{
    shell::{Place, Shell},
    user_agent,
};
use crate::{
    accounts::{self, OpenSession},
    web::{App, Browser, Failure, Form, Nothing, Page, Problem, SignedIn, Texts, paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/account/sessions", get(show))
        .route("/account/sessions/end-others", post(end_others))
        .route("/account/sessions/{id}/end", post(end))
}

#[derive(Template)]
#[template(path = "pages/account/sessions.html")]
struct SessionsPage {
    t: Texts,
    shell: Shell,
    here: Option<OpenSession>,
    others: Vec<OpenSession>,
}

async fn show(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    t: Texts,
) -> Result<Page<SessionsPage>, Failure> {
    let mut tx = app.store.read().await?;
    let (shell, _) = Shell::of(&mut tx, &browser, &sign_in, Place::Sessions).await?;
    let open = accounts::open_sessions(&mut tx, sign_in.account).await?;
    let (here, others): (Vec<_>, Vec<_>) = open
        .into_iter()
        .partition(|open| open.id == sign_in.session);
    Ok(Page::new(SessionsPage {
        t,
        shell,
        here: here.into_iter().next(),
        others,
    }))
}

async fn end(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    Path(id): Path<String>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Failure> {
    let mut tx = app.store.write().await?;
    let is_own = accounts::end_own(&mut tx, sign_in.account, &id).await?;
    tx.commit().await?;
    Ok(match is_own {
        true => Redirect::to(&paths::account_sessions()).into_response(),
        false => Problem::NotFound.into_response(),
    })
}

async fn end_others(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Redirect, Failure> {
    let mut tx = app.store.write().await?;
    accounts::end_others(&mut tx, sign_in.account, sign_in.session).await?;
    tx.commit().await?;
    Ok(Redirect::to(&paths::account_sessions()))
}
