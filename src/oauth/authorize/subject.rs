//! `/authorize/{id}/for`: the chooser, for whom somebody acts (DOMAIN.md 4.2).
//!
//! The list is computed anew for the page and for the answer; the choice is bound to this
//! request, never to the session (I-50).
use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use super::{
    flow::{Flow, Stand},
    queries,
};
use crate::{
    accounts,
    audit::{self, Action, Event},
    capacity::{Choice, ConsumerKind, Detail},
    oauth::Refusal,
    web::{App, Browser, Failure, Form, FormTarget, Page, Problem, Texts, initials, paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/authorize/{id}/for", get(show).post(choose))
}

#[derive(Template)]
#[template(path = "oauth/authorize/subject.html")]
struct Chooser {
    t: Texts,
    csrf: String,
    app: String,
    me: String,
    my_initials: String,
    another: String,
    options: Vec<OptionRow>,
}

struct OptionRow {
    option: String,
    subject: String,
    kind: &'static str,
    organization: String,
    name: String,
    initials: String,
    line: String,
    is_care: bool,
}

#[derive(Deserialize)]
struct Picked {
    #[serde(default)]
    option: String,
}

async fn show(
    State(app): State<App>,
    Path(id): Path<String>,
    browser: Browser,
    t: Texts,
) -> Result<Response, Failure> {
    let Some(flow) = Flow::resume(&app, &id, &browser).await? else {
        return Ok(Problem::Stale.into_response());
    };
    let Stand::Subject(sign_in, choices) = flow.stand(&app, &browser).await? else {
        return flow.go_on(&app, &browser, t).await;
    };
    let me = accounts::account(&mut app.store.read().await?, sign_in.account).await?;
    let me = me.map(|account| account.display_name).unwrap_or_default();
    let request = flow.pending.as_ref().map(|row| row.id);
    let page = Chooser {
        csrf: browser.csrf().await?,
        app: flow.client.name.clone(),
        my_initials: initials(&me),
        me,
        another: request.map(paths::sign_in_for).unwrap_or_default(),
        options: choices.iter().map(|choice| row(&t, choice)).collect(),
        t,
    };
    let target = FormTarget::of(flow.request.reply.to.as_str());
    Ok(Page::new(page).leading_to(target).into_response())
}

async fn choose(
    State(app): State<App>,
    Path(id): Path<String>,
    browser: Browser,
    t: Texts,
    Form(picked): Form<Picked>,
) -> Result<Response, Failure> {
    let Some(flow) = Flow::resume(&app, &id, &browser).await? else {
        return Ok(Problem::Stale.into_response());
    };
    let Stand::Subject(sign_in, choices) = flow.stand(&app, &browser).await? else {
        return flow.go_on(&app, &browser, t).await; // out of order: nothing changes
    };
    if picked.option.is_empty() {
        return Ok(Redirect::to(&id_path(&flow)).into_response());
    }
    let found = choices
        .iter()
        .find(|choice| choice.option() == picked.option);
    let (Some(choice), Some(row)) = (found, &flow.pending) else {
        // A foreign option and one that does not exist end alike (I-51, N-04).
        return flow
            .refuse(&app, &browser, t, Refusal::not_for_this_person())
            .await;
    };
    let capacity = &choice.capacity;
    let mut tx = app.store.write_from(browser.origin()).await?;
    queries::choose(&mut tx, row.id, capacity).await?;
    let event = Event::done(Action::CapacityChosen)
        .by(sign_in.account)
        .about(capacity.subject())
        .through(flow.client.id.as_str())
        .within(capacity.organization())
        .under(capacity.relation());
    audit::record(&mut tx, event).await?;
    tx.commit().await?;
    Ok(Redirect::to(&id_path(&flow)).into_response())
}

fn id_path(flow: &Flow) -> String {
    let row = flow.pending.as_ref();
    row.map_or_else(paths::home, |row| paths::authorize_step(row.id))
}

fn row(t: &Texts, choice: &Choice) -> OptionRow {
    let organization = choice.organization.name.as_str();
    let line = match &choice.detail {
        Detail::Myself(ConsumerKind::Dependent | ConsumerKind::Patient) => t.get("yourself"),
        Detail::Myself(ConsumerKind::Hcp) => {
            t.with("as-professional-at", &[("organization", organization)])
        }
        Detail::Myself(_) => t.with("yourself-at", &[("organization", organization)]),
        Detail::For { birth_year, .. } => match birth_year {
            Some(year) => t.with("you-act-for-born", &[("year", &year.to_string())]),
            None => t.get("you-act-for"),
        },
        Detail::Provider(_) => t.with("as-staff-of", &[("organization", organization)]),
        Detail::ConfigUser => t.with("as-configurer-of", &[("organization", organization)]),
    };
    OptionRow {
        option: choice.option(),
        subject: choice.capacity.subject().to_string(),
        kind: choice.kind(),
        organization: choice.organization.id.to_string(),
        initials: initials(&choice.display_name),
        name: choice.display_name.clone(),
        line,
        is_care: choice.capacity.actor().is_some(),
    }
}
