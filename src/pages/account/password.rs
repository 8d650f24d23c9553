//! `/account/security/password`: another password, by somebody who knows the present one.
use askama::Template;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;

use super::shell::{Place, Shell};
use crate::{
    accounts::{
        self, change_password, check_new_password, session::SignIn, sign_in::SignInRefusal,
    },
    pages::{sign_up::SHORTEST, visit},
    secret::Secret,
    web::{
        App, Browser, Failure, Faults, Form, FreshlySignedIn, Page, Problem, Texts, done, paths,
    },
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/account/security/password", get(show).post(submit))
}

#[derive(Template)]
#[template(path = "pages/account/password.html")]
struct PasswordPage {
    t: Texts,
    shell: Shell,
    /// For password managers.
    username: String,
    faults: Faults,
}

#[derive(Deserialize)]
struct Typed {
    current_password: Option<Secret>,
    password: Option<Secret>,
    /// For password managers only.
    #[serde(rename = "username")]
    _username: Option<String>,
}

async fn show(
    State(app): State<App>,
    FreshlySignedIn(sign_in): FreshlySignedIn,
    browser: Browser,
    t: Texts,
) -> Result<Page<PasswordPage>, Failure> {
    page(&app, &browser, &sign_in, t, Faults::default()).await
}

async fn submit(
    State(app): State<App>,
    FreshlySignedIn(sign_in): FreshlySignedIn,
    browser: Browser,
    t: Texts,
    Form(typed): Form<Typed>,
) -> Result<Response, Failure> {
    let typed_or_nothing = |typed: Option<Secret>| typed.unwrap_or_else(|| Secret::new(""));
    let current = typed_or_nothing(typed.current_password);
    let password = typed_or_nothing(typed.password);
    let mut faults = Faults::default();
    let own = own_words(&app, &sign_in).await?;
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    if let Err(fault) = check_new_password(&password, SHORTEST, &own) {
        faults.add("password", t.get(visit::password_text(fault)));
        let page = page(&app, &browser, &sign_in, t, faults).await?;
        let page = page.status(StatusCode::UNPROCESSABLE_ENTITY);
        return Ok(page.into_response());
    }
    let forgot = visit::places(&app).forgot;
    let answer = change_password(
        &app.store,
        (&app.passwords, &app.mailer),
        (browser.origin(), &sign_in),
        (current, password),
        &forgot,
    );
    let (status, wait) = match answer.await? {
        Ok(()) => {
            return Ok(done(&paths::account_security(), "password"));
        }
        Err(SignInRefusal::Busy) => {
            let seconds = visit::BUSY;
            return Ok(Problem::Unavailable { seconds }.into_response());
        }
        Err(SignInRefusal::NoMatch) => {
            faults.add("current_password", t.get("fault-current-password"));
            (StatusCode::UNPROCESSABLE_ENTITY, None)
        }
        Err(SignInRefusal::Wait(wait)) => {
            let words = t.wait(wait.seconds);
            let words = t.with("too-many-tries", &[("wait", &words)]);
            faults.add("current_password", words);
            (StatusCode::TOO_MANY_REQUESTS, Some(wait.seconds))
        }
    };
    let page = page(&app, &browser, &sign_in, t, faults).await?;
    let page = page.status(status);
    Ok(match wait {
        Some(seconds) => page.retry_after(seconds).into_response(),
        None => page.into_response(),
    })
}

/// What a password of the person must not contain: his identifiers and names.
async fn own_words(app: &App, sign_in: &SignIn) -> Result<Vec<String>, Failure> {
    let mut tx = app.store.read().await?;
    let mut words = Vec::new();
    if let Some(account) = accounts::account(&mut tx, sign_in.account).await? {
        words.extend([account.given_name, account.family_name]);
    }
    for contact in accounts::contacts(&mut tx, sign_in.account).await? {
        words.extend(contact.value.split('@').next().map(str::to_owned));
        words.push(contact.value);
    }
    Ok(words)
}

async fn page(
    app: &App,
    browser: &Browser,
    sign_in: &SignIn,
    t: Texts,
    faults: Faults,
) -> Result<Page<PasswordPage>, Failure> {
    let mut tx = app.store.read().await?;
    let (shell, account) = Shell::of(&mut tx, browser, sign_in, Place::Security).await?;
    let owned = accounts::contacts(&mut tx, account.id).await?;
    Ok(Page::new(PasswordPage {
        t,
        shell,
        username: owned
            .into_iter()
            .next()
            .map(|c| c.value)
            .unwrap_or_default(),
        faults,
    }))
}
