//! `/forgot-password`: asks for a link. The answer is the same whoever asks about whomever,
//! and goes out before anybody is looked up (N-01).
use askama::Template;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;

use crate::{
    accounts::recover,
    web::{App, Browser, Failure, Form, Next, Page, Texts, paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/forgot-password", get(show).post(submit))
}

#[derive(Template)]
#[template(path = "pages/forgot_password.html")]
struct ForgotPage {
    t: Texts,
    csrf: String,
    is_sent: bool,
    fault: Option<String>,
    sign_in: String,
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    username: String,
}

async fn show(browser: Browser, t: Texts) -> Result<Response, Failure> {
    let page = page(&browser, t, false).await?;
    Ok(Page::new(page).into_response())
}

async fn submit(
    State(app): State<App>,
    browser: Browser,
    t: Texts,
    Form(typed): Form<Typed>,
) -> Result<Response, Failure> {
    let asked = recover::ask(&app.store, browser.origin(), &typed.username).await?;
    if let Err(wait) = asked {
        let words = t.with("too-many-letters", &[("wait", &t.wait(wait.seconds))]);
        let mut page = page(&browser, t, false).await?;
        page.fault = Some(words);
        let page = Page::new(page).status(StatusCode::TOO_MANY_REQUESTS);
        return Ok(page.retry_after(wait.seconds).into_response());
    }
    let page = page(&browser, t, true).await?;
    send(&app, &browser, typed.username);
    Ok(Page::new(page).into_response())
}

/// In the background, so that its time tells nothing.
fn send(app: &App, browser: &Browser, typed: String) {
    let (app, origin) = (app.clone(), std::sync::Arc::clone(browser.origin()));
    tokio::spawn(async move {
        let place = format!("{}{}", app.config.issuer.as_str(), paths::reset_link());
        let of = (typed.as_str(), place.as_str());
        if let Err(error) = recover::send(&app.store, &app.mailer, &origin, of).await {
            tracing::warn!(%error, "a link for a new password was not sent");
        }
    });
}

async fn page(browser: &Browser, t: Texts, is_sent: bool) -> Result<ForgotPage, Failure> {
    Ok(ForgotPage {
        csrf: browser.csrf().await?,
        t,
        is_sent,
        fault: None,
        sign_in: paths::sign_in(&Next::Account),
    })
}
