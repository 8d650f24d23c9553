//! `/account/proxies`: who may act for the person: adults whom he asked, and guardians.
use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    consumer,
    shell::{Place, Shell},
};
use crate::{
    accounts::{self, Identifier, session::SignIn},
    clock::Timestamp,
    guardianship::{self, AccessLevel, Basis, Guardianship, ProposeRefusal, ProxyGrant},
    id::GuardianshipId,
    organizations::Organization,
    store::Tx,
    web::{
        self, App, Browser, Failure, Faults, Fields, Form, ListChoice, Nothing, Page, Problem,
        SignedIn, Texts, paths, relation_text,
    },
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/account/proxies", get(show).post(grant))
        .route("/account/proxies/{id}/end", post(end))
}

#[derive(Template)]
#[template(path = "pages/account/proxies.html")]
struct ProxiesPage {
    t: Texts,
    shell: Shell,
    proxies: Vec<Proxy>,
    typed: Typed,
    faults: Faults,
    levels: Vec<ListChoice>,
    organizations: Vec<ListChoice>,
}

/// Somebody who acts for the person, or is asked to.
struct Proxy {
    id: GuardianshipId,
    /// His name; what the person typed while nobody has accepted (N-01).
    who: String,
    is_pending: bool,
    line: String,
    until: Option<String>,
    /// Whether the person may end it himself.
    is_granted: bool,
}

#[derive(Debug, Default, Deserialize)]
struct Typed {
    #[serde(default)]
    identifier: String,
    /// The last day.
    #[serde(default)]
    ends_at: String,
    #[serde(default)]
    access_level: String,
    #[serde(default)]
    organization: String,
}

const DEEDS: &[(&str, &str)] = &[("asked", "proxy-asked"), ("ended", "proxy-ended")];

async fn show(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    query: Fields,
    browser: Browser,
    t: Texts,
) -> Result<Page<ProxiesPage>, Failure> {
    let form = (Typed::default(), Faults::default());
    page(&app, &browser, &sign_in, t, (&query, form)).await
}

async fn grant(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    t: Texts,
    Form(typed): Form<Typed>,
) -> Result<Response, Failure> {
    let organization = consumer::chosen(&app, sign_in.account, &typed.organization).await?;
    let mut faults = Faults::default();
    if organization.is_none() {
        faults.add("organization", t.get("fault-no-organization"));
    }
    if let Some(organization) = organization
        && let Some(grant) = check(&t, &organization, &typed, &mut faults)
    {
        let mut tx = app.store.write_from(browser.origin()).await?;
        let me = sign_in.account;
        let answer = guardianship::grant_proxy(&mut tx, &organization, me, &grant).await?;
        tx.commit().await?;
        match answer {
            Ok(()) => {
                web::pass_on(
                    &app,
                    browser.origin(),
                    &organization,
                    (me, grant.identifier),
                );
                return Ok(done("asked"));
            }
            Err(refusal) => {
                let (field, words) = words_of(refusal);
                faults.add(field, t.get(words));
            }
        }
    }
    let page = page(
        &app,
        &browser,
        &sign_in,
        t,
        (&Fields::default(), (typed, faults)),
    )
    .await?;
    Ok(page
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .into_response())
}

fn check(
    t: &Texts,
    organization: &Organization,
    typed: &Typed,
    faults: &mut Faults,
) -> Option<ProxyGrant> {
    let identifier = Identifier::parse(&typed.identifier);
    if identifier.is_none() {
        faults.add("identifier", t.get("fault-identifier"));
    }
    let last = typed.ends_at.parse::<jiff::civil::Date>().ok();
    let ends_at = last.and_then(|day| organization.settings.time_zone.end_of(day));
    if ends_at.is_none() {
        faults.add("ends_at", t.get("fault-date"));
    }
    let access_level = AccessLevel::parse(&typed.access_level);
    if access_level.is_none() {
        faults.add("access_level", t.get("fault-choose"));
    }
    Some(ProxyGrant {
        identifier: identifier?,
        ends_at: ends_at?,
        access_level: access_level?,
    })
}

const fn words_of(refusal: ProposeRefusal) -> (&'static str, &'static str) {
    match refusal {
        ProposeRefusal::EndsAt => ("ends_at", "fault-proxy-ends-at"),
        ProposeRefusal::NotAnAdult => ("identifier", "fault-not-an-adult"),
        _ => ("organization", "fault-no-organization"),
    }
}

async fn end(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    Path(id): Path<String>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Failure> {
    let Ok(id) = id.parse() else {
        return Ok(Problem::NotFound.into_response());
    };
    let mut tx = app.store.write_from(browser.origin()).await?;
    let is_ended = guardianship::end_proxy(&mut tx, &app.notices(), sign_in.account, id).await?;
    tx.commit().await?;
    Ok(match is_ended {
        true => done("ended"),
        false => Problem::NotFound.into_response(),
    })
}

fn done(deed: &str) -> Response {
    web::done(&paths::account_proxies(), deed)
}

async fn page(
    app: &App,
    browser: &Browser,
    sign_in: &SignIn,
    t: Texts,
    (query, (typed, faults)): (&Fields, (Typed, Faults)),
) -> Result<Page<ProxiesPage>, Failure> {
    let organizations = consumer::choices(app, sign_in.account, &typed.organization).await?;
    let mut tx = app.store.read().await?;
    let (shell, account) = Shell::of(&mut tx, browser, sign_in, Place::Proxies).await?;
    let mut proxies = Vec::new();
    for relation in guardianship::of_dependent(&mut tx, account.id).await? {
        if !relation.is_hidden_from(account.id) {
            proxies.push(accepted(&mut tx, &t, relation).await?);
        }
    }
    for request in guardianship::proxy_requests(&mut tx, account.id).await? {
        proxies.push(Proxy {
            id: request.id,
            who: request.identifier,
            is_pending: true,
            line: t.get(relation_text::reach(
                request.access_level == AccessLevel::Full,
            )),
            until: Some(t.moment(request.ends_at)),
            is_granted: true,
        });
    }
    let levels = [
        (AccessLevel::Limited, "level-limited"),
        (AccessLevel::Full, "level-full"),
    ];
    let levels = levels.map(|(level, words)| ListChoice {
        value: level.name().to_owned(),
        words: t.get(words),
        is_chosen: level.name() == typed.access_level,
    });
    Ok(Page::new(ProxiesPage {
        shell: shell.saying(&t, query, DEEDS),
        t,
        proxies,
        typed,
        faults,
        levels: levels.into(),
        organizations,
    }))
}

async fn accepted(tx: &mut Tx, t: &Texts, relation: Guardianship) -> Result<Proxy, Failure> {
    let account = accounts::account(tx, relation.guardian).await?;
    let is_granted = relation.basis == Basis::PatientConsent;
    Ok(Proxy {
        id: relation.id,
        who: account.map(|a| a.display_name).unwrap_or_default(),
        is_pending: false,
        line: match is_granted {
            true => t.get(relation_text::reach(
                relation.access_level == AccessLevel::Full,
            )),
            false => t.get(relation_text::relationship(relation.relationship)),
        },
        until: relation.ends_at.map(|at: Timestamp| t.moment(at)),
        is_granted,
    })
}
