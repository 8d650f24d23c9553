//! `/account/security/identifier/confirm`: the person shows that the identifier is his, by the
//! code that is typed where it began (`?id=…`) or by the link of the letter (`?token=…`).
use askama::Template;
use axum::{
    Router,
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;

use super::shell::{Place, Shell};
use crate::{
    accounts::{change_identifier, new_identifier::Proof, session::SignIn},
    pages::visit::digits,
    secret::Secret,
    web::{App, Browser, Failure, Fields, Form, Page, Problem, SignedIn, Texts, done, paths},
};

pub(super) fn routes() -> Router<App> {
    let place = "/account/security/identifier/confirm";
    Router::new().route(place, get(show).post(submit))
}

#[derive(Template)]
#[template(path = "pages/account/identifier_confirm.html")]
struct ConfirmPage {
    t: Texts,
    shell: Shell,
    action: String,
    /// Whether it came by the link.
    is_link: bool,
    fault: Option<String>,
}

#[derive(Deserialize)]
struct TypedCode {
    code: Option<Secret>,
}

/// What the query names: the link's token, or the change whose code is to be typed.
fn proof(query: &str, code: Option<Secret>) -> Option<Proof> {
    let fields = Fields::parse(query.as_bytes()).ok()?;
    let id = fields.one("id").and_then(|id| id.parse().ok());
    match (fields.one("token"), id) {
        (Some(token), None) => Some(Proof::Link(Secret::new(token))),
        (None, Some(id)) => Some(Proof::Code(id, digits(code))),
        _ => None,
    }
}

async fn show(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    RawQuery(query): RawQuery,
    browser: Browser,
    t: Texts,
) -> Result<Response, Failure> {
    let query = query.unwrap_or_default();
    let Some(proof) = proof(&query, None) else {
        return Ok(Problem::Stale.into_response());
    };
    let is_link = matches!(proof, Proof::Link(_));
    let page = page(&app, &browser, &sign_in, t, (&query, is_link)).await?;
    Ok(Page::new(page).into_response())
}

async fn submit(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    RawQuery(query): RawQuery,
    browser: Browser,
    t: Texts,
    Form(typed): Form<TypedCode>,
) -> Result<Response, Failure> {
    let query = query.unwrap_or_default();
    let Some(proof) = proof(&query, typed.code) else {
        return Ok(Problem::Stale.into_response());
    };
    let is_link = matches!(proof, Proof::Link(_));
    let mut tx = app.store.write_from(browser.origin()).await?;
    let parts = (&app.passwords, &app.mailer);
    let is_changed = change_identifier(&mut tx, parts, sign_in.account, proof).await?;
    tx.commit().await?;
    if is_changed {
        return Ok(done(&paths::account_security(), "identifier"));
    }
    let fault = match is_link {
        true => t.get("verify-link-fault"),
        false => t.get("verify-code-fault"),
    };
    let mut page = page(&app, &browser, &sign_in, t, (&query, is_link)).await?;
    page.fault = Some(fault);
    let page = Page::new(page).status(StatusCode::UNPROCESSABLE_ENTITY);
    Ok(page.into_response())
}

async fn page(
    app: &App,
    browser: &Browser,
    sign_in: &SignIn,
    t: Texts,
    (query, is_link): (&str, bool),
) -> Result<ConfirmPage, Failure> {
    let mut tx = app.store.read().await?;
    let (shell, _) = Shell::of(&mut tx, browser, sign_in, Place::Security).await?;
    Ok(ConfirmPage {
        t,
        shell,
        action: format!("/account/security/identifier/confirm?{query}"),
        is_link,
        fault: None,
    })
}
