//! `/admin/{org}/delegations`: who lets which machine act for him.
use askama::Template;
use axum::{Router, response::IntoResponse, routing::get};

use super::{
    super::{
        desk::{Answer, Desk},
        frame::{Frame, Tab},
        words,
    },
    DEEDS, place,
};
use crate::{
    access::Permission,
    accounts,
    delegations::{self, Delegation, Filter},
    service_accounts,
    store::{StoreError, Tx},
    web::{App, Fields, Page, Texts},
};

/// Delegations on a page.
const ROWS: i64 = 50;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/{org}/delegations", get(list))
}

#[derive(Template)]
#[template(path = "admin/delegations/list.html")]
struct ListPage {
    t: Texts,
    frame: Frame,
    new: String,
    rows: Vec<Row>,
    next: Option<String>,
}

/// A delegation in the table.
struct Row {
    withdraw: String,
    provider: String,
    machine: String,
    scopes: String,
    from: String,
    until: String,
    state: State,
}

enum State {
    Later,
    InForce,
    Over,
}

async fn list(desk: Desk, query: Fields, t: Texts) -> Answer {
    desk.needs(Permission::DelegationsWrite)?;
    let org = desk.organization().id;
    let after = query.one("after").unwrap_or_default();
    let mut tx = desk.read().await?;
    let filter = Filter::default();
    let mut found = delegations::page(&mut tx, org, &filter, (after, ROWS + 1)).await?;
    let is_more = found.len() > usize::try_from(ROWS).unwrap_or(usize::MAX);
    if is_more {
        found.pop();
    }
    let last = found.last().filter(|_| is_more);
    let next = last.map(|last| format!("{}?after={}", place(org), last.id));
    let mut rows = Vec::new();
    for delegation in found {
        rows.push(row(&desk, &mut tx, delegation).await?);
    }
    drop(tx);
    let page = ListPage {
        frame: desk
            .frame(Tab::Delegations)
            .await?
            .saying(&t, &query, DEEDS),
        new: format!("{}/new", place(org)),
        rows,
        next,
        t,
    };
    Ok(Page::new(page).into_response())
}

async fn row(desk: &Desk, tx: &mut Tx, delegation: Delegation) -> Result<Row, StoreError> {
    let organization = desk.organization();
    let machine = service_accounts::find(tx, delegation.service_account).await?;
    let provider = accounts::account(tx, delegation.provider).await?;
    let now = tx.now();
    Ok(Row {
        withdraw: format!("{}/{}/withdraw", place(organization.id), delegation.id),
        provider: provider.map(|who| who.display_name).unwrap_or_default(),
        machine: machine.map(|machine| machine.name).unwrap_or_default(),
        scopes: delegation.scopes.to_string(),
        from: words::day(delegation.starts_at, organization),
        until: words::day(delegation.ends_at.plus_seconds(-1), organization),
        state: match (delegation.authorises(now), delegation.ends_at <= now) {
            (true, _) => State::InForce,
            (false, true) => State::Over,
            (false, false) => State::Later,
        },
    })
}
