//! `/account/activity`: what the person did, and what was done to his account, each with both
//! who acted and for whom (N-20).
use askama::Template;
use axum::{
    Router,
    extract::{RawQuery, State},
    routing::get,
};

use super::shell::{Place, Shell};
use crate::{
    accounts,
    audit::{self, Entry},
    clients,
    clock::Timestamp,
    id::AccountId,
    store::Tx,
    web::{App, Browser, Failure, Fields, Page, SignedIn, Texts, paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/account/activity", get(show))
}

/// Events on a page.
const ON_A_PAGE: usize = 20;

#[derive(Template)]
#[template(path = "pages/account/activity.html")]
struct ActivityPage {
    t: Texts,
    shell: Shell,
    events: Vec<Happened>,
    /// Where the older ones are.
    older: Option<String>,
}

/// Something that happened.
pub(super) struct Happened {
    pub(super) what: String,
    pub(super) icon: &'static str,
    /// Who acted and for whom, where it was not the person himself; through which app, and from
    /// which address.
    pub(super) details: String,
    pub(super) at: Timestamp,
}

async fn show(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    RawQuery(query): RawQuery,
    browser: Browser,
    t: Texts,
) -> Result<Page<ActivityPage>, Failure> {
    let query = query.unwrap_or_default();
    let query = Fields::parse(query.as_bytes()).unwrap_or_default();
    let before = query.one("before").unwrap_or_default();
    app.later.settled().await;
    let mut tx = app.store.read().await?;
    let (shell, account) = Shell::of(&mut tx, &browser, &sign_in, Place::Activity).await?;
    let rows = i64::try_from(ON_A_PAGE + 1).unwrap_or(i64::MAX);
    let mut found = audit::page_of_person(&mut tx, account.id, (before, rows)).await?;
    let is_more = found.len() > ON_A_PAGE;
    found.truncate(ON_A_PAGE);
    let last = found.last().filter(|_| is_more);
    let older = last.map(|last| paths::account_activity_before(last.id));
    let mut events = Vec::new();
    for entry in found {
        events.extend(happened(&mut tx, &t, account.id, entry).await?);
    }
    Ok(Page::new(ActivityPage {
        t,
        shell,
        events,
        older,
    }))
}

pub(super) async fn happened(
    tx: &mut Tx,
    t: &Texts,
    me: AccountId,
    entry: Entry,
) -> Result<Option<Happened>, Failure> {
    let Some((icon, key)) = words(&entry.action, entry.outcome == "done") else {
        return Ok(None);
    };
    let me = me.to_string();
    let mut details = Vec::new();
    let is_my_deed = entry.actor.as_deref() == Some(me.as_str());
    match (&entry.actor, entry.actor_type.as_deref()) {
        (Some(actor), Some("account")) if !is_my_deed => {
            let name = name(tx, actor).await?;
            details.push(t.with("activity-by", &[("name", &name)]));
        }
        (Some(_), Some("account")) | (None, _) => {}
        (Some(_), _) => details.push(t.get("activity-by-machine")),
    }
    if let Some(subject) = entry.subject.as_deref().filter(|subject| *subject != me) {
        let name = name(tx, subject).await?;
        details.push(t.with("activity-for", &[("name", &name)]));
    }
    if let Some(client_id) = entry.client_id {
        let client = clients::find(tx, &client_id).await?;
        let app = client.map_or(client_id, |client| client.name);
        details.push(t.with("activity-through", &[("app", &app)]));
    }
    // Where another person was is not the person's to know (N-19).
    if let Some(address) = entry.address.filter(|_| is_my_deed) {
        details.push(t.with("activity-from", &[("address", &address)]));
    }
    Ok(Some(Happened {
        what: t.get(key),
        icon,
        details: details.join(" "),
        at: entry.at,
    }))
}

async fn name(tx: &mut Tx, account: &str) -> Result<String, Failure> {
    let Ok(id) = account.parse() else {
        return Ok(String::new());
    };
    let account = accounts::account(tx, id).await?;
    Ok(account
        .map(|account| account.display_name)
        .unwrap_or_default())
}

/// The drawing and the key of the words for what happened. `None` for what says nothing to a
/// person.
fn words(action: &str, is_done: bool) -> Option<(&'static str, &'static str)> {
    Some(match (action, is_done) {
        ("sign_in", true) => ("lock", "did-sign-in"),
        ("sign_in", false) => ("alert", "did-fail-to-sign-in"),
        ("sign_out", _) => ("logout", "did-sign-out"),
        ("signed_up", true) => ("user", "did-sign-up"),
        ("recovery_begun", _) => ("mail", "did-ask-for-link"),
        ("password_reset", true) => ("key", "did-reset-password"),
        ("password_changed", true) => ("key", "did-change-password"),
        ("password_changed", false) => ("alert", "did-fail-to-change-password"),
        ("identifier_changed", true) => ("mail", "did-change-identifier"),
        ("identifier_changed", false) => ("alert", "did-fail-to-change-identifier"),
        ("capacity_chosen", _) => ("care", "did-choose"),
        ("consent", true) => ("link", "did-allow-app"),
        ("consent", false) => ("no", "did-refuse-app"),
        ("consent_withdrawn", _) => ("no", "did-stop-app"),
        ("token_revoked", _) => ("no", "app-gave-up"),
        ("code_replayed" | "refresh_reuse", _) => ("alert", "app-was-locked-out"),
        ("dependent_added", true) => ("care", "did-add-child"),
        ("guardianship_proposed", true) => ("care", "relation-was-proposed"),
        ("proxy_asked", true) => ("hand", "did-ask-proxy"),
        ("proxy_request_ended", true) => ("hand", "proxy-request-ended"),
        ("guardianship_accepted", true) => ("care", "relation-was-accepted"),
        ("guardianship_approved", true) => ("care", "relation-was-approved"),
        ("guardianship_suspended", true) => ("care", "relation-was-suspended"),
        ("guardianship_resumed", true) => ("care", "relation-was-resumed"),
        ("guardianship_changed", true) => ("care", "relation-was-changed"),
        ("guardianship_ended", true) => ("care", "relation-was-ended"),
        ("person_changed", true) => ("edit", "person-was-changed"),
        ("emancipated", true) => ("user", "person-was-emancipated"),
        ("handover_code_issued", true) => ("key", "handover-code-was-issued"),
        ("handed_over", true) => ("user", "was-handed-over"),
        ("handed_over", false) => ("alert", "handover-failed"),
        ("personal_sign_in", true) => ("lock", "personal-sign-in-changed"),
        _ => return None,
    })
}
