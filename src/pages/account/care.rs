//! `/account/care`: for whom the person may act, what he is asked to answer, and leaving it.
use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};

use super::shell::{Place, Shell};
use crate::{
    accounts,
    audit::Doer,
    guardianship::{self, Guardianship, Status},
    id::{AccountId, GuardianshipId},
    store::Tx,
    web::{
        self, App, Browser, Failure, Fields, Form, Nothing, Page, Problem, SignedIn, Texts, paths,
        relation_text,
    },
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/account/care", get(show))
        .route("/account/care/{id}/accept", post(accept))
        .route("/account/care/{id}/decline", post(decline))
        .route("/account/care/{id}/end", post(end))
}

#[derive(Template)]
#[template(path = "pages/account/care.html")]
struct CarePage {
    t: Texts,
    shell: Shell,
    my_initials: String,
    /// Waiting for the person's answer.
    asked: Vec<Cared>,
    /// Whom he acts for, or will once staff agree.
    cared: Vec<Cared>,
}

/// Somebody the person acts for.
struct Cared {
    id: GuardianshipId,
    name: String,
    /// What the person is to him, and since which year he lives.
    line: String,
    organization: String,
    status: Status,
    /// What the person may do, in words.
    reach: String,
    /// Until when, in words.
    until: Option<String>,
    /// The names of who else may act for him.
    others: Vec<String>,
    /// Whether he signs in himself.
    signs_in: bool,
}

const DEEDS: &[(&str, &str)] = &[
    ("added", "care-added"),
    ("accepted", "care-accepted"),
    ("declined", "care-declined"),
    ("ended", "care-ended"),
    ("enabled", "personal-enabled"),
    ("disabled", "personal-disabled"),
];

async fn show(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    query: Fields,
    browser: Browser,
    t: Texts,
) -> Result<Page<CarePage>, Failure> {
    let mut tx = app.store.read().await?;
    let (shell, account) = Shell::of(&mut tx, &browser, &sign_in, Place::Care).await?;
    let (mut asked, mut cared) = (Vec::new(), Vec::new());
    for relation in guardianship::of_guardian(&mut tx, account.id).await? {
        let one = cared_for(&app, &mut tx, &t, &relation).await?;
        match guardianship::awaits_guardian(&mut tx, relation.id).await? {
            true => asked.push(one),
            false => cared.push(one),
        }
    }
    Ok(Page::new(CarePage {
        shell: shell.saying(&t, &query, DEEDS),
        my_initials: crate::web::initials(&account.display_name),
        t,
        asked,
        cared,
    }))
}

async fn cared_for(
    app: &App,
    tx: &mut Tx,
    t: &Texts,
    relation: &Guardianship,
) -> Result<Cared, Failure> {
    let account = accounts::account(tx, relation.dependent).await?;
    let organization = app
        .organizations
        .get(&app.store, relation.organization)
        .await?;
    let birth_date = account.as_ref().and_then(|account| account.birth_date);
    let is_full = match &organization {
        Some(organization) => {
            guardianship::reaches_everything(tx, relation, &organization.settings).await?
        }
        None => false,
    };
    let relationship = t.get(relation_text::relationship(relation.relationship));
    Ok(Cared {
        id: relation.id,
        name: account.map(|a| a.display_name).unwrap_or_default(),
        line: match birth_date {
            Some(born) => t.with(
                "care-line-born",
                &[
                    ("relationship", &relationship),
                    ("year", &born.year().to_string()),
                ],
            ),
            None => t.with("care-line", &[("relationship", &relationship)]),
        },
        organization: organization.map(|o| o.name.clone()).unwrap_or_default(),
        status: relation.status,
        reach: t.get(relation_text::reach(is_full)),
        until: relation.ends_at.map(|at| t.moment(at)),
        others: others(tx, relation).await?,
        signs_in: accounts::password_of(tx, relation.dependent)
            .await?
            .is_some(),
    })
}

/// The names of the other active guardians, and nothing else of them (N-19).
async fn others(tx: &mut Tx, relation: &Guardianship) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    for other in guardianship::of_dependent(tx, relation.dependent).await? {
        let is_other = other.guardian != relation.guardian && other.status == Status::Active;
        if is_other && other.organization == relation.organization {
            let account = accounts::account(tx, other.guardian).await?;
            names.extend(account.map(|account| account.display_name));
        }
    }
    Ok(names)
}

/// The relation that a form is about, if the person is its guardian.
pub(super) async fn mine(
    tx: &mut Tx,
    me: AccountId,
    id: &str,
) -> Result<Option<Guardianship>, Failure> {
    let Ok(id) = id.parse() else {
        return Ok(None);
    };
    let relation = guardianship::own(tx, me, id).await?;
    Ok(relation.filter(|relation| relation.guardian == me))
}

async fn accept(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    Path(id): Path<String>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Failure> {
    let me = sign_in.account;
    let mut tx = app.store.write_from(browser.origin()).await?;
    let Some(relation) = mine(&mut tx, me, &id).await? else {
        return Ok(Problem::NotFound.into_response());
    };
    let organization = app
        .organizations
        .get(&app.store, relation.organization)
        .await?;
    let Some(organization) = organization else {
        return Ok(Problem::NotFound.into_response());
    };
    let organization = Arc::clone(&organization);
    let answer = guardianship::accept(
        &mut tx,
        &app.notices(),
        &organization,
        &relation,
        &Doer::Person(me),
    )
    .await?;
    tx.commit().await?;
    Ok(match answer {
        Ok(()) => done("accepted"),
        Err(_) => Redirect::to(&paths::account_care()).into_response(), // answered before
    })
}

async fn decline(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    Path(id): Path<String>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Failure> {
    let mut tx = app.store.write_from(browser.origin()).await?;
    let Some(relation) = mine(&mut tx, sign_in.account, &id).await? else {
        return Ok(Problem::NotFound.into_response());
    };
    let is_declined =
        guardianship::decline(&mut tx, &app.notices(), &relation, sign_in.account).await?;
    tx.commit().await?;
    Ok(match is_declined {
        true => done("declined"),
        false => Redirect::to(&paths::account_care()).into_response(),
    })
}

async fn end(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    Path(id): Path<String>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Failure> {
    let mut tx = app.store.write_from(browser.origin()).await?;
    let Some(relation) = mine(&mut tx, sign_in.account, &id).await? else {
        return Ok(Problem::NotFound.into_response());
    };
    guardianship::leave(&mut tx, &app.notices(), &relation, sign_in.account).await?;
    tx.commit().await?;
    Ok(done("ended"))
}

pub(super) fn done(deed: &str) -> Response {
    web::done(&paths::account_care(), deed)
}
