//! `/account/care/{id}/sign-in`: a guardian lets the dependent sign in himself, or ends it.
use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    care,
    shell::{Place, Shell},
};
use crate::{
    accounts::{self, check_new_password, session::SignIn},
    audit::Doer,
    guardianship::{self, Guardianship, PersonalRefusal, Status},
    pages::{sign_up::SHORTEST, visit},
    secret::Secret,
    web::{
        App, Browser, Failure, Faults, Form, FreshlySignedIn, Nothing, Page, Problem, Texts, paths,
    },
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/account/care/{id}/sign-in", get(show).post(enable))
        .route("/account/care/{id}/sign-in/end", post(disable))
}

#[derive(Template)]
#[template(path = "pages/account/care_sign_in.html")]
struct SignInPage {
    t: Texts,
    shell: Shell,
    action: String,
    end: String,
    name: String,
    /// Whether the dependent signs in himself already.
    is_enabled: bool,
    /// Why he cannot, in words.
    refusal: Option<String>,
    faults: Faults,
}

#[derive(Deserialize)]
struct Typed {
    password: Option<Secret>,
}

async fn show(
    State(app): State<App>,
    FreshlySignedIn(sign_in): FreshlySignedIn,
    browser: Browser,
    t: Texts,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let mut tx = app.store.read().await?;
    let Some(relation) = care::mine(&mut tx, sign_in.account, &id).await? else {
        return Ok(Problem::NotFound.into_response());
    };
    drop(tx);
    let page = page(&app, &browser, &sign_in, t, (&relation, Faults::default())).await?;
    Ok(page.into_response())
}

async fn enable(
    State(app): State<App>,
    FreshlySignedIn(sign_in): FreshlySignedIn,
    browser: Browser,
    t: Texts,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Failure> {
    let mut tx = app.store.read().await?;
    let Some(relation) = care::mine(&mut tx, sign_in.account, &id).await? else {
        return Ok(Problem::NotFound.into_response());
    };
    let dependent = accounts::account(&mut tx, relation.dependent).await?;
    drop(tx);
    let organization = app.organizations.get(&app.store, relation.organization);
    let (Some(dependent), Some(organization)) = (dependent, organization.await?) else {
        return Ok(Problem::NotFound.into_response());
    };
    let password = typed.password.unwrap_or_else(|| Secret::new(""));
    let own = [
        dependent.given_name.as_str(),
        dependent.family_name.as_str(),
    ];
    let mut faults = Faults::default();
    if let Err(fault) = check_new_password(&password, SHORTEST, &own) {
        faults.add("password", t.get(visit::password_text(fault)));
    } else {
        let hashed = app.passwords.hash(password, app.store.random_source());
        let Ok(phc) = hashed.await else {
            let seconds = visit::BUSY;
            return Ok(Problem::Unavailable { seconds }.into_response());
        };
        let mut tx = app.store.write_from(browser.origin()).await?;
        let refusal = guardianship::guardians_refusal(&mut tx, &organization, &relation).await?;
        let refusal = match refusal {
            Some(refusal) => Some(refusal),
            None => {
                let (whose, doer) = (relation.dependent, Doer::Person(sign_in.account));
                let whose = (whose, phc.as_str());
                guardianship::enable_sign_in(&mut tx, &organization, whose, &doer)
                    .await?
                    .err()
            }
        };
        tx.commit().await?;
        match refusal {
            None => return Ok(care::done("enabled")),
            Some(refusal) => faults.add("password", t.get(words_of(refusal))),
        }
    }
    let page = page(&app, &browser, &sign_in, t, (&relation, faults)).await?;
    let page = page.status(StatusCode::UNPROCESSABLE_ENTITY);
    Ok(page.into_response())
}

async fn disable(
    State(app): State<App>,
    FreshlySignedIn(sign_in): FreshlySignedIn,
    browser: Browser,
    Path(id): Path<String>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Failure> {
    let mut tx = app.store.write_from(browser.origin()).await?;
    let Some(relation) = care::mine(&mut tx, sign_in.account, &id).await? else {
        return Ok(Problem::NotFound.into_response());
    };
    let organization = app.organizations.get(&app.store, relation.organization);
    let Some(organization) = organization.await? else {
        return Ok(Problem::NotFound.into_response());
    };
    let (whose, doer) = (relation.dependent, Doer::Person(sign_in.account));
    let is_active = relation.status == Status::Active;
    if is_active && guardianship::disable_sign_in(&mut tx, &organization, whose, &doer).await? {
        tx.commit().await?;
        return Ok(care::done("disabled"));
    }
    Ok(Redirect::to(&paths::account_care()).into_response())
}

const fn words_of(refusal: PersonalRefusal) -> &'static str {
    match refusal {
        PersonalRefusal::NotTheGuardian => "personal-not-the-guardian",
        PersonalRefusal::TooYoung => "personal-too-young",
        PersonalRefusal::GrownUp => "personal-grown-up",
        PersonalRefusal::NoIdentifier => "personal-no-identifier",
        PersonalRefusal::TooMany => "personal-too-many",
    }
}

async fn page(
    app: &App,
    browser: &Browser,
    sign_in: &SignIn,
    t: Texts,
    (relation, faults): (&Guardianship, Faults),
) -> Result<Page<SignInPage>, Failure> {
    let organization = app.organizations.get(&app.store, relation.organization);
    let organization = organization.await?;
    let mut tx = app.store.read().await?;
    let (shell, _) = Shell::of(&mut tx, browser, sign_in, Place::Care).await?;
    let dependent = accounts::account(&mut tx, relation.dependent).await?;
    let refusal = match organization {
        Some(organization) => {
            guardianship::guardians_refusal(&mut tx, &organization, relation).await?
        }
        None => Some(PersonalRefusal::NotTheGuardian),
    };
    let password = accounts::password_of(&mut tx, relation.dependent).await?;
    Ok(Page::new(SignInPage {
        refusal: refusal.map(|refusal| t.get(words_of(refusal))),
        t,
        shell,
        action: paths::account_care_sign_in(relation.id),
        end: paths::account_care_sign_in_end(relation.id),
        name: dependent.map(|a| a.display_name).unwrap_or_default(),
        is_enabled: password.is_some(),
        faults,
    }))
}
