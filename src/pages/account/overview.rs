//! `/account`: who is signed in. `/` leads there.
use askama::Template;
use axum::{Router, extract::State, response::Redirect, routing::get};

use super::shell::{Place, Shell};
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
#[template(path = "pages/account/overview.html")]
struct OverviewPage {
    t: Texts,
    shell: Shell,
    given_name: String,
    contacts: Vec<Contact>,
}

async fn show(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    t: Texts,
) -> Result<Page<OverviewPage>, Failure> {
    let mut tx = app.store.read().await?;
    let (shell, account) = Shell::of(&mut tx, &browser, &sign_in, Place::Profile).await?;
    Ok(Page::new(OverviewPage {
        t,
        shell,
        given_name: account.given_name,
        contacts: accounts::contacts(&mut tx, sign_in.account).await?,
    }))
}
