//! `/admin/{org}/what-if`: who could act for a person on a day, and why not the others.
//! Answered by the functions that enforce it, over the rows of today.
use askama::Template;
use axum::{Router, response::IntoResponse, routing::get};
use jiff::civil::Date;

use super::{
    desk::{Answer, Desk, Stop},
    frame::{Frame, Tab},
    paths,
    relation_row::{self, RelationRow, Side},
    words,
};
use crate::{
    access::Permission,
    accounts::{self, Account},
    clock::Timestamp,
    guardianship,
    id::AccountId,
    store::Tx,
    web::{App, Faults, Fields, Page, Texts},
};

/// Seconds from the beginning of a day to its noon.
const NOON: i64 = 12 * 3600;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/{org}/what-if", get(show))
}

#[derive(Template)]
#[template(path = "admin/what_if.html")]
struct WhatIfPage {
    t: Texts,
    frame: Frame,
    back: String,
    person: String,
    day: String,
    found: Option<Found>,
    faults: Faults,
}

/// The answer.
struct Found {
    name: String,
    url: String,
    majority: Option<String>,
    rows: Vec<RelationRow>,
}

async fn show(desk: Desk, query: Fields, t: Texts) -> Answer {
    desk.needs(Permission::GuardianshipsRead)?;
    let organization = desk.organization();
    let mut tx = desk.read().await?;
    let now = tx.now();
    let today = organization.settings.time_zone.day_of(now);
    let mut faults = Faults::default();
    let typed = query.one("day").filter(|text| !text.is_empty());
    let day: Option<Date> = typed.map_or(Some(today), |text| text.parse().ok());
    let at = day.and_then(|day| match day == today {
        true => Some(now),
        false => noon(&desk, day),
    });
    if at.is_none() {
        faults.add("day", t.get("fault-date"));
    }
    let person = query.one("person").unwrap_or_default().trim().to_owned();
    let account = person_of(&desk, &mut tx, &person).await?;
    if account.is_none() && !person.is_empty() {
        faults.add("person", t.get("fault-person-unknown"));
    }
    let found = match (account, at) {
        (Some(account), Some(at)) => Some(judge(&desk, &mut tx, &t, (account, at)).await?),
        _ => None,
    };
    drop(tx);
    let status = faults.status();
    let page = WhatIfPage {
        frame: desk.frame(Tab::Consumers).await?,
        back: paths::consumers(organization.id),
        day: typed.map_or_else(|| today.to_string(), str::to_owned),
        person,
        found,
        faults,
        t,
    };
    Ok(Page::new(page).status(status).into_response())
}

fn noon(desk: &Desk, day: Date) -> Option<Timestamp> {
    let start = desk.organization().settings.time_zone.start_of(day)?;
    Some(start.plus_seconds(NOON))
}

/// The only consumer of the organization whom the text names.
async fn person_of(desk: &Desk, tx: &mut Tx, text: &str) -> Result<Option<Account>, Stop> {
    let org = desk.organization().id;
    let id: Option<AccountId> = match text.parse() {
        Ok(id) => accounts::profile(tx, id, org).await?.map(|_| id),
        Err(_) if text.is_empty() => None,
        Err(_) => accounts::only_consumer(tx, org, text).await?,
    };
    Ok(match id {
        Some(id) => accounts::account(tx, id).await?,
        None => None,
    })
}

async fn judge(
    desk: &Desk,
    tx: &mut Tx,
    t: &Texts,
    (account, at): (Account, Timestamp),
) -> Result<Found, Stop> {
    let organization = desk.organization();
    let majority = account
        .birth_date
        .and_then(|born| guardianship::majority_at(born, &organization.settings));
    Ok(Found {
        rows: relation_row::rows(desk, tx, t, (account.id, Side::Dependent), at).await?,
        url: paths::consumer(organization.id, account.id),
        name: account.display_name,
        majority: majority.map(|at| words::day(at, organization)),
    })
}
