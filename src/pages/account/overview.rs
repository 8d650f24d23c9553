//! `/account`: who is signed in, and the latest of everything. `/` leads there.
use askama::Template;
use axum::{Router, extract::State, response::Redirect, routing::get};

use super::{
    activity::{self, Happened},
    shell::{Place, Shell},
};
use crate::{
    accounts::{self, Contact},
    audit, capacity, clients,
    guardianship::{self, Status},
    id::AccountId,
    store::Tx,
    web::{App, Browser, Failure, Page, SignedIn, Texts, paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(async || Redirect::to(&paths::account())))
        .route("/account", get(show))
}

/// Events that are looked through for the latest.
const LOOKED_AT: i64 = 10;
/// Events that are shown.
const SHOWN: usize = 3;

#[derive(Template)]
#[template(path = "pages/account/overview.html")]
struct OverviewPage {
    t: Texts,
    shell: Shell,
    given_name: String,
    contacts: Vec<Contact>,
    my_initials: String,
    /// The names of those the person acts for.
    cared: Vec<String>,
    /// How many proposals wait for his answer.
    asked: i64,
    /// How many applications have his consent.
    apps: i64,
    events: Vec<Happened>,
    /// Whether he administers something.
    has_console: bool,
}

async fn show(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    t: Texts,
) -> Result<Page<OverviewPage>, Failure> {
    let seats = capacity::seats(&app.store, &app.organizations, sign_in.account).await?;
    app.later.settled().await;
    let mut tx = app.store.read().await?;
    let (shell, account) = Shell::of(&mut tx, &browser, &sign_in, Place::Profile).await?;
    let me = account.id;
    let (cared, asked) = cared_for(&mut tx, me).await?;
    let apps = clients::consents_of(&mut tx, me).await?.len();
    let events = latest(&mut tx, &t, me).await?;
    Ok(Page::new(OverviewPage {
        t,
        shell,
        my_initials: crate::web::initials(&account.display_name),
        given_name: account.given_name,
        contacts: accounts::contacts(&mut tx, me).await?,
        has_console: seats.iter().any(|seat| !seat.permissions.is_empty()),
        cared,
        asked,
        apps: i64::try_from(apps).unwrap_or(i64::MAX),
        events,
    }))
}

/// The names of those `me` acts for, and how many proposals wait for his answer.
async fn cared_for(tx: &mut Tx, me: AccountId) -> Result<(Vec<String>, i64), Failure> {
    let (mut names, mut asked) = (Vec::new(), 0);
    for relation in guardianship::of_guardian(tx, me).await? {
        if guardianship::awaits_guardian(tx, relation.id).await? {
            asked += 1;
        } else if relation.status == Status::Active {
            let account = accounts::account(tx, relation.dependent).await?;
            names.extend(account.map(|account| account.display_name));
        }
    }
    Ok((names, asked))
}

async fn latest(tx: &mut Tx, t: &Texts, me: AccountId) -> Result<Vec<Happened>, Failure> {
    let mut events = Vec::new();
    for entry in audit::page_of_person(tx, me, ("", LOOKED_AT)).await? {
        events.extend(activity::happened(tx, t, me, entry).await?);
    }
    events.truncate(SHOWN);
    Ok(events)
}
