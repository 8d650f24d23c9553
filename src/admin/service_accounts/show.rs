//! `/admin/{org}/service-accounts/{id}`: one machine: its keys, what it may, what it did.
use askama::Template;
use axum::{Router, extract::Path, response::IntoResponse, routing::get};

use super::{
    super::{
        desk::{Answer, Desk},
        frame::{Frame, Tab},
        words,
    },
    DEEDS,
    activity::{DAYS, Plot},
    find, key, keys,
    list::{self, is_ending, modes},
    may_make_keys, place,
};
use crate::{
    access::Permission,
    clock::Timestamp,
    service_accounts::{self, ApiKey, ServiceAccount, day_of},
    web::{App, Fields, Page, Texts},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/{org}/service-accounts/{id}", get(show))
}

#[derive(Template)]
#[template(path = "admin/service_accounts/show.html")]
struct MachinePage {
    t: Texts,
    frame: Frame,
    back: String,
    here: String,
    new_key: String,
    account: ServiceAccount,
    modes: String,
    purposes: String,
    keys: Vec<Row>,
    /// The first key that is old or about to end, with its name.
    due: Option<(String, bool)>,
    may_write: bool,
    may_make_keys: bool,
    plot: Plot,
}

/// A key in the table.
struct Row {
    url: String,
    name: String,
    state: State,
    created: String,
    ends: String,
    last_used: Option<String>,
    is_old: bool,
    is_ending: bool,
}

enum State {
    /// It opens, and goes on.
    Current,
    /// It opens until the overlap is over.
    Replaced,
    /// It opens nothing.
    Ended,
}

async fn show(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    query: Fields,
    t: Texts,
) -> Answer {
    desk.needs(Permission::ServiceAccountsRead)?;
    let org = desk.organization().id;
    let mut tx = desk.read().await?;
    let account = find(&desk, &mut tx, &id).await?;
    let now = tx.now();
    let first = day_of(now) - DAYS + 1;
    let used = service_accounts::days_of_use(&mut tx, account.id, first).await?;
    drop(tx);
    let is_due = |key: &&ApiKey| key.is_rotation_due(now) || is_ending(key, now);
    let due = account.keys.iter().find(is_due);
    let codes = account.registration.purposes.iter().map(|p| p.code());
    let page = MachinePage {
        frame: desk
            .frame(Tab::ServiceAccounts)
            .await?
            .saying(&t, &query, DEEDS),
        back: list::place(org),
        here: place(org, account.id),
        new_key: format!("{}/new", keys(org, account.id)),
        modes: modes(&t, &account),
        purposes: codes.collect::<Vec<_>>().join(", "),
        keys: account
            .keys
            .iter()
            .rev()
            .map(|key| row(&desk, &account, key, now))
            .collect(),
        due: due.map(|key| (key.name.clone(), is_ending(key, now))),
        may_write: desk.has(Permission::ServiceAccountsWrite),
        may_make_keys: may_make_keys(&desk, &account),
        plot: Plot::of(&t, &used, now),
        account,
        t,
    };
    Ok(Page::new(page).into_response())
}

fn row(desk: &Desk, account: &ServiceAccount, of: &ApiKey, now: Timestamp) -> Row {
    let organization = desk.organization();
    let day = |moment: Timestamp| words::day(moment, organization);
    Row {
        url: key(organization.id, account.id, of.id),
        name: of.name.clone(),
        state: match (of.is_live(now), of.replaced_by) {
            (false, _) => State::Ended,
            (true, Some(_)) => State::Replaced,
            (true, None) => State::Current,
        },
        created: day(of.created_at),
        ends: day(of.revoked_at.unwrap_or(of.expires_at)),
        last_used: of.last_used_at.map(day),
        is_old: of.is_rotation_due(now),
        is_ending: is_ending(of, now),
    }
}
