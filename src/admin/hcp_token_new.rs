//! `/admin/databases/{db}/hcps/{id}/tokens`: a token is made.
use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::IntoResponse,
    routing::get,
};
use jiff::civil::DateTime;
use serde::Deserialize;

use super::{
    desk::Answer,
    directory::{DirectoryDesk, FreshAtHcp},
    frame::Frame,
    hcp::open,
    hcp_tokens::created,
    hcp_words,
};
use crate::{
    access::Permission,
    clock::Timestamp,
    hcps::{self, Hcp, NewToken},
    web::{App, Browser, Faults, Form, Page, Texts},
};

/// Days that the form proposes, as far as the organization allows them.
const PROPOSED: [u32; 4] = [7, 30, 90, 365];
/// What is chosen at first.
const AT_FIRST: &str = "30";
/// Instead of a number of days: the date and time that is typed.
const CUSTOM: &str = "custom";

pub(super) fn routes() -> Router<App> {
    let place = "/admin/databases/{db}/hcps/{id}/tokens";
    Router::new().route(place, get(show).post(create))
}

#[derive(Template)]
#[template(path = "admin/hcp_token_new.html")]
struct TokenPage {
    t: Texts,
    frame: Frame,
    desk: DirectoryDesk,
    hcp: Hcp,
    typed: Typed,
    /// Days to choose from.
    days: Vec<u32>,
    /// The earliest and the latest end, as the clocks of the organization show them.
    earliest: String,
    latest: String,
    faults: Faults,
}

impl TokenPage {
    fn is_chosen(&self, days: &u32) -> bool {
        self.typed.expires == days.to_string()
    }

    fn in_days(&self, days: &u32) -> String {
        self.t.count("in-days", i64::from(*days))
    }

    fn is_custom(&self) -> bool {
        self.typed.expires == CUSTOM
    }

    fn most_days(&self) -> String {
        let most = self.desk.organization.settings.hcp_token_max_days;
        self.t.count("days", i64::from(most))
    }
}

#[derive(Default, Deserialize)]
struct Typed {
    #[serde(default)]
    name: String,
    /// A number of days, or [`CUSTOM`].
    #[serde(default)]
    expires: String,
    /// As a field for date and time sends it: `2026-12-22T23:59`.
    #[serde(default)]
    expires_at: String,
}

impl Typed {
    /// When the token is to end. `None` when that is no date and time.
    fn end(&self, desk: &DirectoryDesk, now: Timestamp) -> Option<Timestamp> {
        if self.expires == CUSTOM {
            let local: DateTime = self.expires_at.trim().parse().ok()?;
            return desk.organization.settings.time_zone.moment_of(local);
        }
        let days: u32 = self.expires.parse().ok()?;
        Some(now.plus_days(i64::from(days)))
    }
}

async fn show(
    State(app): State<App>,
    FreshAtHcp(sign_in): FreshAtHcp,
    browser: Browser,
    Path((db, id)): Path<(String, String)>,
    t: Texts,
) -> Answer {
    let needed = Permission::HcpTokens;
    let (desk, hcp) = open(&app, &browser, &sign_in, (&db, &id, needed)).await?;
    let typed = Typed {
        expires: AT_FIRST.to_owned(),
        ..Typed::default()
    };
    form(&app, t, desk, hcp, (typed, Faults::default())).await
}

async fn form(
    app: &App,
    t: Texts,
    desk: DirectoryDesk,
    hcp: Hcp,
    (typed, faults): (Typed, Faults),
) -> Answer {
    let now = app.store.read().await?.now();
    let settings = &desk.organization.settings;
    let most = settings.hcp_token_max_days;
    let latest = now.plus_days(i64::from(most));
    let field = |at| {
        let local = settings.time_zone.local(at);
        local.strftime("%Y-%m-%dT%H:%M").to_string()
    };
    let (earliest, latest) = (field(now), field(latest));
    let status = faults.status();
    let page = TokenPage {
        days: PROPOSED.into_iter().filter(|days| *days <= most).collect(),
        t,
        frame: desk.frame.clone(),
        desk,
        hcp,
        typed,
        earliest,
        latest,
        faults,
    };
    Ok(Page::new(page).status(status).into_response())
}

async fn create(
    State(app): State<App>,
    FreshAtHcp(sign_in): FreshAtHcp,
    browser: Browser,
    Path((db, id)): Path<(String, String)>,
    t: Texts,
    Form(typed): Form<Typed>,
) -> Answer {
    let needed = Permission::HcpTokens;
    let (desk, hcp) = open(&app, &browser, &sign_in, (&db, &id, needed)).await?;
    let mut faults = Faults::default();
    let mut tx = app.store.write_from(browser.origin()).await?;
    let Some(expires_at) = typed.end(&desk, tx.now()) else {
        drop(tx);
        faults.add("expires_at", t.get("fault-date-and-time"));
        return form(&app, t, desk, hcp, (typed, faults)).await;
    };
    let new = NewToken {
        name: typed.name.clone(),
        expires_at,
    };
    match hcps::issue_token(&mut tx, &desk.organization, &hcp, &new, &desk.doer).await? {
        Ok(made) => {
            tx.commit().await?;
            Ok(created(t, desk, hcp, made))
        }
        Err(refusal) => {
            drop(tx);
            hcp_words::refuse_token(&t, &mut faults, &refusal);
            form(&app, t, desk, hcp, (typed, faults)).await
        }
    }
}
