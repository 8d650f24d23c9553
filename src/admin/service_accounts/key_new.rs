//! `/admin/{org}/service-accounts/{id}/keys/new`: a further key.
use askama::Template;
use axum::{Router, extract::Path, response::IntoResponse, routing::get};
use serde::Deserialize;

use super::{
    super::{
        desk::{Answer, Desk, FreshDesk, Stop},
        frame::{Frame, Tab},
    },
    find, key_made, keys, may_make_keys, place, presets,
};
use crate::{
    service_accounts::{self, KeyRefusal, NewKey, ServiceAccount},
    store::Tx,
    web::{App, Faults, Form, Page, Problem, Texts},
};

pub(super) fn routes() -> Router<App> {
    let place = "/admin/{org}/service-accounts/{id}/keys/new";
    Router::new().route(place, get(show).post(make))
}

#[derive(Template)]
#[template(path = "admin/service_accounts/key_new.html")]
struct NewPage {
    t: Texts,
    frame: Frame,
    back: String,
    action: String,
    account: String,
    typed: Typed,
    presets: Vec<u32>,
    faults: Faults,
}

#[derive(Debug, Default, Deserialize)]
struct Typed {
    #[serde(default)]
    name: String,
    /// In so many days.
    #[serde(default)]
    days: String,
}

async fn page(
    desk: &Desk,
    t: Texts,
    account: &ServiceAccount,
    (typed, faults): (Typed, Faults),
) -> Answer {
    let organization = desk.organization();
    let status = faults.status();
    let page = NewPage {
        frame: desk.frame(Tab::ServiceAccounts).await?,
        back: place(organization.id, account.id),
        action: format!("{}/new", keys(organization.id, account.id)),
        account: account.name.clone(),
        presets: presets(organization.settings.api_key_max_days),
        typed,
        faults,
        t,
    };
    Ok(Page::new(page).status(status).into_response())
}

/// The machine, for somebody who may make keys of it.
pub(super) async fn open(desk: &Desk, tx: &mut Tx, id: &str) -> Result<ServiceAccount, Stop> {
    let account = find(desk, tx, id).await?;
    match may_make_keys(desk, &account) {
        true => Ok(account),
        false => Err(Problem::NotAllowed.into()),
    }
}

async fn show(
    FreshDesk(desk): FreshDesk,
    Path((_, id)): Path<(String, String)>,
    t: Texts,
) -> Answer {
    let account = open(&desk, &mut desk.read().await?, &id).await?;
    let typed = Typed {
        days: "90".to_owned(),
        ..Typed::default()
    };
    page(&desk, t, &account, (typed, Faults::default())).await
}

async fn make(
    FreshDesk(desk): FreshDesk,
    Path((_, id)): Path<(String, String)>,
    t: Texts,
    Form(typed): Form<Typed>,
) -> Answer {
    let mut tx = desk.write().await?;
    let account = open(&desk, &mut tx, &id).await?;
    let new = NewKey {
        name: typed.name.clone(),
        expires_at: tx.now().plus_days(days(&typed.days)),
        max_days: desk.organization().settings.api_key_max_days,
    };
    match service_accounts::create_key(&mut tx, &account, new, &desk.doer()).await? {
        Ok((_, secret)) => {
            tx.commit().await?;
            key_made::show(&desk, t, &account, (secret, None)).await
        }
        Err(refusal) => {
            drop(tx);
            let mut faults = Faults::default();
            let (field, words) = words_of(refusal);
            faults.add(field, t.get(words));
            page(&desk, t, &account, (typed, faults)).await
        }
    }
}

/// A number of days that was chosen; 0 for anything else.
pub(super) fn days(typed: &str) -> i64 {
    typed.parse::<u32>().map_or(0, i64::from)
}

/// The field and the key of the words for why a key is not made.
pub(super) const fn words_of(refusal: KeyRefusal) -> (&'static str, &'static str) {
    match refusal {
        KeyRefusal::InvalidName => ("name", "fault-key-name"),
        KeyRefusal::NameTaken => ("name", "fault-key-name-taken"),
        KeyRefusal::InvalidExpiry => ("days", "fault-choose"),
    }
}
