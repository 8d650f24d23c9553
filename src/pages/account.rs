//! `/account`: who is signed in. `/` leads there.
use anyhow::Context;
use askama::Template;
use axum::{Router, extract::State, response::Redirect, routing::get};

use crate::{
    accounts::{self, Contact},
    web::{App, Browser, Failure, Page, SignedIn, Texts, paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(async || Redirect::to(&paths::account())))
        .route("/account", get(show))
}

#[derive(Template)]
#[template(path = "pages/account.html")]
struct AccountPage {
    t: Texts,
    csrf: String,
    name: String,
    given_name: String,
    contacts: Vec<Contact>,
}

async fn show(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    t: Texts,
) -> Result<Page<AccountPage>, Failure> {
    let mut tx = app.store.read().await?;
    let account = accounts::account(&mut tx, sign_in.account)
        .await?
        .context("a session leads to an account")?;
    Ok(Page::new(AccountPage {
        t,
        csrf: browser.csrf().await?,
        name: account.display_name,
        given_name: account.given_name,
        contacts: accounts::contacts(&mut tx, sign_in.account).await?,
    }))
}
