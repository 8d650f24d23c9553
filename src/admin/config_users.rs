//! `/admin/{org}/config-users`: who configures the organization.
use askama::Template;
use axum::{Router, response::IntoResponse, routing::get};

use super::{
    desk::{Answer, Desk},
    frame::{Frame, Tab},
    paths, words,
};
use crate::{
    access::{ConfigRole, Permission},
    config_users::{self, ConfigUser, Status},
    web::{App, Fields, Page, Texts},
};

/// Config users on the page; an organization has few.
const ROWS: i64 = 200;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/{org}/config-users", get(list))
}

const DEEDS: &[(&str, &str)] = &[
    ("invited", "done-invited"),
    ("changed", "done-changed"),
    ("ended", "done-ended"),
    ("resend", "done-resent"),
];

#[derive(Template)]
#[template(path = "admin/config_users.html")]
struct ListPage {
    t: Texts,
    frame: Frame,
    invite: String,
    rows: Vec<Row>,
}

/// A config user in the table.
struct Row {
    url: String,
    name: String,
    email: String,
    role: ConfigRole,
    status: Status,
    may: Vec<String>,
    last_sign_in: Option<String>,
}

async fn list(desk: Desk, query: Fields, t: Texts) -> Answer {
    desk.needs(Permission::ConfigUsersWrite)?;
    let organization = desk.organization();
    let mut tx = desk.read().await?;
    let found = config_users::config_users(&mut tx, organization.id, ("", ROWS)).await?;
    drop(tx);
    let page = ListPage {
        frame: desk
            .frame(Tab::ConfigUsers)
            .await?
            .saying(&t, &query, DEEDS),
        invite: paths::invite_config_user(organization.id),
        rows: found.iter().map(|user| row(&desk, &t, user)).collect(),
        t,
    };
    Ok(Page::new(page).into_response())
}

fn row(desk: &Desk, t: &Texts, user: &ConfigUser) -> Row {
    let organization = desk.organization();
    let last = user.last_sign_in_at;
    let may = user.grant.granted.iter();
    Row {
        url: paths::config_user(organization.id, user.grant.account),
        name: user.name.clone(),
        email: user.email.clone().unwrap_or_default(),
        role: user.grant.role,
        status: user.grant.status,
        may: may
            .filter_map(|g| words::permission(t, g.permission))
            .collect(),
        last_sign_in: last.map(|moment| words::day(moment, organization)),
    }
}
