//! `/sign-in`: an identifier and a password.
//!
//! Works by itself, and as a step of an authorization request (`?request=ID`), whose
//! application it then names. Whatever is wrong, the answer is the same.
use askama::Template;
use axum::{
    Router,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use super::{
    hand_over,
    visit::{self, Asked},
};
use crate::{
    accounts::{
        self,
        sign_in::{self, Attempt, SignInRefusal, SignedIn},
    },
    guardianship::{self, Arrival},
    secret::Secret,
    web::{App, Browser, Failure, Faults, Form, Next, Page, Problem, Texts, device, paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/sign-in", get(show).post(submit))
}

#[derive(Template)]
#[template(path = "pages/sign_in.html")]
struct SignInPage {
    t: Texts,
    csrf: String,
    action: String,
    title: String,
    app: Option<String>,
    username: String,
    fault: Option<String>,
    has_timed_out: bool,
    /// Whether somebody is signed in who is to prove it once more.
    is_again: bool,
    sign_up: String,
}

#[derive(Deserialize)]
struct Credentials {
    #[serde(default)]
    username: String,
    password: Option<Secret>,
}

async fn show(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    browser: Browser,
    t: Texts,
) -> Result<Response, Failure> {
    let Some(visit) = visit::of(&app, &query.unwrap_or_default(), &browser).await? else {
        return Ok(Problem::Stale.into_response());
    };
    let hint = visit.asking.as_ref().and_then(|a| a.login_hint.clone());
    let has_timed_out = browser.has_timed_out().await?;
    let again = match &visit.next {
        Next::Page(_) => own_identifier(&app, &browser).await?,
        Next::Account | Next::Authorization(_) => None,
    };
    let is_again = again.is_some();
    let mut page = page(&visit, &browser, t, hint.or(again).unwrap_or_default()).await?;
    page.has_timed_out = has_timed_out;
    page.is_again = is_again;
    Ok(Page::new(page).leading_to(visit.target()).into_response())
}

async fn submit(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    browser: Browser,
    t: Texts,
    Form(credentials): Form<Credentials>,
) -> Result<Response, Failure> {
    let Some(visit) = visit::of(&app, &query.unwrap_or_default(), &browser).await? else {
        return Ok(Problem::Stale.into_response());
    };
    let password = credentials.password.unwrap_or_else(|| Secret::new(""));
    let attempt = Attempt {
        username: credentials.username.clone(),
        password: password.clone(),
        device: device::brought(&headers),
        client: visit.asking.as_ref().map(|asking| asking.client_id.clone()),
        address_failures: app.config.throttle.address_failures,
    };
    let answer = sign_in::attempt(&app.store, &app.passwords, browser.origin(), attempt).await?;
    let (fault, wait) = match answer {
        Ok(person) => {
            if let Some(page) = take_over(&app, &browser, &t, &person).await? {
                return Ok(page);
            }
            renew_hash(&app, &person, password);
            let known = device::keep(&app, &headers, person.account);
            browser.begin(person).await?;
            return Ok((known, Redirect::to(&visit.next.url())).into_response());
        }
        Err(SignInRefusal::Busy) => {
            return Ok(Problem::Unavailable {
                seconds: visit::BUSY,
            }
            .into_response());
        }
        Err(SignInRefusal::NoMatch) => (t.get("no-match"), None),
        Err(SignInRefusal::Wait(wait)) => {
            let words = t.wait(wait.seconds);
            (
                t.with("too-many-tries", &[("wait", &words)]),
                Some(wait.seconds),
            )
        }
    };
    let mut page = page(&visit, &browser, t, credentials.username).await?;
    page.fault = Some(fault);
    let page = Page::new(page).leading_to(visit.target());
    Ok(match wait {
        None => page.status(StatusCode::UNPROCESSABLE_ENTITY),
        Some(seconds) => page
            .status(StatusCode::TOO_MANY_REQUESTS)
            .retry_after(seconds),
    }
    .into_response())
}

async fn page(
    visit: &Asked,
    browser: &Browser,
    t: Texts,
    username: String,
) -> Result<SignInPage, Failure> {
    let app = visit.asking.as_ref().map(|asking| asking.app_name.clone());
    let title = match &app {
        Some(app) => t.with("sign-in-to", &[("app", app)]),
        None => t.get("sign-in"),
    };
    Ok(SignInPage {
        csrf: browser.csrf().await?,
        action: paths::sign_in(&visit.next),
        t,
        title,
        app,
        username,
        fault: None,
        has_timed_out: false,
        is_again: false,
        sign_up: paths::sign_up_for(&visit.next),
    })
}

/// The identifier of whoever is signed in here, and is sent to prove it once more.
async fn own_identifier(app: &App, browser: &Browser) -> Result<Option<String>, Failure> {
    let Some(sign_in) = browser.sign_in().await? else {
        return Ok(None);
    };
    let owned = accounts::contacts(&mut app.store.read().await?, sign_in.account).await?;
    Ok(Some(
        owned
            .into_iter()
            .next()
            .map(|c| c.value)
            .unwrap_or_default(),
    ))
}

/// Somebody who grew up is led to taking over his account, and nowhere else (DOMAIN.md 4.4).
async fn take_over(
    app: &App,
    browser: &Browser,
    t: &Texts,
    person: &SignedIn,
) -> Result<Option<Response>, Failure> {
    let account = accounts::account(&mut app.store.read().await?, person.account).await?;
    if !account.is_some_and(|account| guardianship::may_have_grown(&account)) {
        return Ok(None);
    }
    let mut tx = app.store.write_from(browser.origin()).await?;
    let arrival =
        guardianship::arrive(&mut tx, (&app.passwords, &app.notices()), person.account).await?;
    tx.commit().await?;
    let code = match arrival {
        Arrival::GoOn => return Ok(None),
        Arrival::HandOver(code) => code.map(|code| code.expose().to_owned()),
    };
    let username = String::new();
    let stage = hand_over::Stage::Begin { code, username };
    let page = hand_over::page(browser, t.clone(), stage, Faults::default()).await?;
    Ok(Some(Page::new(page).into_response()))
}

/// In the background, so that it delays nobody.
fn renew_hash(app: &App, person: &SignedIn, password: Secret) {
    let (app, account) = (app.clone(), person.account);
    tokio::spawn(async move {
        let renewed = sign_in::renew_hash(&app.store, &app.passwords, account, password).await;
        if let Err(error) = renewed {
            tracing::warn!(%error, "a password hash was not renewed");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No second factor exists yet; its page is kept ready.
    #[derive(Template)]
    #[template(path = "parts/code.html")]
    struct CodePage {
        t: Texts,
        csrf: String,
        action: String,
        name: String,
        fault: Option<String>,
        next: Next,
    }

    #[test]
    fn the_code_page_has_the_field_that_password_managers_look_for() {
        let html = CodePage {
            t: Texts::asked_for(&"/".parse().unwrap(), &Default::default()),
            csrf: String::new(),
            action: "/sign-in/code".to_owned(),
            name: "John Doe".to_owned(),
            fault: None,
            next: Next::Account,
        }
        .render()
        .unwrap();
        for part in [
            "id=\"code-form\"",
            "name=\"code\"",
            "autocomplete=\"one-time-code\"",
            ">JD<",
        ] {
            assert!(html.contains(part), "{part}");
        }
    }
}
