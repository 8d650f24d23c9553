//! `/account/apps`: what the person allowed to applications, for himself and for those he
//! cares for, and taking it back.
use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};

use super::shell::{Place, Shell};
use crate::{
    accounts,
    clients::{self, GivenConsent},
    clock::Timestamp,
    id::{AccountId, ConsentId},
    store::Tx,
    web::{
        App, Browser, Failure, Fields, Form, Nothing, Page, Problem, SignedIn, Texts, done, paths,
        scope_text,
    },
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/account/apps", get(show))
        .route("/account/apps/{consent}/stop", post(stop))
}

#[derive(Template)]
#[template(path = "pages/account/apps.html")]
struct AppsPage {
    t: Texts,
    shell: Shell,
    connections: Vec<Connection>,
}

/// An application that may use somebody's data.
struct Connection {
    id: ConsentId,
    app: String,
    /// Whose data, when they are not the person's own.
    subject: Option<String>,
    /// Who allowed it, when it was not the person.
    given_by: Option<String>,
    given_at: Timestamp,
    /// What it may do, in words.
    permissions: Vec<String>,
}

impl Connection {
    fn count(&self) -> i64 {
        i64::try_from(self.permissions.len()).unwrap_or(i64::MAX)
    }
}

async fn show(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    query: Fields,
    browser: Browser,
    t: Texts,
) -> Result<Page<AppsPage>, Failure> {
    let mut tx = app.store.read().await?;
    let (shell, _) = Shell::of(&mut tx, &browser, &sign_in, Place::Apps).await?;
    let mut connections = Vec::new();
    for given in clients::consents_of(&mut tx, sign_in.account).await? {
        connections.push(connection(&mut tx, &t, sign_in.account, given).await?);
    }
    Ok(Page::new(AppsPage {
        shell: shell.saying(&t, &query, &[("stopped", "access-stopped")]),
        t,
        connections,
    }))
}

async fn connection(
    tx: &mut Tx,
    t: &Texts,
    me: AccountId,
    given: GivenConsent,
) -> Result<Connection, Failure> {
    let consent = given.consent;
    let client = clients::find(tx, &consent.client_id).await?;
    let lines = scope_text::lines(t, &given.scopes).unwrap_or_default();
    Ok(Connection {
        id: given.id,
        app: client.map_or(consent.client_id, |client| client.name),
        subject: name_of_other(tx, me, consent.subject).await?,
        given_by: name_of_other(tx, me, consent.given_by).await?,
        given_at: given.given_at,
        permissions: lines
            .into_iter()
            .filter(|line| !line.is_quiet)
            .map(|line| line.title)
            .collect(),
    })
}

async fn name_of_other(
    tx: &mut Tx,
    me: AccountId,
    other: AccountId,
) -> Result<Option<String>, Failure> {
    if other == me {
        return Ok(None);
    }
    let account = accounts::account(tx, other).await?;
    Ok(account.map(|account| account.display_name))
}

async fn stop(
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
    let is_withdrawn = clients::withdraw(&mut tx, id, sign_in.account).await?;
    tx.commit().await?;
    Ok(match is_withdrawn {
        true => done(&paths::account_apps(), "stopped"),
        false => Problem::NotFound.into_response(),
    })
}
