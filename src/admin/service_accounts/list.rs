//! `/admin/{org}/service-accounts`: the machines of the organization.
use askama::Template;
use axum::{Router, response::IntoResponse, routing::get};

use super::{
    super::{
        desk::{Answer, Desk},
        frame::{Frame, Tab},
        words,
    },
    DEEDS,
};
use crate::{
    access::Permission,
    clock::Timestamp,
    id::OrganizationId,
    service_accounts::{self, ApiKey, Mode, ServiceAccount},
    web::{App, Fields, Page, Texts},
};

/// Machines on a page.
const ROWS: i64 = 50;
/// Keys that end within so many seconds are flagged: 14 days.
pub(super) const SOON: i64 = 14 * 24 * 60 * 60;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/{org}/service-accounts", get(list))
}

/// Where the list is.
pub(in crate::admin) fn place(org: OrganizationId) -> String {
    format!("/admin/{org}/service-accounts")
}

#[derive(Template)]
#[template(path = "admin/service_accounts/list.html")]
struct ListPage {
    t: Texts,
    frame: Frame,
    may_write: bool,
    new: String,
    rows: Vec<Row>,
    next: Option<String>,
}

/// A machine in the table.
struct Row {
    url: String,
    name: String,
    modes: String,
    is_active: bool,
    live_keys: i64,
    is_old: bool,
    is_ending: bool,
    /// When the next of its live keys ends.
    ends: Option<String>,
    last_used: Option<String>,
}

async fn list(desk: Desk, query: Fields, t: Texts) -> Answer {
    desk.needs(Permission::ServiceAccountsRead)?;
    let org = desk.organization().id;
    let after = query.one("after").unwrap_or_default();
    let mut tx = desk.read().await?;
    let mut found = service_accounts::page(&mut tx, org, (after, ROWS + 1)).await?;
    let now = tx.now();
    drop(tx);
    let is_more = found.len() > usize::try_from(ROWS).unwrap_or(usize::MAX);
    if is_more {
        found.pop();
    }
    let last = found.last().filter(|_| is_more);
    let page = ListPage {
        frame: desk
            .frame(Tab::ServiceAccounts)
            .await?
            .saying(&t, &query, DEEDS),
        may_write: desk.has(Permission::ServiceAccountsWrite),
        new: format!("{}/new", place(org)),
        next: last.map(|last| format!("{}?after={}", place(org), last.id)),
        rows: found.iter().map(|one| row(&desk, &t, one, now)).collect(),
        t,
    };
    Ok(Page::new(page).into_response())
}

fn row(desk: &Desk, t: &Texts, account: &ServiceAccount, now: Timestamp) -> Row {
    let organization = desk.organization();
    let live: Vec<&ApiKey> = account.keys.iter().filter(|key| key.is_live(now)).collect();
    let day = |moment: Timestamp| words::day(moment, organization);
    Row {
        url: super::place(organization.id, account.id),
        name: account.name.clone(),
        modes: modes(t, account),
        is_active: account.is_active,
        live_keys: i64::try_from(live.len()).unwrap_or(i64::MAX),
        is_old: live.iter().any(|key| key.is_rotation_due(now)),
        is_ending: live.iter().any(|key| is_ending(key, now)),
        ends: live.iter().map(|key| key.expires_at).min().map(day),
        last_used: account
            .keys
            .iter()
            .filter_map(|key| key.last_used_at)
            .max()
            .map(day),
    }
}

/// Whether the key ends soon and nothing took its place.
pub(super) fn is_ending(key: &ApiKey, now: Timestamp) -> bool {
    key.replaced_by.is_none() && key.is_live(now) && key.expires_at <= now.plus_seconds(SOON)
}

/// What the machine acts as, in words.
pub(super) fn modes(t: &Texts, account: &ServiceAccount) -> String {
    let words = [
        (Mode::Application, "sa-as-itself"),
        (Mode::Provider, "sa-for-providers"),
    ];
    let of = words.iter().filter(|(mode, _)| account.may(*mode));
    of.map(|(_, key)| t.get(key)).collect::<Vec<_>>().join(", ")
}
