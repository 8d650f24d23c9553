//! `/reset-password?token=…`: chooses a new password by the link of a letter.
use askama::Template;
use axum::{
    Router,
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;

use super::{sign_up::SHORTEST, visit};
use crate::{
    accounts::{check_new_password, recover},
    secret::Secret,
    web::{App, Browser, Failure, Fields, Form, Next, Page, Problem, Texts, paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/reset-password", get(show).post(submit))
}

#[derive(Template)]
#[template(path = "pages/reset_password.html")]
struct ResetPage {
    t: Texts,
    csrf: String,
    action: String,
    stage: Stage,
    fault: Option<String>,
    sign_in: String,
    forgot: String,
}

enum Stage {
    /// The link is used, too old or void.
    Over,
    /// For the account with this identifier.
    Choose(String),
    /// Done.
    Done,
}

#[derive(Deserialize)]
struct Typed {
    password: Option<Secret>,
    /// For password managers only.
    #[serde(rename = "username")]
    _username: Option<String>,
}

async fn show(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    browser: Browser,
    t: Texts,
) -> Result<Response, Failure> {
    let query = query.unwrap_or_default();
    let (stage, status) = match token(&query) {
        Some(token) => match recover::whose(&app.store, &token).await? {
            Some(whose) => (Stage::Choose(whose), StatusCode::OK),
            None => (Stage::Over, StatusCode::BAD_REQUEST),
        },
        None => (Stage::Over, StatusCode::BAD_REQUEST),
    };
    let page = page(&browser, t, &query, stage).await?;
    Ok(Page::new(page).status(status).into_response())
}

async fn submit(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    browser: Browser,
    t: Texts,
    Form(typed): Form<Typed>,
) -> Result<Response, Failure> {
    let query = query.unwrap_or_default();
    let over = (Stage::Over, StatusCode::BAD_REQUEST);
    let whose = match token(&query) {
        Some(token) => recover::whose(&app.store, &token)
            .await?
            .map(|w| (token, w)),
        None => None,
    };
    let Some((token, whose)) = whose else {
        let page = page(&browser, t, &query, over.0).await?;
        return Ok(Page::new(page).status(over.1).into_response());
    };
    let password = typed.password.unwrap_or_else(|| Secret::new(""));
    let own = [whose.as_str(), whose.split('@').next().unwrap_or_default()];
    if let Err(fault) = check_new_password(&password, SHORTEST, &own) {
        let words = t.get(visit::password_text(fault));
        let mut page = page(&browser, t, &query, Stage::Choose(whose)).await?;
        page.fault = Some(words);
        let page = Page::new(page).status(StatusCode::UNPROCESSABLE_ENTITY);
        return Ok(page.into_response());
    }
    let parts = (&app.passwords, &app.mailer);
    let place = visit::places(&app).forgot;
    let done = recover::reset(
        &app.store,
        parts,
        browser.origin(),
        (&token, password),
        &place,
    )
    .await?;
    let (stage, status) = match done {
        Ok(true) => (Stage::Done, StatusCode::OK),
        Ok(false) => over,
        Err(_) => {
            return Ok(Problem::Unavailable {
                seconds: visit::BUSY,
            }
            .into_response());
        }
    };
    let page = page(&browser, t, &query, stage).await?;
    Ok(Page::new(page).status(status).into_response())
}

fn token(query: &str) -> Option<Secret> {
    let fields = Fields::parse(query.as_bytes()).ok()?;
    fields.one("token").map(Secret::new)
}

async fn page(
    browser: &Browser,
    t: Texts,
    query: &str,
    stage: Stage,
) -> Result<ResetPage, Failure> {
    Ok(ResetPage {
        csrf: browser.csrf().await?,
        action: format!("/reset-password?{query}"),
        t,
        stage,
        fault: None,
        sign_in: paths::sign_in(&Next::Account),
        forgot: paths::forgot_password(),
    })
}
