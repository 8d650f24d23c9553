//! `/admin/{org}/service-accounts/{id}/keys/{key}/rotate`: a new key in place of an old one, as
//! one deed: both work until the overlap is over, then the old one ends.
use askama::Template;
use axum::{Router, extract::Path, http::StatusCode, response::IntoResponse, routing::get};
use serde::Deserialize;

use super::{
    super::{
        desk::{Answer, Desk, FreshDesk},
        frame::{Frame, Tab},
        words,
    },
    key, key_made,
    key_new::{days, open, words_of},
    live_key, place, presets,
};
use crate::{
    clock::Timestamp,
    service_accounts::{self, ApiKey, RotateRefusal, Rotation, ServiceAccount},
    web::{App, Faults, Form, Page, Problem, Texts},
};

pub(super) fn routes() -> Router<App> {
    let place = "/admin/{org}/service-accounts/{id}/keys/{key}/rotate";
    Router::new().route(place, get(show).post(rotate))
}

/// The overlaps that are offered, in hours, with the keys of their words.
const OVERLAPS: [(u32, &str); 4] = [
    (0, "overlap-none"),
    (24, "overlap-day"),
    (7 * 24, "overlap-week"),
    (30 * 24, "overlap-month"),
];

#[derive(Template)]
#[template(path = "admin/service_accounts/key_rotate.html")]
struct RotatePage {
    t: Texts,
    frame: Frame,
    back: String,
    action: String,
    account: String,
    key: String,
    overlaps: Vec<Overlap>,
    presets: Vec<u32>,
    faults: Faults,
}

/// How long the old key goes on.
struct Overlap {
    hours: u32,
    words: String,
    is_chosen: bool,
    /// The day on which it ends then; `None`: now.
    until: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Typed {
    /// Hours for which the old key goes on.
    #[serde(default)]
    overlap: String,
    /// In how many days the new key ends; 0: it lives as long as the old one did.
    #[serde(default)]
    days: String,
}

async fn page(
    desk: &Desk,
    t: Texts,
    (account, old): (&ServiceAccount, &ApiKey),
    (now, chosen, faults): (Timestamp, u32, Faults),
) -> Answer {
    let organization = desk.organization();
    let overlap = |(hours, words): &(u32, &'static str)| {
        let until = now
            .plus_seconds(i64::from(*hours) * 60 * 60)
            .min(old.expires_at);
        Overlap {
            hours: *hours,
            words: t.get(words),
            is_chosen: *hours == chosen,
            until: (*hours > 0).then(|| words::day(until, organization)),
        }
    };
    let status = match faults.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::CONFLICT,
    };
    let page = RotatePage {
        frame: desk.frame(Tab::ServiceAccounts).await?,
        back: place(organization.id, account.id),
        action: format!("{}/rotate", key(organization.id, account.id, old.id)),
        account: account.name.clone(),
        key: old.name.clone(),
        overlaps: OVERLAPS.iter().map(overlap).collect(),
        presets: presets(organization.settings.api_key_max_days),
        faults,
        t,
    };
    Ok(Page::new(page).status(status).into_response())
}

type Place = Path<(String, String, String)>;

async fn show(FreshDesk(desk): FreshDesk, Path((_, id, key)): Place, t: Texts) -> Answer {
    let mut tx = desk.read().await?;
    let account = open(&desk, &mut tx, &id).await?;
    let old = live_key(&account, &key, &tx)?;
    let now = tx.now();
    drop(tx);
    let asked = (now, 7 * 24, Faults::default());
    page(&desk, t, (&account, old), asked).await
}

async fn rotate(
    FreshDesk(desk): FreshDesk,
    Path((_, id, key)): Place,
    t: Texts,
    Form(typed): Form<Typed>,
) -> Answer {
    let mut tx = desk.write().await?;
    let account = open(&desk, &mut tx, &id).await?;
    let old = live_key(&account, &key, &tx)?;
    let now = tx.now();
    let days = days(&typed.days);
    let Ok(overlap) = typed.overlap.parse::<u32>() else {
        return Err(Problem::BadRequest.into());
    };
    let rotation = Rotation {
        name: None,
        expires_at: (days > 0).then(|| now.plus_days(days)),
        max_days: desk.organization().settings.api_key_max_days,
        overlap: i64::from(overlap) * 60 * 60,
    };
    let made = service_accounts::rotate_key(&mut tx, &account, old, rotation, &desk.doer()).await?;
    let refusal = match made {
        Ok(made) => {
            tx.commit().await?;
            let was = Some((old.name.clone(), made.old_ends_at));
            return key_made::show(&desk, t, &account, (made.secret, was)).await;
        }
        Err(refusal) => refusal,
    };
    drop(tx);
    let (field, words) = match refusal {
        RotateRefusal::Ended => return Err(Problem::NotFound.into()),
        RotateRefusal::Replaced => ("overlap", "fault-key-replaced"),
        RotateRefusal::Overlap => ("overlap", "fault-choose"),
        RotateRefusal::Key(refusal) => words_of(refusal),
    };
    let mut faults = Faults::default();
    faults.add(field, t.get(words));
    page(&desk, t, (&account, old), (now, overlap, faults)).await
}
