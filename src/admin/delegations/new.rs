//! `/admin/{org}/delegations/new`: a machine is let to act for a provider.
use askama::Template;
use axum::{Router, response::IntoResponse, routing::get};
use serde::Deserialize;

use super::{
    super::{
        desk::{Answer, Desk, FreshDesk},
        frame::{Frame, Tab},
    },
    place,
};
use crate::{
    access::{Permission, ScopeSet},
    accounts::Identifier,
    delegations::{self, DelegateRefusal, NewDelegation},
    id::{AccountId, ServiceAccountId},
    providers::{self, MemberFilter, Status},
    service_accounts::{self, Mode},
    store::{StoreError, Tx},
    web::{App, Faults, Form, Page, Texts, done},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/{org}/delegations/new", get(show).post(make))
}

/// The most machines that are offered.
const MOST: i64 = 500;

#[derive(Template)]
#[template(path = "admin/delegations/new.html")]
struct NewPage {
    t: Texts,
    frame: Frame,
    back: String,
    action: String,
    /// Id and name.
    machines: Vec<(String, String)>,
    typed: Typed,
    faults: Faults,
}

#[derive(Debug, Default, Deserialize)]
struct Typed {
    /// The provider's e-mail address.
    #[serde(default)]
    provider: String,
    #[serde(default)]
    service_account: String,
    #[serde(default)]
    scopes: String,
    /// The first day; empty: at once.
    #[serde(default)]
    starts_on: String,
    /// The last day.
    #[serde(default)]
    ends_on: String,
}

async fn show(FreshDesk(desk): FreshDesk, t: Texts) -> Answer {
    desk.needs(Permission::DelegationsWrite)?;
    page(&desk, t, (Typed::default(), Faults::default())).await
}

async fn page(desk: &Desk, t: Texts, (typed, faults): (Typed, Faults)) -> Answer {
    let org = desk.organization().id;
    let mut tx = desk.read().await?;
    let all = service_accounts::page(&mut tx, org, ("", MOST)).await?;
    drop(tx);
    let fit = all
        .into_iter()
        .filter(|one| one.is_active && one.may(Mode::Provider));
    let status = faults.status();
    let page = NewPage {
        frame: desk.frame(Tab::Delegations).await?,
        back: place(org),
        action: format!("{}/new", place(org)),
        machines: fit.map(|one| (one.id.to_string(), one.name)).collect(),
        typed,
        faults,
        t,
    };
    Ok(Page::new(page).status(status).into_response())
}

async fn make(FreshDesk(desk): FreshDesk, t: Texts, Form(typed): Form<Typed>) -> Answer {
    desk.needs(Permission::DelegationsWrite)?;
    let mut tx = desk.write().await?;
    let mut faults = Faults::default();
    if let Some(new) = read(&desk, &mut tx, &t, (&typed, &mut faults)).await? {
        let organization = desk.organization();
        match delegations::delegate(&mut tx, organization, new, desk.account).await? {
            Ok(_) => {
                tx.commit().await?;
                return Ok(done(&place(organization.id), "delegated"));
            }
            Err(refusal) => {
                let (field, words) = words_of(refusal);
                faults.add(field, t.get(words));
            }
        }
    }
    drop(tx);
    page(&desk, t, (typed, faults)).await
}

async fn read(
    desk: &Desk,
    tx: &mut Tx,
    t: &Texts,
    (typed, faults): (&Typed, &mut Faults),
) -> Result<Option<NewDelegation>, StoreError> {
    let zone = &desk.organization().settings.time_zone;
    let day = |text: &str| text.parse::<jiff::civil::Date>().ok();
    let provider = member(desk, tx, &typed.provider).await?;
    if provider.is_none() {
        faults.add("provider", t.get("fault-no-provider"));
    }
    let service_account: Option<ServiceAccountId> = typed.service_account.parse().ok();
    if service_account.is_none() {
        faults.add("service_account", t.get("fault-choose"));
    }
    let text = typed
        .scopes
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let scopes = text.parse::<ScopeSet>();
    if scopes.is_err() {
        faults.add("scopes", t.get("fault-not-delegable"));
    }
    let starts_at = day(&typed.starts_on).and_then(|day| zone.start_of(day));
    if starts_at.is_none() && !typed.starts_on.is_empty() {
        faults.add("starts_on", t.get("fault-date"));
    }
    let ends_at = day(&typed.ends_on).and_then(|day| zone.end_of(day));
    if ends_at.is_none() {
        faults.add("ends_on", t.get("fault-date"));
    }
    let (Some(provider), Some(service_account), Ok(scopes), Some(ends_at), true) = (
        provider,
        service_account,
        scopes,
        ends_at,
        faults.is_empty(),
    ) else {
        return Ok(None);
    };
    Ok(Some(NewDelegation {
        service_account,
        provider,
        scopes,
        starts_at,
        ends_at,
    }))
}

/// The active member with this e-mail address.
async fn member(desk: &Desk, tx: &mut Tx, email: &str) -> Result<Option<AccountId>, StoreError> {
    let Some(email) = Identifier::email(email) else {
        return Ok(None);
    };
    let wanted = email.as_str().to_owned();
    let filter = MemberFilter {
        text: Some(wanted.clone()),
        status: Some(Status::Active),
        ..MemberFilter::default()
    };
    let org = desk.organization().id;
    let found = providers::members(tx, org, &filter, ("", 100)).await?;
    let is_it = |member: &providers::Member| member.email.as_deref() == Some(wanted.as_str());
    Ok(found
        .into_iter()
        .find(is_it)
        .map(|member| member.membership.account))
}

const fn words_of(refusal: DelegateRefusal) -> (&'static str, &'static str) {
    match refusal {
        DelegateRefusal::UnknownServiceAccount | DelegateRefusal::NotForProviders => {
            ("service_account", "fault-choose")
        }
        DelegateRefusal::NotProvider => ("provider", "fault-no-provider"),
        DelegateRefusal::Scopes => ("scopes", "fault-not-delegable"),
        DelegateRefusal::StartsAt => ("starts_on", "fault-delegation-starts"),
        DelegateRefusal::EndsAt => ("ends_on", "fault-delegation-ends"),
    }
}
