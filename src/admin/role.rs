//! `/admin/{org}/roles/{role}`: what the organization takes away from a role (DOMAIN.md 5).
use askama::Template;
use axum::{Router, extract::Path, response::IntoResponse, routing::get};
use serde::Deserialize;

use super::{
    desk::{Answer, Desk},
    frame::{Frame, Tab},
    paths, words,
};
use crate::{
    access::{Context, Narrowing, Permission, Permissions, Role, ScopeSet},
    organizations::{self, Organization},
    secret::Fingerprint,
    web::{App, Faults, Fields, Form, Page, Problem, Texts, done},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/{org}/roles/{role}", get(show).post(change))
}

/// What an OWNER keeps on this page: without it he could not undo what he does here.
const KEPT: Permissions = Permissions::of(&[
    Permission::OrgRead,
    Permission::OrgWrite,
    Permission::UsersRead,
]);

#[derive(Template)]
#[template(path = "admin/role.html")]
struct RolePage {
    t: Texts,
    frame: Frame,
    action: String,
    back: String,
    words: String,
    rights: Vec<Right>,
    /// How far it reaches by default.
    reach: String,
    ceiling: String,
    /// What was stored when the page was read.
    read: String,
    faults: Faults,
}

/// A permission that the role has by default.
struct Right {
    name: &'static str,
    words: String,
    is_ticked: bool,
    is_kept: bool,
}

#[derive(Debug, Default, Deserialize)]
struct Typed {
    /// What is left to the role.
    #[serde(default)]
    permissions: Vec<String>,
    #[serde(default)]
    ceiling: String,
    #[serde(default)]
    read: String,
}

/// What is taken away, as it is shown.
struct Shown {
    without: Permissions,
    ceiling: String,
}

impl Shown {
    fn of(narrowing: &Narrowing) -> Self {
        let ceiling = narrowing.ceiling.as_ref().map(ToString::to_string);
        Self {
            without: narrowing.without,
            ceiling: ceiling.unwrap_or_default(),
        }
    }
}

/// What stays whatever is typed.
fn kept(role: Role) -> Permissions {
    match role {
        Role::Owner => KEPT,
        _ => Permissions::NONE,
    }
}

fn limits(organization: &Organization, role: Role) -> Narrowing {
    let limits = organization.settings.role_limits.get(&role);
    limits.cloned().unwrap_or_default()
}

/// Stands for what is stored, so that nobody overwrites what he has not seen.
fn mark(narrowing: &Narrowing) -> String {
    let stored = Shown::of(narrowing);
    let stored = format!("{}\n{}", stored.without.scopes(), stored.ceiling);
    Fingerprint::of(&stored).as_str().to_owned()
}

async fn show(
    desk: Desk,
    Path((_, role)): Path<(String, String)>,
    query: Fields,
    t: Texts,
) -> Answer {
    desk.needs(Permission::OrgWrite)?;
    let role = role.parse().map_err(|_| Problem::NotFound)?;
    let shown = Shown::of(&limits(desk.organization(), role));
    page(&desk, t, role, (shown, Faults::default()), &query).await
}

async fn page(
    desk: &Desk,
    t: Texts,
    role: Role,
    (shown, faults): (Shown, Faults),
    query: &Fields,
) -> Answer {
    let organization = desk.organization();
    let shipped = role.capabilities();
    let kept = kept(role);
    let left = shipped.permissions.without(shown.without).and(kept);
    let right = |right: Permission| Right {
        name: right.name(),
        words: words::permission(&t, right).unwrap_or_default(),
        is_ticked: left.contains(right),
        is_kept: kept.contains(right),
    };
    let status = faults.status();
    let deeds: &[(&str, &str)] = &[("changed", "done-changed")];
    let page = RolePage {
        frame: desk.frame(Tab::Members).await?.saying(&t, query, deeds),
        action: paths::role(organization.id, role),
        back: paths::roles(organization.id),
        words: words::role(&t, role),
        rights: shipped.permissions.iter().map(right).collect(),
        reach: shipped.ceiling.to_string(),
        ceiling: shown.ceiling,
        read: mark(&limits(organization, role)),
        faults,
        t,
    };
    Ok(Page::new(page).status(status).into_response())
}

async fn change(
    desk: Desk,
    Path((_, role)): Path<(String, String)>,
    t: Texts,
    Form(typed): Form<Typed>,
) -> Answer {
    desk.needs(Permission::OrgWrite)?;
    let role: Role = role.parse().map_err(|_| Problem::NotFound)?;
    let org = desk.organization().id;
    desk.needs_fresh(&paths::role(org, role))?;
    let mut tx = desk.write().await?;
    organizations::hold(&mut tx, org).await?;
    let found = organizations::get(&mut tx, org).await?;
    let mut organization = found.ok_or(Problem::NotFound)?;
    let mut faults = Faults::default();
    let narrowing = narrowing((&t, &mut faults), role, &typed);
    if typed.read != mark(&limits(&organization, role)) {
        faults.add("read", t.get("fault-stale"));
    }
    if faults.is_empty() {
        let limits = &mut organization.settings.role_limits;
        match narrowing == Narrowing::default() {
            true => limits.remove(&role),
            false => limits.insert(role, narrowing),
        };
        // The name stays, so that no other organization can have it.
        organizations::change(&mut tx, &organization, &desk.doer()).await?;
        tx.commit().await?;
        return Ok(done(&paths::role(org, role), "changed"));
    }
    drop(tx);
    let shown = Shown {
        ceiling: typed.ceiling,
        ..Shown::of(&narrowing)
    };
    page(&desk, t, role, (shown, faults), &Fields::default()).await
}

/// What is taken away: of what the role has by default, and nothing is added.
fn narrowing((t, faults): (&Texts, &mut Faults), role: Role, typed: &Typed) -> Narrowing {
    let ticked = typed
        .permissions
        .iter()
        .filter_map(|name| name.parse().ok());
    let left = Permissions::from_iter(ticked).and(kept(role));
    let ceiling = typed.ceiling.trim();
    let bound = (!ceiling.is_empty()).then(|| ceiling.parse::<ScopeSet>());
    let bound = bound.map(|bound| bound.ok().filter(|it| it.only(Context::User) == *it));
    if bound == Some(None) {
        faults.add("ceiling", t.get("fault-role-ceiling"));
    }
    Narrowing {
        without: role.capabilities().permissions.without(left),
        ceiling: bound.flatten(),
    }
}
