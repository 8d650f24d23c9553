//! `/admin/{org}/roles`: the 14 roles, and how many have each.
use std::collections::BTreeMap;

use askama::Template;
use axum::{Router, response::IntoResponse, routing::get};

use super::{
    desk::{Answer, Desk},
    frame::{Frame, Tab},
    paths, words,
};
use crate::{
    access::{Permission, Role},
    providers,
    web::{App, Page, Texts},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/{org}/roles", get(show))
}

#[derive(Template)]
#[template(path = "admin/roles.html")]
struct RolesPage {
    t: Texts,
    frame: Frame,
    members: String,
    groups: Vec<(String, Vec<Row>)>,
}

struct Row {
    name: &'static str,
    words: String,
    /// What it may, by the names of permissions.
    may: String,
    people: i64,
    url: String,
    /// Whether the organization took something away.
    is_narrowed: bool,
    /// Where it does; `None` for those who may not.
    change: Option<String>,
}

async fn show(desk: Desk, t: Texts) -> Answer {
    desk.needs(Permission::UsersRead)?;
    let organization = desk.organization();
    let counts = providers::count_by_role(&mut desk.read().await?, organization.id).await?;
    let members = paths::members(organization.id);
    let row = |role: &Role| row(&desk, &t, *role, (&counts, &members));
    let group = |(title, roles): &(&str, &[Role])| (t.get(title), roles.iter().map(row).collect());
    let page = RolesPage {
        frame: desk.frame(Tab::Members).await?,
        groups: words::GROUPS.iter().map(group).collect(),
        members: members.clone(),
        t,
    };
    Ok(Page::new(page).into_response())
}

fn row(desk: &Desk, t: &Texts, role: Role, (counts, members): (&BTreeMap<Role, i64>, &str)) -> Row {
    let limits = &desk.organization().settings.role_limits;
    let may_write = desk.has(Permission::OrgWrite);
    let one = crate::access::Roles::new([role]);
    let may = one.map(|one| one.capabilities(limits).permissions.scopes().to_string());
    Row {
        name: role.name(),
        words: words::role(t, role),
        may: may.unwrap_or_default(),
        people: counts.get(&role).copied().unwrap_or_default(),
        url: format!("{members}?role={}", role.name()),
        is_narrowed: limits.contains_key(&role),
        change: may_write.then(|| paths::role(desk.organization().id, role)),
    }
}
