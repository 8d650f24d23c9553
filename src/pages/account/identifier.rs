//! `/account/security/identifier`: another e-mail address or mobile number to sign in with. It
//! takes the place of the old one once the person has shown that it is his.
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
    accounts::{self, Identifier, IdentifierRefusal, session::SignIn},
    web::{App, Browser, Failure, Faults, Form, FreshlySignedIn, Page, Texts, paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/account/security/identifier", get(show).post(submit))
}

#[derive(Template)]
#[template(path = "pages/account/identifier.html")]
struct IdentifierPage {
    t: Texts,
    shell: Shell,
    username: String,
    faults: Faults,
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    username: String,
}

async fn show(
    State(app): State<App>,
    FreshlySignedIn(sign_in): FreshlySignedIn,
    browser: Browser,
    t: Texts,
) -> Result<Page<IdentifierPage>, Failure> {
    let form = (String::new(), Faults::default());
    page(&app, &browser, &sign_in, t, form).await
}

async fn submit(
    State(app): State<App>,
    FreshlySignedIn(sign_in): FreshlySignedIn,
    browser: Browser,
    t: Texts,
    Form(typed): Form<Typed>,
) -> Result<Response, Failure> {
    let mut faults = Faults::default();
    let Some(identifier) = Identifier::parse(&typed.username) else {
        faults.add("username", t.get("fault-identifier"));
        let page = page(&app, &browser, &sign_in, t, (typed.username, faults)).await?;
        let page = page.status(StatusCode::UNPROCESSABLE_ENTITY);
        return Ok(page.into_response());
    };
    let issuer = app.config.issuer.as_str();
    let link = format!("{issuer}{}", paths::account_identifier_link());
    let parts = (&app.passwords, &app.mailer);
    let whose = (sign_in.account, browser.id().await?);
    let mut tx = app.store.write_from(browser.origin()).await?;
    let begun = accounts::begin_change(&mut tx, parts, whose, identifier, &link).await?;
    tx.commit().await?;
    let mut wait = None;
    match begun {
        Ok(id) => return Ok(Redirect::to(&paths::account_identifier_confirm(id)).into_response()),
        Err(IdentifierRefusal::Own) => faults.add("username", t.get("fault-own-identifier")),
        Err(IdentifierRefusal::Dependent) => faults.add("username", t.get("fault-dependent")),
        Err(IdentifierRefusal::Wait(until)) => {
            let words = t.wait(until.seconds);
            faults.add("username", t.with("too-many-letters", &[("wait", &words)]));
            wait = Some(until.seconds);
        }
    }
    let page = page(&app, &browser, &sign_in, t, (typed.username, faults)).await?;
    Ok(match wait {
        None => page.status(StatusCode::UNPROCESSABLE_ENTITY),
        Some(seconds) => page
            .status(StatusCode::TOO_MANY_REQUESTS)
            .retry_after(seconds),
    }
    .into_response())
}

async fn page(
    app: &App,
    browser: &Browser,
    sign_in: &SignIn,
    t: Texts,
    (username, faults): (String, Faults),
) -> Result<Page<IdentifierPage>, Failure> {
    let mut tx = app.store.read().await?;
    let (shell, _) = Shell::of(&mut tx, browser, sign_in, Place::Security).await?;
    Ok(Page::new(IdentifierPage {
        t,
        shell,
        username,
        faults,
    }))
}
