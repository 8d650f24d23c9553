//! What `/admin/{org}` says before anything else, when there is something: keys of machines
//! that are old or about to end.
use askama::Template;
use axum::response::{IntoResponse, Response};

use super::{
    desk::{Desk, Stop},
    frame::{self, Frame, Tab},
    words,
};
use crate::{
    access::Permission,
    service_accounts::{self, DueKey},
    web::{Page, Texts, paths},
};

#[derive(Template)]
#[template(path = "admin/attention.html")]
struct AttentionPage {
    t: Texts,
    frame: Frame,
    first_tab: String,
    keys: Vec<Row>,
}

/// A key that should be replaced.
struct Row {
    url: String,
    machine: String,
    words: String,
}

/// The page; `None` when nothing needs anybody, or not this person.
pub(super) async fn page(desk: &Desk, t: Texts) -> Result<Option<Response>, Stop> {
    if !desk.has(Permission::ServiceAccountsRead) {
        return Ok(None);
    }
    let organization = desk.organization();
    let mut tx = desk.read().await?;
    let due = service_accounts::due_keys(&mut tx, organization.id).await?;
    let now = tx.now();
    drop(tx);
    if due.is_empty() {
        return Ok(None);
    }
    let row = |key: DueKey| {
        let day = words::day(key.expires_at, organization);
        let told = [("name", key.name.as_str()), ("day", day.as_str())];
        Row {
            url: paths::admin_service_account(organization.id, key.service_account),
            words: match key.is_old(now) {
                true => t.with("attention-old", &told),
                false => t.with("attention-ending", &told),
            },
            machine: key.service_account_name,
        }
    };
    let keys = due.into_iter().map(row).collect();
    let page = AttentionPage {
        frame: desk.frame(Tab::Home).await?,
        first_tab: frame::first_tab(desk).unwrap_or_default(),
        keys,
        t,
    };
    Ok(Some(Page::new(page).into_response()))
}
