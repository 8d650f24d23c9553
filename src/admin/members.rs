//! `/admin/{org}/members`: who works in the organization.
use askama::Template;
use axum::{Router, response::IntoResponse, routing::get};

use super::{
    desk::{Answer, Desk},
    frame::{Frame, Tab},
    paths, words,
};
use crate::{
    access::{Permission, Role},
    clock::Timestamp,
    providers::{self, Member, MemberFilter, Status},
    web::{App, Fields, Page, Texts},
};

/// Members on a page.
const ROWS: i64 = 50;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/{org}/members", get(list))
}

/// What these pages say was done.
pub(super) const DEEDS: &[(&str, &str)] = &[
    ("invited", "done-invited"),
    ("changed", "done-changed"),
    ("ended", "done-ended"),
    ("suspend", "done-suspended"),
    ("resume", "done-resumed"),
    ("review", "done-reviewed"),
    ("resend", "done-resent"),
    ("reset", "done-reset"),
    ("unlock", "done-unlocked"),
];

#[derive(Template)]
#[template(path = "admin/members.html")]
struct MembersPage {
    t: Texts,
    frame: Frame,
    may_invite: bool,
    invite: String,
    roles: String,
    query: String,
    /// Value, words and whether it is the one that is asked for.
    role_options: Vec<(String, String, bool)>,
    rows: Vec<Row>,
    next: Option<String>,
}

/// A member in the table.
struct Row {
    url: String,
    name: String,
    email: String,
    roles: Vec<String>,
    status: Status,
    is_due: bool,
    last_sign_in: Option<String>,
}

async fn list(desk: Desk, query: Fields, t: Texts) -> Answer {
    desk.needs(Permission::UsersRead)?;
    let role: Option<Role> = query.one("role").and_then(|name| name.parse().ok());
    let text = query.one("q").unwrap_or_default().to_owned();
    let filter = MemberFilter {
        account: None,
        text: Some(text.clone()),
        role,
        status: None,
    };
    let organization = desk.organization();
    let after = query.one("after").unwrap_or_default();
    let mut tx = desk.read().await?;
    let mut found =
        providers::members(&mut tx, organization.id, &filter, (after, ROWS + 1)).await?;
    let now = tx.now();
    drop(tx);
    let is_more = found.len() > usize::try_from(ROWS).unwrap_or(usize::MAX);
    if is_more {
        found.pop();
    }
    let next = found.last().filter(|_| is_more).map(|last| {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        pairs.append_pair("q", &text);
        pairs.append_pair("role", role.map(Role::name).unwrap_or_default());
        pairs.append_pair("after", &last.membership.account.to_string());
        format!("{}?{}", paths::members(organization.id), pairs.finish())
    });
    let option = |other: &Role| {
        let words = words::role(&t, *other);
        (other.name().to_owned(), words, role == Some(*other))
    };
    let page = MembersPage {
        frame: desk.frame(Tab::Members).await?.saying(&t, &query, DEEDS),
        may_invite: desk.has(Permission::UsersWrite),
        invite: paths::invite_member(organization.id),
        roles: paths::roles(organization.id),
        query: text,
        role_options: Role::ALL.iter().map(option).collect(),
        rows: found
            .iter()
            .map(|member| row(&desk, &t, member, now))
            .collect(),
        next,
        t,
    };
    Ok(Page::new(page).into_response())
}

fn row(desk: &Desk, t: &Texts, member: &Member, now: Timestamp) -> Row {
    let organization = desk.organization();
    let last = member.last_sign_in_at;
    Row {
        url: paths::member(organization.id, member.membership.account),
        name: member.name.clone(),
        email: member.email.clone().unwrap_or_default(),
        roles: member
            .membership
            .roles
            .iter()
            .map(|r| words::role(t, r))
            .collect(),
        status: member.membership.status,
        is_due: member.is_review_due(organization.settings.review_days, now),
        last_sign_in: last.map(|moment| words::day(moment, organization)),
    }
}
