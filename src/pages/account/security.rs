//! `/account/security`: how the person signs in, and the way out for good.
use askama::Template;
use axum::{Router, extract::State, routing::get};

use super::shell::{Place, Shell};
use crate::{
    accounts::{self, Contact},
    web::{App, Browser, Failure, Fields, Page, SignedIn, Texts},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/account/security", get(show))
}

#[derive(Template)]
#[template(path = "pages/account/security.html")]
struct SecurityPage {
    t: Texts,
    shell: Shell,
    contacts: Vec<Contact>,
    has_password: bool,
}

const DEEDS: &[(&str, &str)] = &[
    ("password", "password-was-changed"),
    ("identifier", "identifier-was-changed"),
];

async fn show(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    query: Fields,
    browser: Browser,
    t: Texts,
) -> Result<Page<SecurityPage>, Failure> {
    let mut tx = app.store.read().await?;
    let (shell, account) = Shell::of(&mut tx, &browser, &sign_in, Place::Security).await?;
    Ok(Page::new(SecurityPage {
        shell: shell.saying(&t, &query, DEEDS),
        t,
        contacts: accounts::contacts(&mut tx, account.id).await?,
        has_password: accounts::password_of(&mut tx, account.id).await?.is_some(),
    }))
}
