//! `/admin/{org}/service-accounts/new` and `…/{id}/edit`: what a machine registers.
use askama::Template;
use axum::{Router, extract::Path, response::IntoResponse, routing::get};
use serde::Deserialize;

use super::{
    super::{
        desk::{Answer, Desk, FreshDesk},
        frame::{Frame, Tab},
    },
    find, list, place,
};
use crate::{
    access::{Permission, Purpose, ScopeSet},
    organizations::SELF_AUDIENCE,
    secret::Fingerprint,
    service_accounts::{
        self, KeysFault, Limits, Mode, Registration, ServiceAccount, may_hand_out, not_registrable,
    },
    web::{App, Faults, Form, Page, Problem, Texts, done},
};

pub(super) fn routes() -> Router<App> {
    let one = "/admin/{org}/service-accounts/{id}/edit";
    Router::new()
        .route("/admin/{org}/service-accounts/new", get(new).post(register))
        .route(one, get(edit).post(change))
}

/// The purposes that the form offers; others are kept where they are registered.
const PURPOSES: [&str; 4] = ["TREAT", "HOPERAT", "HPAYMT", "HRESCH"];

#[derive(Template)]
#[template(path = "admin/service_accounts/form.html")]
struct FormPage {
    t: Texts,
    frame: Frame,
    action: String,
    back: String,
    /// The machine's name; `None`: it is to be registered.
    name: Option<String>,
    typed: Typed,
    /// Codes and whether they are ticked.
    purposes: Vec<(String, bool)>,
    faults: Faults,
}

/// What the form says.
#[derive(Debug, Default, Deserialize)]
struct Typed {
    #[serde(default)]
    name: String,
    #[serde(default)]
    modes: Vec<String>,
    #[serde(default)]
    scopes: String,
    #[serde(default)]
    audiences: String,
    #[serde(default)]
    purposes: Vec<String>,
    #[serde(default)]
    requests_per_minute: String,
    #[serde(default)]
    tokens_per_day: String,
    /// A JWK set, or nothing.
    #[serde(default)]
    jwks: String,
    #[serde(default)]
    jwks_uri: String,
    /// `active` or `disabled`; in an edit.
    #[serde(default)]
    status: String,
    /// What the machine was when the form was opened; in an edit.
    #[serde(default)]
    seen: String,
}

impl From<&ServiceAccount> for Typed {
    fn from(account: &ServiceAccount) -> Self {
        let registration = &account.registration;
        let lines = |texts: Vec<String>| texts.join("\n");
        let number = |limit: Option<u32>| limit.map(|n| n.to_string()).unwrap_or_default();
        let modes = [
            (Mode::Application, "application"),
            (Mode::Provider, "provider"),
        ];
        let modes = modes.iter().filter(|(mode, _)| account.may(*mode));
        Self {
            name: account.name.clone(),
            modes: modes.map(|(_, name)| (*name).to_owned()).collect(),
            scopes: lines(
                registration
                    .scopes
                    .iter()
                    .map(ToString::to_string)
                    .collect(),
            ),
            audiences: lines(registration.audiences.clone()),
            purposes: registration
                .purposes
                .iter()
                .map(ToString::to_string)
                .collect(),
            requests_per_minute: number(registration.limits.requests_per_minute),
            tokens_per_day: number(registration.limits.tokens_per_day),
            jwks: registration
                .jwks
                .as_ref()
                .map_or_else(String::new, |jwks| format!("{jwks:#}")),
            jwks_uri: registration.jwks_uri.clone().unwrap_or_default(),
            seen: seen(account),
            status: if account.is_active {
                "active"
            } else {
                "disabled"
            }
            .to_owned(),
        }
    }
}

impl Typed {
    fn has_mode(&self, mode: &str) -> bool {
        self.modes.iter().any(|ticked| ticked == mode)
    }

