//! `/sign-up`: an account with an organization (DOMAIN.md 4.1).
//!
//! The organization is that of the authorization request (`?request=ID`), else of
//! `?client_id=…`, else the only one there is; otherwise the page asks to start from the app.
use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use super::visit::{self, Asked};
use crate::{
    accounts::{
        Identifier, check_new_password,
        sign_in::SignInRefusal,
        sign_up::{self, Registration},
    },
    organizations::Organization,
    secret::Secret,
    web::{App, Browser, Failure, Faults, Form, Page, Problem, Texts, paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/sign-up", get(show).post(submit))
}

/// Characters of a password that is the only factor (I-07).
pub(super) const SHORTEST: usize = 15;

#[derive(Template)]
#[template(path = "pages/sign_up.html")]
struct SignUpPage {
    t: Texts,
    /// `None`: nobody knows yet with which organization.
    form: Option<SignUpForm>,
    sign_in: String,
}

struct SignUpForm {
    csrf: String,
    action: String,
    /// The application, or the organization.
    with: String,
    terms: Option<String>,
    given_name: String,
    family_name: String,
    username: String,
    faults: Faults,
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    username: String,
    password: Option<Secret>,
    #[serde(default)]
    given_name: String,
    #[serde(default)]
    family_name: String,
    terms: Option<String>,
}

/// A visit, and with which organization.
struct Visit {
    asked: Asked,
    query: String,
    organization: Option<Arc<Organization>>,
}

async fn show(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    browser: Browser,
    t: Texts,
) -> Result<Response, Failure> {
    let Some(visit) = visit_of(&app, query, &browser).await? else {
        return Ok(Problem::Stale.into_response());
    };
    let hint = visit
        .asked
        .asking
        .as_ref()
        .and_then(|a| a.login_hint.clone());
    let typed = Typed {
        username: hint.unwrap_or_default(),
        password: None,
        given_name: String::new(),
        family_name: String::new(),
        terms: None,
    };
    let page = page(&visit, &browser, t, (typed, Faults::default())).await?;
    Ok(Page::new(page)
        .leading_to(visit.asked.target())
        .into_response())
}

async fn submit(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    browser: Browser,
    t: Texts,
    Form(mut typed): Form<Typed>,
) -> Result<Response, Failure> {
    let Some(visit) = visit_of(&app, query, &browser).await? else {
        return Ok(Problem::Stale.into_response());
    };
    let Some(organization) = visit.organization.clone() else {
        return show_again(&visit, &browser, t, (typed, Faults::default())).await;
    };
    let mut faults = Faults::default();
    let password = typed.password.take().unwrap_or_else(|| Secret::new(""));
    let identifier = check(&t, &organization, &typed, &password, &mut faults);
    let (Some(identifier), true) = (identifier, faults.is_empty()) else {
        return show_again(&visit, &browser, t, (typed, faults)).await;
    };
    let new = Registration {
        organization: organization.id,
        organization_name: organization.name.clone(),
        identifier,
        given_name: typed.given_name.trim().to_owned(),
        family_name: typed.family_name.trim().to_owned(),
        password,
        browser: browser.id().await?,
    };
    let begun = sign_up::begin(
        &app.store,
        (&app.passwords, &app.mailer),
        browser.origin(),
        new,
        &visit::places(&app),
    )
    .await?;
    match begun {
        Ok(id) => Ok(Redirect::to(&paths::verify(id, &visit.asked.next)).into_response()),
        Err(SignInRefusal::Wait(wait)) => {
            let words = t.with("too-many-letters", &[("wait", &t.wait(wait.seconds))]);
            faults.add("username", words);
            let page = page(&visit, &browser, t, (typed, faults)).await?;
            let page = Page::new(page).leading_to(visit.asked.target());
            let page = page.status(StatusCode::TOO_MANY_REQUESTS);
            Ok(page.retry_after(wait.seconds).into_response())
        }
        Err(_) => Ok(Problem::Unavailable {
            seconds: visit::BUSY,
        }
        .into_response()),
    }
}

async fn show_again(
    visit: &Visit,
    browser: &Browser,
    t: Texts,
    typed: (Typed, Faults),
) -> Result<Response, Failure> {
    let page = page(visit, browser, t, typed).await?;
    let page = Page::new(page).leading_to(visit.asked.target());
    Ok(page
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .into_response())
}

/// Checks what was typed, whoever owns the identifier.
fn check(
    t: &Texts,
    organization: &Organization,
    typed: &Typed,
    password: &Secret,
    faults: &mut Faults,
) -> Option<Identifier> {
    for (field, name) in [
        ("given_name", &typed.given_name),
        ("family_name", &typed.family_name),
    ] {
        faults.name(t, field, name);
    }
    let identifier = Identifier::parse(&typed.username);
    if identifier.is_none() {
        faults.add("username", t.get("fault-identifier"));
    }
    let own = [
        typed.username.as_str(),
        typed.given_name.as_str(),
        typed.family_name.as_str(),
        typed.username.split('@').next().unwrap_or_default(),
    ];
    if let Err(fault) = check_new_password(password, SHORTEST, &own) {
        faults.add("password", t.get(visit::password_text(fault)));
    }
    if organization.settings.terms_url.is_some() && typed.terms.is_none() {
        faults.add("terms", t.get("fault-terms"));
    }
    identifier
}

async fn visit_of(
    app: &App,
    query: Option<String>,
    browser: &Browser,
) -> Result<Option<Visit>, Failure> {
    let query = query.unwrap_or_default();
    let Some(asked) = visit::of(app, &query, browser).await? else {
        return Ok(None);
    };
    let organization = visit::organization(app, &asked).await?;
    Ok(Some(Visit {
        asked,
        query,
        organization,
    }))
}

async fn page(
    visit: &Visit,
    browser: &Browser,
    t: Texts,
    (typed, faults): (Typed, Faults),
) -> Result<SignUpPage, Failure> {
    let form = match &visit.organization {
        None => None,
        Some(organization) => Some(SignUpForm {
            csrf: browser.csrf().await?,
            action: paths::sign_up(&visit.query),
            with: match &visit.asked.asking {
                Some(asking) => asking.app_name.clone(),
                None => organization.name.clone(),
            },
            terms: organization
                .settings
                .terms_url
                .as_ref()
                .map(|url| url.as_str().to_owned()),
            given_name: typed.given_name,
            family_name: typed.family_name,
            username: typed.username,
            faults,
        }),
    };
    Ok(SignUpPage {
        t,
        form,
        sign_in: paths::sign_in(&visit.asked.next),
    })
}
