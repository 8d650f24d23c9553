//! `/authorize/{id}/consent`: what the application may do, in plain words (UI.md 7).
use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use super::{
    flow::{Flow, Offer, Stand},
    queries,
};
use crate::{
    access::{Scope, ScopeSet},
    audit::{self, Action, Event},
    capacity::{Actor, Role},
    clients::{self, Decision},
    oauth::{Code, Refusal},
    secret::Fingerprint,
    web::{
        App, Browser, Failure, Form, FormTarget, Page, Problem, Texts, initials, paths,
        scope_text::{self, Line, Weight},
    },
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/authorize/{id}/consent", get(show).post(decide))
}

#[derive(Template)]
#[template(path = "oauth/authorize/consent.html")]
struct ConsentPage {
    t: Texts,
    csrf: String,
    app: String,
    place: String,
    subject: String,
    subject_initials: String,
    /// Who acts for the subject: name and initials.
    actor: Option<(String, String)>,
    concerns_record: bool,
    is_sensitive: bool,
    new: Vec<Line>,
    known: Vec<Line>,
    optional: Vec<Line>,
    technical: String,
    shown: String,
    another: String,
}

#[derive(Deserialize)]
struct Answer {
    decision: Option<Button>,
    /// The optional scopes that were ticked.
    #[serde(default)]
    scope: Vec<String>,
    /// What the page showed: see [`shown`].
    shown: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Button {
    Allow,
    Deny,
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
    let Stand::Consent(offer) = flow.stand(&app, &browser).await? else {
        return flow.go_on(&app, &browser, t).await;
    };
    let Some(lines) = scope_text::lines(&t, &offer.possible) else {
        let refusal = Refusal::new(Code::InvalidScope, "A scope has no description to show.");
        return flow.refuse(&app, &browser, t, refusal).await;
    };
    let csrf = browser.csrf().await?;
    let page = page(&flow, &offer, t, (csrf, lines));
    let target = FormTarget::of(flow.request.reply.to.as_str());
    Ok(Page::new(page).leading_to(target).into_response())
}

fn page(flow: &Flow, offer: &Offer, t: Texts, (csrf, lines): (String, Vec<Line>)) -> ConsentPage {
    let optional = &flow.client.registration.optional_scopes;
    let is = |set: &ScopeSet, line: &Line| {
        let scope = line.scope.parse::<Scope>();
        scope.is_ok_and(|scope| set.covers(&scope))
    };
    let (optional, mut asked): (Vec<_>, Vec<_>) =
        lines.into_iter().partition(|line| is(optional, line));
    asked.retain(|line| !line.is_quiet);
    let (known, new): (Vec<_>, Vec<_>) = asked
        .into_iter()
        .partition(|line| is(&offer.allowed_before, line));
    let standing = &offer.standing;
    let request = flow.pending.as_ref().map(|row| row.id);
    ConsentPage {
        csrf,
        app: flow.client.name.clone(),
        place: flow.request.reply.to.place(),
        subject_initials: initials(&standing.subject.display_name),
        subject: standing.subject.display_name.clone(),
        actor: standing
            .actor
            .as_ref()
            .and_then(Actor::display_name)
            .map(|name| (name.to_owned(), initials(name))),
        concerns_record: matches!(standing.role, Role::Consumer { .. })
            && offer.possible.has(crate::access::Context::Patient),
        is_sensitive: new.iter().any(|line| line.weight == Weight::Sensitive),
        new,
        known,
        optional,
        technical: offer.possible.to_string(),
        shown: shown(flow, offer),
        another: request.map(paths::sign_in_for).unwrap_or_default(),
        t,
    }
}

async fn decide(
    State(app): State<App>,
    Path(id): Path<String>,
    browser: Browser,
    t: Texts,
    Form(answer): Form<Answer>,
) -> Result<Response, Failure> {
    let Some(flow) = Flow::resume(&app, &id, &browser).await? else {
        return Ok(Problem::Stale.into_response());
    };
    let Stand::Consent(offer) = flow.stand(&app, &browser).await? else {
        return flow.go_on(&app, &browser, t).await; // out of order: nothing changes
    };
    let (Some(button), Some(row)) = (answer.decision, &flow.pending) else {
        return flow.go_on(&app, &browser, t).await;
    };
    if answer
        .shown
        .is_some_and(|seen| seen != shown(&flow, &offer))
    {
        return flow.go_on(&app, &browser, t).await; // it asks for something else by now
    }
    let capacity = &offer.standing.capacity;
    let event = |event: Event| {
        event
            .by(offer.sign_in.account)
            .about(capacity.subject())
            .through(flow.client.id.as_str())
            .within(capacity.organization())
            .under(capacity.relation())
    };
    let mut tx = app.store.write_from(browser.origin()).await?;
    let (decision, what) = match button {
        Button::Deny => (Decision::Deny, Event::refused(Action::Consent, "denied")),
        Button::Allow => {
            let scopes = ticked(&flow, &offer.possible, &answer.scope);
            clients::give(&mut tx, &flow.consent_of(capacity), &scopes).await?;
            (Decision::Allow { scopes }, Event::done(Action::Consent))
        }
    };
    let read = row.chosen.as_ref();
    queries::decide(&mut tx, row.id, (read, capacity), &decision).await?;
    audit::record(&mut tx, event(what)).await?;
    tx.commit().await?;
    Ok(Redirect::to(&paths::authorize_step(row.id)).into_response())
}

/// Names for whom and what the page asks, and what may be left out, so that nobody allows
/// what he has not read.
fn shown(flow: &Flow, offer: &Offer) -> String {
    let optional = &flow.client.registration.optional_scopes;
    let (capacity, possible) = (&offer.standing.capacity, &offer.possible);
    let text = format!("{capacity:?}\n{possible}\n{optional}");
    Fingerprint::of(&text).as_str().to_owned()
}

/// What is allowed: all but the optional scopes that were not ticked.
fn ticked(flow: &Flow, possible: &ScopeSet, ticks: &[String]) -> ScopeSet {
    let optional = &flow.client.registration.optional_scopes;
    let is_kept = |scope: &&Scope| !optional.covers(scope) || ticks.contains(&scope.to_string());
    possible.iter().filter(is_kept).cloned().collect()
}
