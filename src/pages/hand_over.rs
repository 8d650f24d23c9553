//! `/hand-over`: somebody who grew up takes over his account (DOMAIN.md 4.4): first by the code
//! that staff gave him, then by showing that an identifier is his, with the code of the letter
//! (`?id=…`) or by its link (`?token=…`).
use askama::Template;
use axum::{
    Router,
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use super::{sign_up::SHORTEST, visit};
use crate::{
    accounts::{Identifier, check_new_password, new_identifier::Proof},
    guardianship::{self, Takeover, TakeoverRefusal},
    secret::Secret,
    web::{App, Browser, Failure, Faults, Fields, Form, Next, Page, Problem, Texts, paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/hand-over", get(show).post(submit))
}

#[derive(Template)]
#[template(path = "pages/hand_over.html")]
pub(super) struct HandOverPage {
    t: Texts,
    csrf: String,
    stage: Stage,
    faults: Faults,
    /// The problem's stable word, for programs.
    fault_code: Option<&'static str>,
}

pub(super) enum Stage {
    /// What is typed first: the code that the person was given, and the identifier as typed.
    Begin {
        code: Option<String>,
        username: String,
    },
    /// The code of the letter is to be typed; the query names what it is about.
    Code(String),
    /// The link of the letter was opened.
    Link(String),
}

#[derive(Deserialize)]
struct Typed {
    code: Option<Secret>,
    #[serde(default)]
    username: String,
    password: Option<Secret>,
}

async fn show(
    RawQuery(query): RawQuery,
    browser: Browser,
    t: Texts,
) -> Result<Page<HandOverPage>, Failure> {
    let query = query.unwrap_or_default();
    let stage = match proof(&query, None) {
        None => Stage::Begin {
            code: None,
            username: String::new(),
        },
        Some(Proof::Code(..)) => Stage::Code(query),
        Some(Proof::Link(_)) => Stage::Link(query),
    };
    let page = page(&browser, t, stage, Faults::default()).await?;
    Ok(Page::new(page))
}

async fn submit(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    browser: Browser,
    t: Texts,
    Form(typed): Form<Typed>,
) -> Result<Response, Failure> {
    let query = query.unwrap_or_default();
    match proof(&query, typed.code.clone()) {
        Some(proof) => confirm(&app, &browser, t, (query, proof)).await,
        None => begin(&app, &browser, t, typed).await,
    }
}

/// What the query names: the link's token, or the takeover whose code is to be typed.
fn proof(query: &str, code: Option<Secret>) -> Option<Proof> {
    let fields = Fields::parse(query.as_bytes()).ok()?;
    let id = fields.one("id").and_then(|id| id.parse().ok());
    match (fields.one("token"), id) {
        (Some(token), None) => Some(Proof::Link(Secret::new(token))),
        (None, Some(id)) => Some(Proof::Code(id, visit::digits(code))),
        _ => None,
    }
}

async fn begin(app: &App, browser: &Browser, t: Texts, typed: Typed) -> Result<Response, Failure> {
    let mut faults = Faults::default();
    let password = typed.password.unwrap_or_else(|| Secret::new(""));
    let code = typed.code.unwrap_or_else(|| Secret::new(""));
    let identifier = Identifier::parse(&typed.username);
    if identifier.is_none() {
        faults.add("username", t.get("fault-identifier"));
    }
    let name = typed.username.split('@').next().unwrap_or_default();
    let own = [typed.username.as_str(), name];
    if let Err(fault) = check_new_password(&password, SHORTEST, &own) {
        faults.add("password", t.get(visit::password_text(fault)));
    }
    let stage = Stage::Begin {
        code: None,
        username: typed.username.clone(),
    };
    let (Some(identifier), true) = (identifier, faults.is_empty()) else {
        let page = page(browser, t, stage, faults).await?;
        let page = Page::new(page).status(StatusCode::UNPROCESSABLE_ENTITY);
        return Ok(page.into_response());
    };
    let takeover = Takeover {
        code,
        identifier,
        password,
        browser: browser.id().await?,
        address_failures: app.config.throttle.address_failures,
    };
    let link = format!("{}{}", app.config.issuer.as_str(), paths::hand_over_link());
    let parts = (&app.passwords, &app.mailer);
    let begun =
        guardianship::begin_takeover(&app.store, parts, browser.origin(), takeover, &link).await?;
    let refusal = match begun {
        Ok(id) => return Ok(Redirect::to(&paths::hand_over_confirm(id)).into_response()),
        Err(refusal) => refusal,
    };
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    let (mut wait, mut fault_code) = (None, None);
    match refusal {
        TakeoverRefusal::Busy => {
            let seconds = visit::BUSY;
            return Ok(Problem::Unavailable { seconds }.into_response());
        }
        TakeoverRefusal::Code => faults.add("code", t.get("fault-handover-code")),
        TakeoverRefusal::IdentifierUnavailable => {
            fault_code = Some("identifier_unavailable");
            faults.add("username", t.get("fault-identifier-unavailable"));
        }
        TakeoverRefusal::Wait(until) => {
            let words = t.wait(until.seconds);
            faults.add("code", t.with("too-many-tries", &[("wait", &words)]));
            status = StatusCode::TOO_MANY_REQUESTS;
            wait = Some(until.seconds);
        }
    }
    let mut page = page(browser, t, stage, faults).await?;
    page.fault_code = fault_code;
    let page = Page::new(page).status(status);
    Ok(match wait {
        Some(seconds) => page.retry_after(seconds).into_response(),
        None => page.into_response(),
    })
}

async fn confirm(
    app: &App,
    browser: &Browser,
    t: Texts,
    (query, proof): (String, Proof),
) -> Result<Response, Failure> {
    let is_link = matches!(proof, Proof::Link(_));
    let mut tx = app.store.write_from(browser.origin()).await?;
    let taken = guardianship::take_over(&mut tx, (&app.passwords, &app.notices()), proof).await?;
    tx.commit().await?;
    if let Some(taken) = taken {
        // Begun in one browser, it signs nobody in in another (SECURITY.md 5.6).
        if taken.browser == browser.id().await? {
            browser.begin(taken.person).await?;
            return Ok(Redirect::to(&paths::account()).into_response());
        }
        return Ok(Redirect::to(&paths::sign_in(&Next::Account)).into_response());
    }
    let mut faults = Faults::default();
    let stage = match is_link {
        true => {
            faults.add("confirm", t.get("verify-link-fault"));
            Stage::Link(query)
        }
        false => {
            faults.add("code", t.get("verify-code-fault"));
            Stage::Code(query)
        }
    };
    let page = page(browser, t, stage, faults).await?;
    let page = Page::new(page).status(StatusCode::UNPROCESSABLE_ENTITY);
    Ok(page.into_response())
}

/// The page.
///
/// # Errors
/// The database is away.
pub(super) async fn page(
    browser: &Browser,
    t: Texts,
    stage: Stage,
    faults: Faults,
) -> Result<HandOverPage, Failure> {
    Ok(HandOverPage {
        csrf: browser.csrf().await?,
        t,
        stage,
        faults,
        fault_code: None,
    })
}
