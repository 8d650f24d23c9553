//! `/invitation?token=…`: joins an organization by the link of a letter. Whoever has an account
//! signs in first and presses a button; anybody else chooses a password.
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
    accounts::check_new_password,
    invitations::{self, AcceptRefusal, Kind, Open},
    secret::Secret,
    web::{
        App, Browser, Failure, Fields, Form, LocalPath, MaybeSignedIn, Next, Page, Problem, Texts,
        paths,
    },
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/invitation", get(show).post(submit))
}

#[derive(Template)]
#[template(path = "pages/invitation.html")]
struct InvitationPage {
    t: Texts,
    csrf: String,
    action: String,
    stage: Stage,
    fault: Option<String>,
}

/// What the visitor has to do.
enum Stage {
    /// Nothing: the link is used, too old or void.
    Over,
    /// Choose a password.
    Password(Shown),
    /// Press the button.
    Join(Shown),
    /// Sign in as whoever owns the address.
    SignIn(Shown, String),
}

struct Shown {
    organization: String,
    kind: Kind,
    name: String,
    email: String,
}

#[derive(Deserialize)]
struct Typed {
    password: Option<Secret>,
    /// For password managers only.
    #[serde(rename = "username")]
    _username: Option<String>,
    /// How the person will sign in; a password is all there is.
    #[serde(rename = "method")]
    _method: Option<String>,
}

async fn show(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    MaybeSignedIn(sign_in): MaybeSignedIn,
    browser: Browser,
    t: Texts,
) -> Result<Response, Failure> {
    let query = query.unwrap_or_default();
    let person = sign_in.map(|sign_in| sign_in.account);
    let stage = stage(&app, &query, person).await?;
    page(&browser, t, &query, (stage, None)).await
}

async fn stage(
    app: &App,
    query: &str,
    person: Option<crate::id::AccountId>,
) -> Result<Stage, Failure> {
    let Some(token) = token(query) else {
        return Ok(Stage::Over);
    };
    let mut tx = app.store.read().await?;
    let Some(Open {
        invitation, owner, ..
    }) = invitations::open(&mut tx, &token).await?
    else {
        return Ok(Stage::Over);
    };
    let organization = app
        .organizations
        .get(&app.store, invitation.organization)
        .await?;
    let Some(organization) = organization.filter(|organization| organization.is_active()) else {
        return Ok(Stage::Over);
    };
    let shown = Shown {
        organization: organization.name.clone(),
        kind: invitation.kind,
        name: invitation.name,
        email: invitation.email,
    };
    Ok(match owner {
        None => Stage::Password(shown),
        Some(owner) if person == Some(owner) => Stage::Join(shown),
        Some(_) => {
            let here = LocalPath::parse(&format!("/invitation?{query}"));
            let next = here.map_or(Next::Account, Next::Page);
            Stage::SignIn(shown, paths::sign_in(&next))
        }
    })
}

async fn submit(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    MaybeSignedIn(sign_in): MaybeSignedIn,
    browser: Browser,
    t: Texts,
    Form(typed): Form<Typed>,
) -> Result<Response, Failure> {
    let query = query.unwrap_or_default();
    let person = sign_in.map(|sign_in| sign_in.account);
    let found = stage(&app, &query, person).await?;
    let (Some(token), next) = (token(&query), Next::Account.url()) else {
        return page(&browser, t, &query, (Stage::Over, None)).await;
    };
    let refusal = match (&found, person) {
        (Stage::Password(shown), _) => {
            let password = typed.password.unwrap_or_else(|| Secret::new(""));
            let own = own_words(shown);
            let own: Vec<_> = own.iter().map(String::as_str).collect();
            if let Err(fault) = check_new_password(&password, SHORTEST, &own) {
                let words = t.get(visit::password_text(fault));
                return page(&browser, t, &query, (found, Some(words))).await;
            }
            let proof = (&token, password);
            let origin = browser.origin();
            match invitations::accept(&app.store, &app.passwords, origin, proof).await? {
                Ok((_, person)) => {
                    browser.begin(person).await?;
                    return Ok(Redirect::to(&next).into_response());
                }
                Err(refusal) => refusal,
            }
        }
        (Stage::Join(_), Some(account)) => {
            let mut tx = app.store.write_from(browser.origin()).await?;
            match invitations::join(&mut tx, &token, account).await? {
                Ok(_) => {
                    tx.commit().await?;
                    return Ok(Redirect::to(&next).into_response());
                }
                Err(refusal) => refusal,
            }
        }
        _ => return page(&browser, t, &query, (found, None)).await,
    };
    match refusal {
        AcceptRefusal::Busy => Ok(Problem::Unavailable {
            seconds: visit::BUSY,
        }
        .into_response()),
        // Something changed just now: the page says what is to be done.
        AcceptRefusal::Over | AcceptRefusal::HasAccount | AcceptRefusal::NotOwner => {
            let found = stage(&app, &query, person).await?;
            page(&browser, t, &query, (found, None)).await
        }
    }
}

/// What may not be part of the password (I-07).
fn own_words(shown: &Shown) -> Vec<String> {
    let mut words = vec![shown.email.clone()];
    words.extend(shown.email.split('@').next().map(str::to_owned));
    words.extend(shown.name.split_whitespace().map(str::to_owned));
    words
}

fn token(query: &str) -> Option<Secret> {
    let fields = Fields::parse(query.as_bytes()).ok()?;
    fields.one("token").map(Secret::new)
}

async fn page(
    browser: &Browser,
    t: Texts,
    query: &str,
    (stage, fault): (Stage, Option<String>),
) -> Result<Response, Failure> {
    let status = match (&stage, &fault) {
        (Stage::Over, _) => StatusCode::BAD_REQUEST,
        (_, Some(_)) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::OK,
    };
    let page = InvitationPage {
        csrf: browser.csrf().await?,
        action: format!("/invitation?{query}"),
        t,
        stage,
        fault,
    };
    Ok(Page::new(page).status(status).into_response())
}
