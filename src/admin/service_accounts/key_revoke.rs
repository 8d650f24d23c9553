//! `/admin/{org}/service-accounts/{id}/keys/{key}/revoke`: a key that leaked, or is not needed any
//! more, ends at once.
use askama::Template;
use axum::{Router, extract::Path, response::IntoResponse, routing::get};

use super::{
    super::{
        desk::{Answer, FreshDesk},
        frame::{Frame, Tab},
    },
    find, key, live_key, may_make_keys, place,
};
use crate::{
    access::Permission,
    service_accounts,
    web::{App, Form, Nothing, Page, Texts, done},
};

pub(super) fn routes() -> Router<App> {
    let place = "/admin/{org}/service-accounts/{id}/keys/{key}/revoke";
    Router::new().route(place, get(show).post(revoke))
}

#[derive(Template)]
#[template(path = "admin/service_accounts/key_revoke.html")]
struct RevokePage {
    t: Texts,
    frame: Frame,
    back: String,
    action: String,
    account: String,
    key: String,
    is_only: bool,
    /// Where a new key is made first, for whoever may.
    new_key: Option<String>,
}

type Place = Path<(String, String, String)>;

async fn show(FreshDesk(desk): FreshDesk, Path((_, id, name)): Place, t: Texts) -> Answer {
    desk.needs(Permission::ServiceAccountsWrite)?;
    let mut tx = desk.read().await?;
    let account = find(&desk, &mut tx, &id).await?;
    let old = live_key(&account, &name, &tx)?;
    let now = tx.now();
    drop(tx);
    let org = desk.organization().id;
    let live = account.keys.iter().filter(|key| key.is_live(now));
    let page = RevokePage {
        frame: desk.frame(Tab::ServiceAccounts).await?,
        back: place(org, account.id),
        action: format!("{}/revoke", key(org, account.id, old.id)),
        account: account.name.clone(),
        key: old.name.clone(),
        is_only: live.count() == 1,
        new_key: may_make_keys(&desk, &account)
            .then(|| format!("{}/new", super::keys(org, account.id))),
        t,
    };
    Ok(Page::new(page).into_response())
}

async fn revoke(
    FreshDesk(desk): FreshDesk,
    Path((_, id, name)): Place,
    Form(Nothing {}): Form<Nothing>,
) -> Answer {
    desk.needs(Permission::ServiceAccountsWrite)?;
    let mut tx = desk.write().await?;
    let account = find(&desk, &mut tx, &id).await?;
    let old = live_key(&account, &name, &tx)?;
    service_accounts::end_key(&mut tx, &account, old.id, &desk.doer()).await?;
    tx.commit().await?;
    Ok(done(
        &place(desk.organization().id, account.id),
        "key-ended",
    ))
}
