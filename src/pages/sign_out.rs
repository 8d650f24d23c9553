//! `/sign-out`: asks whoever is signed in, and says goodbye to the others.
use askama::Template;
use axum::{Router, response::Redirect, routing::get};
use serde::Deserialize;

use crate::web::{App, Browser, Failure, Form, Page, Texts, paths};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/sign-out", get(show).post(submit))
}

#[derive(Template)]
#[template(path = "pages/sign_out.html")]
struct SignOutPage {
    t: Texts,
    /// `None` when nobody is signed in.
    csrf: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    logout: Decision,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Decision {
    Yes,
    No,
}

async fn show(browser: Browser, t: Texts) -> Result<Page<SignOutPage>, Failure> {
    let csrf = match browser.sign_in().await? {
        Some(_) => Some(browser.csrf().await?),
        None => None,
    };
    Ok(Page::new(SignOutPage { t, csrf }))
}

async fn submit(browser: Browser, Form(answer): Form<Answer>) -> Result<Redirect, Failure> {
    Ok(match answer.logout {
        Decision::Yes => {
            browser.end().await?;
            Redirect::to(&paths::sign_out())
        }
        Decision::No => Redirect::to(&paths::account()),
    })
}
