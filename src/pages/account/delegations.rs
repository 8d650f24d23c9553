//! `/account/delegations`: for providers: which machines act for him, and who did.
use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    exchanges::{self, Acted},
    shell::{Place, Shell},
};
use crate::{
    access::ScopeSet,
    accounts::session::SignIn,
    delegations::{self, DelegateRefusal, Delegation, Filter, NewDelegation},
    id::{AccountId, DelegationId},
    organizations::Organization,
    providers,
    service_accounts::{self, Mode},
    store::{StoreError, Tx},
    web::{
        self, App, Browser, Failure, Faults, Fields, Form, FreshlySignedIn, ListChoice, Nothing,
        Page, Problem, SignedIn, Texts, paths,
    },
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/account/delegations", get(show).post(give))
        .route("/account/delegations/{id}/withdraw", post(withdraw))
}

/// The most rows of each list.
const MOST: i64 = 200;

#[derive(Template)]
#[template(path = "pages/account/delegations.html")]
struct DelegationsPage {
    t: Texts,
    shell: Shell,
    given: Vec<Given>,
    machines: Vec<ListChoice>,
    acted: Vec<Acted>,
    typed: Typed,
    faults: Faults,
}

/// A delegation that the provider gave, or an OWNER for him.
struct Given {
    id: DelegationId,
    machine: String,
    organization: String,
    scopes: String,
    until: String,
    is_over: bool,
}

#[derive(Debug, Default, Deserialize)]
struct Typed {
    #[serde(default)]
    service_account: String,
    #[serde(default)]
    scopes: String,
    /// The last day.
    #[serde(default)]
    ends_on: String,
}

const DEEDS: &[(&str, &str)] = &[
    ("given", "delegation-made"),
    ("withdrawn", "delegation-withdrawn"),
];

/// Where the person is a provider now.
async fn organizations(app: &App, me: AccountId) -> Result<Vec<Arc<Organization>>, StoreError> {
    let memberships = providers::of_account(&mut app.store.read().await?, me).await?;
    let mut found = Vec::new();
    for membership in memberships.iter().filter(|m| m.is_active()) {
        let organization = app
            .organizations
            .get(&app.store, membership.organization)
            .await?;
        found.extend(organization.filter(|o| o.is_active()));
    }
    Ok(found)
}

async fn show(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    query: Fields,
    browser: Browser,
    t: Texts,
) -> Result<Response, Failure> {
    let form = (Typed::default(), Faults::default());
    page(&app, &browser, &sign_in, t, (&query, form)).await
}

async fn page(
    app: &App,
    browser: &Browser,
    sign_in: &SignIn,
    t: Texts,
    (query, (typed, faults)): (&Fields, (Typed, Faults)),
) -> Result<Response, Failure> {
    let organizations = organizations(app, sign_in.account).await?;
    if organizations.is_empty() {
        return Ok(Problem::NotFound.into_response());
    }
    app.later.settled().await;
    let mut tx = app.store.read().await?;
    let (shell, account) = Shell::of(&mut tx, browser, sign_in, Place::Delegations).await?;
    let (mut given, mut machines, mut acted) = (Vec::new(), Vec::new(), Vec::new());
    for organization in &organizations {
        given.extend(given_in(&mut tx, &t, (organization, account.id)).await?);
        acted.extend(exchanges::in_whose_name(&mut tx, &t, (organization.id, account.id)).await?);
        let all = service_accounts::page(&mut tx, organization.id, ("", MOST)).await?;
        for machine in all
            .into_iter()
            .filter(|one| one.is_active && one.may(Mode::Provider))
        {
            let value = machine.id.to_string();
            machines.push(ListChoice {
                is_chosen: value == typed.service_account,
                words: match organizations.len() {
                    1 => machine.name,
                    _ => format!("{}, {}", machine.name, organization.name),
                },
                value,
            });
        }
    }
    let status = faults.status();
    let page = DelegationsPage {
        shell: shell.saying(&t, query, DEEDS),
        t,
        given,
        machines,
        acted,
        typed,
        faults,
    };
    Ok(Page::new(page).status(status).into_response())
}

