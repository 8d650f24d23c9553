//! `/account/security/close`: the way out for good.
use askama::Template;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use super::shell::{Place, Shell};
use crate::{
    accounts::{self, Identifier, session::SignIn},
    closing::{self, CloseRefusal},
    web::{App, Browser, Failure, Faults, Form, FreshlySignedIn, Page, Texts, paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/account/security/close", get(show).post(submit))
}

#[derive(Template)]
#[template(path = "pages/account/close.html")]
struct ClosePage {
    t: Texts,
    shell: Shell,
    /// What is to be typed.
    identifier: String,
    faults: Faults,
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    confirmation: String,
}

async fn show(
    State(app): State<App>,
    FreshlySignedIn(sign_in): FreshlySignedIn,
    browser: Browser,
    t: Texts,
) -> Result<Page<ClosePage>, Failure> {
    page(&app, &browser, &sign_in, t, Faults::default()).await
}

async fn submit(
    State(app): State<App>,
    FreshlySignedIn(sign_in): FreshlySignedIn,
    browser: Browser,
    t: Texts,
    Form(typed): Form<Typed>,
) -> Result<Response, Failure> {
    let mut faults = Faults::default();
    let mut tx = app.store.write_from(browser.origin()).await?;
    let owned = accounts::contacts(&mut tx, sign_in.account).await?;
    let typed = Identifier::parse(&typed.confirmation);
    let is_meant = typed.is_some_and(|typed| owned.iter().any(|c| c.value == typed.as_str()));
    if is_meant {
        let closed = closing::close_account(&mut tx, &app.notices(), sign_in.account).await?;
        match closed {
            Ok(()) => {
                tx.commit().await?;
                browser.end().await?;
                return Ok(Redirect::to(&paths::account_closed()).into_response());
            }
            Err(CloseRefusal::LastOwner) => {
                faults.add("confirmation", t.get("fault-last-owner"));
            }
            Err(CloseRefusal::Dependent) => {
                faults.add("confirmation", t.get("fault-dependent"));
            }
        }
    } else {
        faults.add("confirmation", t.get("fault-confirmation"));
    }
    drop(tx);
    let page = page(&app, &browser, &sign_in, t, faults).await?;
    let page = page.status(StatusCode::UNPROCESSABLE_ENTITY);
    Ok(page.into_response())
}

async fn page(
    app: &App,
    browser: &Browser,
    sign_in: &SignIn,
    t: Texts,
    faults: Faults,
) -> Result<Page<ClosePage>, Failure> {
    let mut tx = app.store.read().await?;
    let (shell, account) = Shell::of(&mut tx, browser, sign_in, Place::Security).await?;
    let owned = accounts::contacts(&mut tx, account.id).await?;
    Ok(Page::new(ClosePage {
        t,
        shell,
        identifier: owned
            .into_iter()
            .next()
            .map(|c| c.value)
            .unwrap_or_default(),
        faults,
    }))
}
