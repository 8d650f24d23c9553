//! `/verify`: confirms the identifier of a new account, by the code that is typed where it
//! began (`?id=…`) or by the link of the letter (`?token=…`), whose page has a button, since
//! no GET changes anything.
use askama::Template;
use axum::{
    Router,
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use super::visit::digits;
use crate::{
    accounts::sign_up::{self, Proof},
    id::SignUpId,
    secret::Secret,
    web::{App, Browser, Failure, Fields, Form, Next, Page, Problem, Texts, paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/verify", get(show).post(submit))
}

#[derive(Template)]
#[template(path = "pages/verify.html")]
struct VerifyPage {
    t: Texts,
    csrf: String,
    action: String,
    /// Whether it came by the link.
    is_link: bool,
    fault: Option<String>,
    sign_up: String,
}

#[derive(Deserialize)]
struct Typed {
    code: Option<Secret>,
}

async fn show(RawQuery(query): RawQuery, browser: Browser, t: Texts) -> Result<Response, Failure> {
    let query = query.unwrap_or_default();
    let Some(visit) = Visit::of(&query) else {
        return Ok(Problem::Stale.into_response());
    };
    let page = page(&visit, &query, &browser, t, None).await?;
    Ok(Page::new(page).into_response())
}

async fn submit(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    browser: Browser,
    t: Texts,
    Form(typed): Form<Typed>,
) -> Result<Response, Failure> {
    let query = query.unwrap_or_default();
    let Some(visit) = Visit::of(&query) else {
        return Ok(Problem::Stale.into_response());
    };
    let proof = match (visit.by, typed.code) {
        (By::Link(token), _) => Proof::Link(token),
        (By::Code(id), code) => Proof::Code(id, digits(code)),
    };
    let confirmed = sign_up::confirm(&app.store, &app.passwords, browser.origin(), proof).await?;
    if let Some(confirmed) = confirmed {
        // A sign-up begun in one browser signs nobody in in another (SECURITY.md 5.6).
        if confirmed.browser == browser.id().await? {
            browser.begin(confirmed.person).await?;
            return Ok(Redirect::to(&visit.next.url()).into_response());
        }
        return Ok(Redirect::to(&paths::sign_in(&Next::Account)).into_response());
    }
    let Some(visit) = Visit::of(&query) else {
        return Ok(Problem::Stale.into_response());
    };
    let fault = match visit.by {
        By::Link(_) => t.get("verify-link-fault"),
        By::Code(_) => t.get("verify-code-fault"),
    };
    let page = page(&visit, &query, &browser, t, Some(fault)).await?;
    let page = Page::new(page).status(StatusCode::UNPROCESSABLE_ENTITY);
    Ok(page.into_response())
}

struct Visit {
    by: By,
    next: Next,
}

enum By {
    Link(Secret),
    Code(SignUpId),
}

impl Visit {
    fn of(query: &str) -> Option<Self> {
        let fields = Fields::parse(query.as_bytes()).ok()?;
        let id = fields.one("id").and_then(|id| id.parse().ok());
        let by = match (fields.one("token"), id) {
            (Some(token), None) => By::Link(Secret::new(token)),
            (None, Some(id)) => By::Code(id),
            _ => return None,
        };
        Some(Self {
            by,
            next: Next::asked_for(&fields),
        })
    }
}

async fn page(
    visit: &Visit,
    query: &str,
    browser: &Browser,
    t: Texts,
    fault: Option<String>,
) -> Result<VerifyPage, Failure> {
    Ok(VerifyPage {
        csrf: browser.csrf().await?,
        action: format!("/verify?{query}"),
        is_link: matches!(visit.by, By::Link(_)),
        sign_up: paths::sign_up(&match visit.next.request() {
            Some(id) => format!("request={id}"),
            None => String::new(),
        }),
        t,
        fault,
    })
}