    /// What is typed, as it is registered. What does not fit is added to `faults`.
    fn read(&mut self, t: &Texts, faults: &mut Faults) -> Registration {
        let modes: Vec<Mode> = self
            .modes
            .iter()
            .filter_map(|name| Mode::parse(name))
            .collect();
        if modes.is_empty() {
            faults.add("modes", t.get("fault-choose"));
        }
        let audiences: Vec<String> = self
            .audiences
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        let is_good =
            |audience: &String| audience == SELF_AUDIENCE || url::Url::parse(audience).is_ok();
        if !audiences.iter().all(is_good) {
            faults.add("audiences", t.get("fault-audiences"));
        }
        let purposes: Result<Vec<Purpose>, _> = self.purposes.iter().map(|p| p.parse()).collect();
        if purposes.is_err() {
            faults.add("purposes", t.get("fault-choose"));
        }
        let registration = Registration {
            modes,
            scopes: self.read_scopes(t, faults),
            audiences,
            purposes: purposes.unwrap_or_default(),
            limits: Limits {
                requests_per_minute: limit(
                    t,
                    faults,
                    ("requests_per_minute", &self.requests_per_minute),
                ),
                tokens_per_day: limit(t, faults, ("tokens_per_day", &self.tokens_per_day)),
            },
            jwks: self.read_jwks(),
            jwks_uri: Some(self.jwks_uri.trim().to_owned()).filter(|uri| !uri.is_empty()),
        };
        if let Err(fault) = registration.check_keys() {
            if fault == KeysFault::Private {
                self.jwks.clear(); // nobody is shown it again
            }
            let (field, words) = match fault {
                KeysFault::Private => ("jwks", "fault-jwks-private"),
                KeysFault::Unreadable => ("jwks", "fault-jwks"),
                KeysFault::NoAddress => ("jwks_uri", "fault-jwks-uri"),
                KeysFault::Both => ("jwks_uri", "fault-jwks-both"),
            };
            faults.add(field, t.get(words));
        }
        registration
    }

    /// What is typed as a JWK set; what is no JSON is no set either.
    fn read_jwks(&self) -> Option<serde_json::Value> {
        let typed = self.jwks.trim();
        let read = || serde_json::from_str(typed).unwrap_or_default();
        (!typed.is_empty()).then(read)
    }

    fn read_scopes(&self, t: &Texts, faults: &mut Faults) -> ScopeSet {
        let text = self.scopes.split_whitespace().collect::<Vec<_>>().join(" ");
        let scopes = text.parse::<ScopeSet>().unwrap_or_else(|error| {
            let words = t.with("fault-scopes", &[("what", &error.to_string())]);
            faults.add("scopes", words);
            ScopeSet::default()
        });
        let beyond = not_registrable(&scopes);
        if !beyond.is_empty() {
            let words = t.with(
                "fault-scopes-not-for-machines",
                &[("what", &beyond.to_string())],
            );
            faults.add("scopes", words);
        }
        scopes
    }
}

/// What of a machine this form changes, in short.
fn seen(account: &ServiceAccount) -> String {
    let ServiceAccount {
        name,
        is_active,
        registration,
        ..
    } = account;
    let all = serde_json::json!([name, is_active, registration]);
    Fingerprint::of(&all.to_string()).as_str().to_owned()
}