async fn given_in(
    tx: &mut Tx,
    t: &Texts,
    (organization, me): (&Organization, AccountId),
) -> Result<Vec<Given>, StoreError> {
    let filter = Filter {
        provider: Some(me),
        service_account: None,
    };
    let found = delegations::page(tx, organization.id, &filter, ("", MOST)).await?;
    let mut given = Vec::new();
    for one in found {
        let machine = service_accounts::find(tx, one.service_account).await?;
        given.push(Given {
            id: one.id,
            machine: machine.map(|machine| machine.name).unwrap_or_default(),
            organization: organization.name.clone(),
            scopes: one.scopes.to_string(),
            until: t.moment(one.ends_at),
            is_over: one.ends_at <= tx.now(),
        });
    }
    Ok(given)
}

async fn give(
    State(app): State<App>,
    FreshlySignedIn(sign_in): FreshlySignedIn,
    browser: Browser,
    t: Texts,
    Form(typed): Form<Typed>,
) -> Result<Response, Failure> {
    let mut faults = Faults::default();
    let mut tx = app.store.write_from(browser.origin()).await?;
    let machine = match typed.service_account.parse() {
        Ok(id) => service_accounts::find(&mut tx, id).await?,
        Err(_) => None,
    };
    let here = organizations(&app, sign_in.account).await?;
    let here = machine.and_then(|machine| {
        let is_its = |o: &&Arc<Organization>| machine.organization == Some(o.id);
        here.iter()
            .find(is_its)
            .map(|o| (machine.id, Arc::clone(o)))
    });
    if here.is_none() {
        faults.add("service_account", t.get("fault-choose"));
    }
    if let Some((machine, organization)) = here
        && let Some((scopes, ends_at)) = read(&t, &organization, &typed, &mut faults)
    {
        let new = NewDelegation {
            service_account: machine,
            provider: sign_in.account,
            scopes,
            starts_at: None,
            ends_at,
        };
        match delegations::delegate(&mut tx, &organization, new, sign_in.account).await? {
            Ok(_) => {
                tx.commit().await?;
                return Ok(done("given"));
            }
            Err(refusal) => {
                let (field, words) = words_of(refusal);
                faults.add(field, t.get(words));
            }
        }
    }
    drop(tx);
    page(
        &app,
        &browser,
        &sign_in,
        t,
        (&Fields::default(), (typed, faults)),
    )
    .await
}

fn read(
    t: &Texts,
    organization: &Organization,
    typed: &Typed,
    faults: &mut Faults,
) -> Option<(ScopeSet, crate::clock::Timestamp)> {
    let text = typed
        .scopes
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let scopes = text.parse::<ScopeSet>().ok();
    if scopes.is_none() {
        faults.add("scopes", t.get("fault-not-delegable"));
    }
    let last = typed.ends_on.parse::<jiff::civil::Date>().ok();
    let ends_at = last.and_then(|day| organization.settings.time_zone.end_of(day));
    if ends_at.is_none() {
        faults.add("ends_on", t.get("fault-date"));
    }
    Some((scopes?, ends_at?))
}

const fn words_of(refusal: DelegateRefusal) -> (&'static str, &'static str) {
    match refusal {
        DelegateRefusal::Scopes => ("scopes", "fault-not-delegable"),
        DelegateRefusal::StartsAt | DelegateRefusal::EndsAt => ("ends_on", "fault-delegation-ends"),
        DelegateRefusal::UnknownServiceAccount
        | DelegateRefusal::NotForProviders
        | DelegateRefusal::NotProvider => ("service_account", "fault-choose"),
    }
}

/// Taking something back never waits for a fresh sign-in.
async fn withdraw(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    Path(id): Path<String>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Failure> {
    let mut tx = app.store.write_from(browser.origin()).await?;
    let found = match id.parse() {
        Ok(id) => delegations::find(&mut tx, id).await?,
        Err(_) => None,
    };
    let is_mine = |one: &Delegation| one.provider == sign_in.account && one.revoked_at.is_none();
    let Some(delegation) = found.filter(is_mine) else {
        return Ok(Problem::NotFound.into_response());
    };
    delegations::revoke(&mut tx, &delegation, sign_in.account).await?;
    tx.commit().await?;
    Ok(done("withdrawn"))
}

fn done(deed: &str) -> Response {
    web::done(&paths::account_delegations(), deed)
}
