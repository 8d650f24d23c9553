//! `/admin/{org}/audit`: what happened, newest first, and as a file.
use askama::Template;
use axum::{Router, response::IntoResponse, routing::get};
use jiff::civil::Date;

use super::{
    audit_words::{self, ACTIONS},
    desk::{Answer, Desk, Stop},
    frame::{Frame, Tab},
    paths,
};
use crate::{
    access::Permission,
    accounts::{self, Identifier},
    audit::{self, Action, Entry, Event, Filter},
    clock::Timestamp,
    id::AccountId,
    providers,
    store::Tx,
    web::{App, AuditFormat, Faults, Fields, ListChoice, Page, Texts, audit_export},
};

/// Events on a page.
const ROWS: i64 = 50;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/{org}/audit", get(show))
}

#[derive(Template)]
#[template(path = "admin/audit_log.html")]
struct AuditPage {
    t: Texts,
    frame: Frame,
    typed: Typed,
    actions: Vec<ListChoice>,
    outcomes: Vec<ListChoice>,
    rows: Vec<Row>,
    older: Option<String>,
    csv: String,
    ndjson: String,
    faults: Faults,
}

/// What is asked for, as the form shows it again.
#[derive(Default)]
struct Typed {
    person: String,
    action: String,
    client: String,
    outcome: String,
    since: String,
    until: String,
}

impl Typed {
    fn of(query: &Fields) -> Self {
        let text = |name| query.one(name).unwrap_or_default().trim().to_owned();
        Self {
            person: text("person"),
            action: text("action"),
            client: text("client"),
            outcome: text("outcome"),
            since: text("since"),
            until: text("until"),
        }
    }

    /// The same events, in another form.
    fn with(&self, desk: &Desk, name: &str, value: &str) -> String {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("person", self.person.as_str()),
            ("action", &self.action),
            ("client", &self.client),
            ("outcome", &self.outcome),
            ("since", &self.since),
            ("until", &self.until),
            (name, value),
        ] {
            if !value.is_empty() {
                pairs.append_pair(name, value);
            }
        }
        format!(
            "{}?{}",
            paths::audit(desk.organization().id),
            pairs.finish()
        )
    }
}

/// An event in the table.
struct Row {
    at: Timestamp,
    who: String,
    for_whom: Option<String>,
    what: String,
    details: String,
    is_done: bool,
    address: String,
}

async fn show(desk: Desk, query: Fields, t: Texts) -> Answer {
    desk.needs(Permission::AuditRead)?;
    let typed = Typed::of(&query);
    let mut faults = Faults::default();
    let org = desk.organization().id;
    let filter = filter(&desk, &t, &mut faults, &typed).await?;
    if let Some(format) = query.one("format").and_then(AuditFormat::parse)
        && faults.is_empty()
    {
        let mut tx = desk.write().await?;
        let event = Event::done(Action::AuditExported)
            .done_by(&desk.doer())
            .within(org);
        audit::record(&mut tx, event).await?;
        tx.commit().await?;
        return Ok(audit_export(&desk.app, org, filter, format));
    }
    let before = query.one("before").unwrap_or_default();
    desk.app.later.settled().await;
    let mut tx = desk.read().await?;
    let mut found = match faults.is_empty() {
        true => audit::page(&mut tx, org, &filter, (before, ROWS + 1)).await?,
        false => Vec::new(),
    };
    let is_more = found.len() > usize::try_from(ROWS).unwrap_or(usize::MAX);
    if is_more {
        found.pop();
    }
    let last = found.last().filter(|_| is_more);
    let older = last.map(|last| typed.with(&desk, "before", &last.id.to_string()));
    let mut rows = Vec::new();
    for entry in found {
        rows.push(row(&desk, &mut tx, &t, entry).await?);
    }
    drop(tx);
    let choice = |(value, key): &(&str, &str), chosen: &str| ListChoice {
        value: (*value).to_owned(),
        words: t.get(key),
        is_chosen: *value == chosen,
    };
    let outcomes = [("done", "audit-done"), ("refused", "audit-refused")];
    let status = faults.status();
    let page = AuditPage {
        frame: desk.frame(Tab::Audit).await?,
        actions: ACTIONS.iter().map(|it| choice(it, &typed.action)).collect(),
        outcomes: outcomes
            .iter()
            .map(|it| choice(it, &typed.outcome))
            .collect(),
        csv: typed.with(&desk, "format", "csv"),
        ndjson: typed.with(&desk, "format", "ndjson"),
        typed,
        rows,
        older,
        faults,
        t,
    };
    Ok(Page::new(page).status(status).into_response())
}