fn limit(t: &Texts, faults: &mut Faults, (field, typed): (&'static str, &str)) -> Option<u32> {
    let typed = typed.trim();
    if typed.is_empty() {
        return None;
    }
    let limit = typed.parse().ok().filter(|n| Limits::BOUNDS.contains(n));
    if limit.is_none() {
        faults.add(field, t.get("fault-limit"));
    }
    limit
}

async fn form(
    desk: &Desk,
    t: Texts,
    account: Option<&ServiceAccount>,
    (typed, faults): (Typed, Faults),
) -> Answer {
    let org = desk.organization().id;
    let status = faults.status();
    let offered = PURPOSES.iter().map(|code| (*code).to_owned());
    let mut codes: Vec<String> = offered.collect();
    for code in &typed.purposes {
        if !codes.contains(code) {
            codes.push(code.clone());
        }
    }
    let is_ticked = |code: String| {
        let is = typed.purposes.contains(&code);
        (code, is)
    };
    let page = FormPage {
        frame: desk.frame(Tab::ServiceAccounts).await?,
        action: match account {
            Some(account) => format!("{}/edit", place(org, account.id)),
            None => format!("{}/new", list::place(org)),
        },
        back: match account {
            Some(account) => place(org, account.id),
            None => list::place(org),
        },
        name: account.map(|account| account.name.clone()),
        purposes: codes.into_iter().map(is_ticked).collect(),
        typed,
        faults,
        t,
    };
    Ok(Page::new(page).status(status).into_response())
}

async fn new(FreshDesk(desk): FreshDesk, t: Texts) -> Answer {
    desk.needs(Permission::ServiceAccountsWrite)?;
    let typed = Typed {
        modes: vec!["application".to_owned()],
        ..Typed::default()
    };
    form(&desk, t, None, (typed, Faults::default())).await
}

async fn register(FreshDesk(desk): FreshDesk, t: Texts, Form(mut typed): Form<Typed>) -> Answer {
    desk.needs(Permission::ServiceAccountsWrite)?;
    let mut faults = Faults::default();
    let name = faults.name(&t, "name", &typed.name);
    let registration = typed.read(&t, &mut faults);
    hand_out(&desk, &t, &mut faults, &registration.scopes);
    if faults.is_empty() {
        let mut tx = desk.write().await?;
        let account = ServiceAccount {
            id: tx.id(),
            organization: Some(desk.organization().id),
            name,
            is_active: true,
            registration,
            keys: Vec::new(),
        };
        let made = service_accounts::register(&mut tx, &account, &desk.doer()).await?;
        if made.is_ok() {
            tx.commit().await?;
            let there = place(desk.organization().id, account.id);
            return Ok(done(&there, "registered"));
        }
        faults.add("name", t.get("fault-sa-name-taken"));
    }
    form(&desk, t, None, (typed, faults)).await
}

/// Nobody gets by a machine what he may not do himself.
fn hand_out(desk: &Desk, t: &Texts, faults: &mut Faults, scopes: &ScopeSet) {
    if !may_hand_out(scopes, &desk.seat.permissions.scopes()) {
        faults.add("scopes", t.get("fault-scopes-not-held"));
    }
}

async fn edit(
    FreshDesk(desk): FreshDesk,
    Path((_, id)): Path<(String, String)>,
    t: Texts,
) -> Answer {
    desk.needs(Permission::ServiceAccountsWrite)?;
    let account = find(&desk, &mut desk.read().await?, &id).await?;
    let typed = Typed::from(&account);
    form(&desk, t, Some(&account), (typed, Faults::default())).await
}

async fn change(
    FreshDesk(desk): FreshDesk,
    Path((_, id)): Path<(String, String)>,
    t: Texts,
    Form(mut typed): Form<Typed>,
) -> Answer {
    desk.needs(Permission::ServiceAccountsWrite)?;
    let mut tx = desk.write().await?;
    let before = find(&desk, &mut tx, &id).await?;
    let mut faults = Faults::default();
    let mut after = before.clone();
    after.name = faults.name(&t, "name", &typed.name);
    after.registration = typed.read(&t, &mut faults);
    after.is_active = match typed.status.as_str() {
        "active" => true,
        "disabled" => false,
        _ => return Err(Problem::BadRequest.into()),
    };
    let is_new = |scope: &&_| !before.registration.scopes.contains(scope);
    let gives = match after.is_active && !before.is_active {
        true => after.registration.scopes.clone(), // its keys open again what they did
        false => after
            .registration
            .scopes
            .iter()
            .filter(is_new)
            .cloned()
            .collect(),
    };
    hand_out(&desk, &t, &mut faults, &gives);
    if typed.seen != seen(&before) {
        faults.add("seen", t.get("fault-stale"));
        typed.seen = seen(&before);
    }
    if faults.is_empty() {
        let changed = service_accounts::change(&mut tx, &after, &desk.doer()).await?;
        if changed.is_ok() {
            tx.commit().await?;
            return Ok(done(&place(desk.organization().id, after.id), "changed"));
        }
        faults.add("name", t.get("fault-sa-name-taken"));
    }
    drop(tx);
    form(&desk, t, Some(&before), (typed, faults)).await
}
