//! `/admin/{org}/service-accounts/{id}/delete`: says what ends with a machine, and removes it.
use askama::Template;
use axum::{Router, extract::Path, response::IntoResponse, routing::get};
use serde::Deserialize;

use super::{
    super::{
        desk::{Answer, Desk, FreshDesk},
        frame::{Frame, Tab},
    },
    find, list, place,
};
use crate::{
    access::Permission,
    delegations,
    service_accounts::ServiceAccount,
    web::{App, Faults, Form, Page, Texts, done},
};

pub(super) fn routes() -> Router<App> {
    let place = "/admin/{org}/service-accounts/{id}/delete";
    Router::new().route(place, get(show).post(delete))
}

/// The most delegations that are counted.
const MOST: i64 = 1000;

#[derive(Template)]
#[template(path = "admin/service_accounts/delete.html")]
struct DeletePage {
    t: Texts,
    frame: Frame,
    back: String,
    action: String,
    name: String,
    live_keys: i64,
    delegations: i64,
    faults: Faults,
}

#[derive(Debug, Deserialize)]
struct Typed {
    #[serde(default)]
    confirm: String,
}

async fn show(
    FreshDesk(desk): FreshDesk,
    Path((_, id)): Path<(String, String)>,
    t: Texts,
) -> Answer {
    desk.needs(Permission::ServiceAccountsWrite)?;
    let account = find(&desk, &mut desk.read().await?, &id).await?;
    page(&desk, t, &account, Faults::default()).await
}

async fn page(desk: &Desk, t: Texts, account: &ServiceAccount, faults: Faults) -> Answer {
    let org = desk.organization().id;
    let filter = delegations::Filter {
        service_account: Some(account.id),
        ..delegations::Filter::default()
    };
    let mut tx = desk.read().await?;
    let all = delegations::page(&mut tx, org, &filter, ("", MOST)).await?;
    let now = tx.now();
    drop(tx);
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let lasts = all.iter().filter(|one| one.ends_at > now);
    let status = faults.status();
    let page = DeletePage {
        frame: desk.frame(Tab::ServiceAccounts).await?,
        back: place(org, account.id),
        action: format!("{}/delete", place(org, account.id)),
        name: account.name.clone(),
        live_keys: count(account.keys.iter().filter(|key| key.is_live(now)).count()),
        delegations: count(lasts.count()),
        faults,
        t,
    };
    Ok(Page::new(page).status(status).into_response())
}

async fn delete(
    FreshDesk(desk): FreshDesk,
    Path((_, id)): Path<(String, String)>,
    t: Texts,
    Form(typed): Form<Typed>,
) -> Answer {
    desk.needs(Permission::ServiceAccountsWrite)?;
    let mut tx = desk.write().await?;
    let account = find(&desk, &mut tx, &id).await?;
    if typed.confirm.trim() != account.name {
        drop(tx);
        let mut faults = Faults::default();
        faults.add("confirm", t.get("fault-confirm"));
        return page(&desk, t, &account, faults).await;
    }
    delegations::remove_machine(&mut tx, &account, &desk.doer()).await?;
    tx.commit().await?;
    Ok(done(&list::place(desk.organization().id), "removed"))
}
