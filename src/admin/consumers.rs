//! `/admin/{org}/consumers`: the organization's patients and guardians.
use askama::Template;
use axum::{Router, response::IntoResponse, routing::get};

use super::{
    desk::{Answer, Desk},
    frame::{Frame, Tab},
    paths,
};
use crate::{
    access::Permission,
    accounts::{self, Consumer, Status},
    web::{App, Fields, Page, Texts},
};

/// Consumers on a page.
const ROWS: i64 = 50;

/// What these pages say was done.
pub(super) const DEEDS: &[(&str, &str)] = &[
    ("created", "consumer-created"),
    ("changed", "done-changed"),
    ("held", "consumer-held"),
    ("released", "consumer-released"),
    ("emancipated", "consumer-emancipated"),
    ("added", "dependent-added"),
    ("proposed", "guardian-proposed"),
    ("approve", "relation-approved"),
    ("decline", "relation-declined"),
    ("suspend", "relation-suspended"),
    ("resume", "relation-resumed"),
    ("end", "relation-ended"),
];

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/{org}/consumers", get(list))
}

#[derive(Template)]
#[template(path = "admin/consumers.html")]
struct ConsumersPage {
    t: Texts,
    frame: Frame,
    may_write: bool,
    new: String,
    what_if: Option<String>,
    query: String,
    rows: Vec<Row>,
    next: Option<String>,
}

/// A consumer in the table.
struct Row {
    url: String,
    name: String,
    contact: String,
    born: String,
    patient: String,
    status: Status,
}

async fn list(desk: Desk, query: Fields, t: Texts) -> Answer {
    desk.needs(Permission::ConsumersRead)?;
    let text = query.one("q").unwrap_or_default().trim().to_owned();
    let after = query.one("after").unwrap_or_default();
    let org = desk.organization().id;
    let mut tx = desk.read().await?;
    let mut found = accounts::consumers(&mut tx, org, &text, (after, ROWS + 1)).await?;
    drop(tx);
    let is_more = found.len() > usize::try_from(ROWS).unwrap_or(usize::MAX);
    if is_more {
        found.pop();
    }
    let next = found.last().filter(|_| is_more).map(|last| {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        pairs.append_pair("q", &text);
        pairs.append_pair("after", &last.account.to_string());
        format!("{}?{}", paths::consumers(org), pairs.finish())
    });
    let row = |consumer: Consumer| Row {
        url: paths::consumer(org, consumer.account),
        contact: consumer.email.or(consumer.phone).unwrap_or_default(),
        name: consumer.name,
        born: consumer.birth_date.unwrap_or_default(),
        patient: consumer.patient_id.unwrap_or_default(),
        status: consumer.status,
    };
    let page = ConsumersPage {
        frame: desk.frame(Tab::Consumers).await?.saying(&t, &query, DEEDS),
        may_write: desk.has(Permission::ConsumersWrite),
        new: paths::new_consumer(org),
        what_if: desk
            .has(Permission::GuardianshipsRead)
            .then(|| paths::what_if(org)),
        query: text,
        rows: found.into_iter().map(row).collect(),
        next,
        t,
    };
    Ok(Page::new(page).into_response())
}