async fn filter(
    desk: &Desk,
    t: &Texts,
    faults: &mut Faults,
    typed: &Typed,
) -> Result<Filter, Stop> {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let person = match typed.person.as_str() {
        "" => None,
        text => Some(person(desk, text).await?),
    };
    let mut day = |field: &'static str, typed: &str, is_end: bool| {
        let day: Option<Date> = typed.parse().ok();
        let zone = &desk.organization().settings.time_zone;
        let moment = day.and_then(|day| match is_end {
            true => zone.end_of(day),
            false => zone.start_of(day),
        });
        if moment.is_none() && !typed.is_empty() {
            faults.add(field, t.get("fault-date"));
        }
        moment
    };
    Ok(Filter {
        since: day("since", &typed.since, false),
        until: day("until", &typed.until, true),
        action: some(&typed.action),
        client: some(&typed.client),
        outcome: some(&typed.outcome),
        person,
        ..Filter::default()
    })
}

/// The id of whoever is named. A name that nobody has finds nothing, as one whose events are
/// elsewhere does (N-15).
async fn person(desk: &Desk, text: &str) -> Result<String, Stop> {
    if text.parse::<AccountId>().is_ok() {
        return Ok(text.to_owned());
    }
    let org = desk.organization().id;
    let mut tx = desk.read().await?;
    let mut found = match Identifier::email(text) {
        Some(email) => accounts::owner_of(&mut tx, &email).await?,
        None => None,
    };
    if found.is_none() && desk.has(Permission::ConsumersRead) {
        found = accounts::only_consumer(&mut tx, org, text).await?;
    }
    Ok(found.map_or_else(|| "nobody".to_owned(), |id| id.to_string()))
}

async fn row(desk: &Desk, tx: &mut Tx, t: &Texts, entry: Entry) -> Result<Row, Stop> {
    let is_person = entry.actor_type.as_deref() == Some("account");
    let who = match &entry.actor {
        Some(id) if is_person => name(desk, tx, id).await?,
        Some(id) => t.with("audit-machine", &[("id", id)]),
        None => t.get("audit-somebody"),
    };
    let for_whom = match &entry.subject {
        Some(id) if entry.actor.as_ref() != Some(id) => {
            let name = name(desk, tx, id).await?;
            Some(t.with("audit-for", &[("name", &name)]))
        }
        _ => None,
    };
    let details = [entry.client_id, entry.reason].into_iter().flatten();
    Ok(Row {
        at: entry.at,
        who,
        for_whom,
        what: audit_words::what(t, &entry.action),
        details: details.collect::<Vec<_>>().join(", "),
        is_done: entry.outcome == "done",
        address: entry.address.unwrap_or_default(),
    })
}

/// The name of a person for whoever may know it; for anybody else the id, since who configures
/// an organization sees no patients (DOMAIN.md 7).
async fn name(desk: &Desk, tx: &mut Tx, id: &str) -> Result<String, Stop> {
    let Ok(account) = id.parse::<AccountId>() else {
        return Ok(id.to_owned());
    };
    let is_colleague = desk.has(Permission::UsersRead)
        && providers::member(tx, account, desk.organization().id)
            .await?
            .is_some();
    let may_know = desk.has(Permission::ConsumersRead) || is_colleague || account == desk.account;
    if !may_know {
        return Ok(id.to_owned());
    }
    let found = accounts::account(tx, account).await?;
    Ok(found.map_or_else(|| id.to_owned(), |account| account.display_name))
}
