//! `/admin/{org}/settings`: the organization's name, and how it wants things (DOMAIN.md 16).
use askama::Template;
use axum::{Router, response::IntoResponse, routing::get};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

use super::{
    desk::{Answer, Desk},
    frame::{Frame, Tab},
    paths,
};
use crate::{
    access::Permission,
    organizations::{self, Organization},
    web::{App, Faults, Fields, Form, Page, Problem, Texts, done},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/{org}/settings", get(show).post(change))
}

/// How a setting is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Flag,
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// A setting: its name, how it is typed, and the key of its words.
type Row = (&'static str, Kind, &'static str);

/// Every setting in groups, each with the key of its title.
const GROUPS: &[(&str, &[Row])] = &[
    (
        "settings-age",
        &[
            ("age_of_majority", Kind::Number, "set-age-of-majority"),
            ("time_zone", Kind::Text, "set-time-zone"),
            ("adolescent_age", Kind::Number, "set-adolescent-age"),
            (
                "dependent_sign_in_age",
                Kind::Number,
                "set-dependent-sign-in-age",
            ),
        ],
    ),
    (
        "settings-care",
        &[
            (
                "require_guardianship_approval",
                Kind::Flag,
                "set-require-approval",
            ),
            ("limited_ceiling", Kind::Text, "set-limited-ceiling"),
            ("max_guardians", Kind::Number, "set-max-guardians"),
            ("max_dependents", Kind::Number, "set-max-dependents"),
            ("proxy_max_months", Kind::Number, "set-proxy-max-months"),
            (
                "handover_code_hours",
                Kind::Number,
                "set-handover-code-hours",
            ),
        ],
    ),
    (
        "settings-access",
        &[
            ("access_token_ttl", Kind::Number, "set-access-token-ttl"),
            (
                "delegated_token_ttl",
                Kind::Number,
                "set-delegated-token-ttl",
            ),
            ("refresh_days", Kind::Number, "set-refresh-days"),
            ("session_idle", Kind::Text, "set-session-idle"),
            ("session_absolute", Kind::Text, "set-session-absolute"),
            (
                "second_factor",
                Kind::Word(&["none", "staff", "all"]),
                "set-second-factor",
            ),
        ],
    ),
    (
        "settings-rights",
        &[
            ("invitation_days", Kind::Number, "set-invitation-days"),
            ("review_days", Kind::Number, "set-review-days"),
            ("hcp_token_max_days", Kind::Number, "set-hcp-token-max-days"),
            ("api_key_max_days", Kind::Number, "set-api-key-max-days"),
            (
                "delegation_max_days",
                Kind::Number,
                "set-delegation-max-days",
            ),
        ],
    ),
    (
        "settings-places",
        &[
            ("fhir_base_url", Kind::Text, "set-fhir-base-url"),
            ("support_email", Kind::Text, "set-support-email"),
            ("terms_url", Kind::Text, "set-terms-url"),
        ],
    ),
];

#[derive(Template)]
#[template(path = "admin/organization.html")]
struct OrganizationPage {
    t: Texts,
    frame: Frame,
    action: String,
    name: String,
    groups: Vec<Group>,
    may_write: bool,
    faults: Faults,
}

struct Group {
    title: &'static str,
    settings: Vec<Setting>,
}

/// A setting in the form.
struct Setting {
    field: &'static str,
    kind: Kind,
    words: &'static str,
    value: String,
}

impl Setting {
    fn is_flag(&self) -> bool {
        self.kind == Kind::Flag
    }

    const fn words_to_choose(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::Word(words) => words,
            _ => &[],
        }
    }
}

#[derive(Debug, Deserialize)]
struct Typed {
    #[serde(flatten)]
    values: BTreeMap<String, String>,
}

async fn show(desk: Desk, query: Fields, t: Texts) -> Answer {
    desk.needs(Permission::OrgRead)?;
    let values = written(desk.organization());
    page(&desk, t, (values, Faults::default()), &query).await
}

/// The settings as they are typed.
fn written(organization: &Organization) -> BTreeMap<String, String> {
    let settings = serde_json::to_value(&organization.settings);
    let settings = settings.ok().and_then(|value| value.as_object().cloned());
    let text = |value: Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    };
    let settings = settings.unwrap_or_default().into_iter();
    let mut values: BTreeMap<_, _> = settings.map(|(name, value)| (name, text(value))).collect();
    values.insert("name".to_owned(), organization.name.clone());
    values
}

async fn page(
    desk: &Desk,
    t: Texts,
    (values, faults): (BTreeMap<String, String>, Faults),
    query: &Fields,
) -> Answer {
    let value = |field: &str| values.get(field).cloned().unwrap_or_default();
    let setting = |(field, kind, words): &Row| Setting {
        field,
        kind: *kind,
        words,
        value: value(field),
    };
    let group = |(title, settings): &(&'static str, &[Row])| Group {
        title,
        settings: settings.iter().map(setting).collect(),
    };
    let status = faults.status();
    let deeds: &[(&str, &str)] = &[("changed", "done-changed")];
    let page = OrganizationPage {
        frame: desk
            .frame(Tab::Organization)
            .await?
            .saying(&t, query, deeds),
        action: paths::settings(desk.organization().id),
        name: value("name"),
        groups: GROUPS.iter().map(group).collect(),
        may_write: desk.has(Permission::OrgWrite),
        faults,
        t,
    };
    Ok(Page::new(page).status(status).into_response())
}

async fn change(desk: Desk, t: Texts, Form(typed): Form<Typed>) -> Answer {
    desk.needs(Permission::OrgWrite)?;
    let org = desk.organization().id;
    desk.needs_fresh(&paths::settings(org))?;
    let mut tx = desk.write().await?;
    organizations::hold(&mut tx, org).await?;
    let found = organizations::get(&mut tx, org).await?;
    let mut organization = found.ok_or(Problem::NotFound)?;
    let mut faults = Faults::default();
    let name = typed.values.get("name").cloned().unwrap_or_default();
    organization.name = faults.name(&t, "name", &name);
    match organization.settings.changed(&changes(&typed.values)) {
        Ok(settings) => organization.settings = settings,
        Err(found) => {
            for (field, ..) in GROUPS.iter().flat_map(|(_, settings)| settings.iter()) {
                if found.iter().any(|fault| fault.field == *field) {
                    faults.add(field, t.get("fault-setting"));
                }
            }
            if faults.is_empty() {
                faults.add("name", t.get("fault-setting"));
            }
        }
    }
    if faults.is_empty() {
        if organizations::change(&mut tx, &organization, &desk.doer()).await? {
            tx.commit().await?;
            return Ok(done(&paths::settings(org), "changed"));
        }
        faults.add("name", t.get("fault-organization-name-taken"));
    }
    drop(tx);
    page(&desk, t, (typed.values, faults), &Fields::default()).await
}

/// What was typed, as settings are written. A box that is not ticked is not sent.
fn changes(values: &BTreeMap<String, String>) -> Map<String, Value> {
    let mut changes = Map::new();
    for (field, kind, _) in GROUPS.iter().flat_map(|(_, settings)| settings.iter()) {
        let text = values.get(*field).map_or("", |text| text.trim());
        let value = match kind {
            Kind::Flag => Value::Bool(text == "true"),
            Kind::Number => match text.parse::<u32>() {
                Ok(number) => Value::from(number),
                Err(_) => Value::from(text),
            },
            Kind::Text if text.is_empty() => Value::Null,
            Kind::Text | Kind::Word(_) => Value::from(text),
        };
        changes.insert((*field).to_owned(), value);
    }
    changes
}
