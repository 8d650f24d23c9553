//! `/admin/{org}/members`: who works in the organization: list, invitation, roles, hold, review,
//! end. The rules are `providers::judge`'s.
use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{Path, RawQuery},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    desk::{Answer, Desk, Stop},
    frame::{Frame, Tab},
    paths, words,
};
use crate::{
    access::{Permission, Role, Roles},
    accounts::{self, Identifier, recover},
    clock::Timestamp,
    id::AccountId,
    invitations::{self, NewInvitation, Offer},
    organizations,
    providers::{self, Member, MemberChange, MemberFilter, MemberRefusal, Status},
    web::{App, Faults, Fields, Form, Page, Problem, Texts, paths as web_paths},
};

/// Members on a page.
const ROWS: i64 = 50;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/admin/{org}/members", get(list))
        .route("/admin/{org}/members/invite", get(invite_form).post(invite))
        .route("/admin/{org}/members/{account}", get(show).post(change))
        .route("/admin/{org}/members/{account}/{deed}", post(deed))
}

const DEEDS: &[(&str, &str)] = &[
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

async fn list(desk: Desk, RawQuery(query): RawQuery, t: Texts) -> Answer {
    desk.needs(Permission::UsersRead)?;
    let query = Fields::parse(query.unwrap_or_default().as_bytes()).unwrap_or_default();
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

#[derive(Template)]
#[template(path = "admin/member_invite.html")]
struct InvitePage {
    t: Texts,
    frame: Frame,
    action: String,
    back: String,
    typed: Typed,
    groups: Vec<Group>,
    faults: Faults,
}

/// Roles to tick, under one heading.
pub(super) struct Group {
    pub(super) title: String,
    pub(super) roles: Vec<Tick>,
}

/// A role to tick.
pub(super) struct Tick {
    pub(super) name: &'static str,
    pub(super) words: String,
    pub(super) is_ticked: bool,
    /// Only an OWNER decides about OWNER (I-22).
    pub(super) is_fixed: bool,
}

fn groups(desk: &Desk, t: &Texts, has: impl Fn(Role) -> bool) -> Vec<Group> {
    let tick = |role: &Role| Tick {
        name: role.name(),
        words: words::role(t, *role),
        is_ticked: has(*role),
        is_fixed: *role == Role::Owner && !desk.seat.is_owner,
    };
    let group = |(title, roles): &(&str, &[Role])| Group {
        title: t.get(title),
        roles: roles.iter().map(tick).collect(),
    };
    words::GROUPS.iter().map(group).collect()
}

#[derive(Debug, Default, Deserialize)]
struct Typed {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    roles: Vec<String>,
}

async fn invite_form(desk: Desk, t: Texts) -> Answer {
    desk.needs(Permission::UsersWrite)?;
    invite_page(&desk, t, Typed::default(), Faults::default()).await
}

async fn invite_page(desk: &Desk, t: Texts, typed: Typed, faults: Faults) -> Answer {
    let org = desk.organization().id;
    let is_fine = faults.is_empty();
    let page = InvitePage {
        frame: desk.frame(Tab::Members).await?,
        action: paths::invite_member(org),
        back: paths::members(org),
        groups: groups(desk, &t, |role| {
            typed.roles.iter().any(|name| name == role.name())
        }),
        typed,
        faults,
        t,
    };
    let status = match is_fine {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Ok(Page::new(page).status(status).into_response())
}

async fn invite(desk: Desk, t: Texts, Form(typed): Form<Typed>) -> Answer {
    desk.needs(Permission::UsersWrite)?;
    let mut faults = Faults::default();
    let name = faults.name(&t, "name", &typed.name);
    let email = Identifier::email(&typed.email);
    if email.is_none() {
        faults.add("email", t.get("fault-email"));
    }
    let roles = Roles::parse(&typed.roles).ok();
    if roles.is_none() {
        faults.add("roles", t.get("fault-roles"));
    }
    if roles.as_ref().is_some_and(|r| r.contains(Role::Owner)) && !desk.seat.is_owner {
        faults.add("roles", t.get("refused-owner-only"));
    }
    let (Some(email), Some(roles), true) = (email, roles, faults.is_empty()) else {
        return invite_page(&desk, t, typed, faults).await;
    };
    let organization = desk.organization();
    let (given_name, family_name) = accounts::split_name(&name);
    let new = NewInvitation {
        organization: Arc::clone(organization),
        offer: Offer::Member(roles),
        email,
        given_name,
        family_name,
        by: desk.doer(),
    };
    let mut tx = desk.write().await?;
    organizations::hold(&mut tx, organization.id).await?;
    let place = desk.app.config.issuer.url(&web_paths::invitation_link());
    let invited = invitations::invite(&mut tx, &desk.app.mailer, new, &place).await?;
    if invited.is_err() {
        faults.add("email", t.get("fault-takes-part"));
        return invite_page(&desk, t, typed, faults).await;
    }
    tx.commit().await?;
    Ok(to(&paths::members(organization.id), "invited"))
}

fn to(path: &str, done: &str) -> Response {
    Redirect::to(&format!("{path}?done={done}")).into_response()
}

#[derive(Template)]
#[template(path = "admin/member.html")]
struct MemberPage {
    t: Texts,
    frame: Frame,
    back: String,
    action: String,
    name: String,
    email: String,
    status: Status,
    is_due: bool,
    last_sign_in: Option<String>,
    last_reviewed: Option<String>,
    groups: Vec<Group>,
    may_write: bool,
    may_support: bool,
    is_owner: bool,
    fault: Option<String>,
}

impl MemberPage {
    fn deed(&self, deed: &str) -> String {
        format!("{}/{deed}", self.action)
    }
}

async fn show(
    desk: Desk,
    Path((_, account)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    t: Texts,
) -> Answer {
    desk.needs(Permission::UsersRead)?;
    let query = Fields::parse(query.unwrap_or_default().as_bytes()).unwrap_or_default();
    member_page(&desk, t, &account, (&query, None)).await
}

async fn member_page(
    desk: &Desk,
    t: Texts,
    account: &str,
    (query, fault): (&Fields, Option<String>),
) -> Answer {
    let organization = desk.organization();
    let mut tx = desk.read().await?;
    let account: AccountId = account.parse().map_err(|_| Problem::NotFound)?;
    let found = providers::member(&mut tx, account, organization.id).await?;
    let member = found.ok_or(Problem::NotFound)?;
    let now = tx.now();
    drop(tx);
    let day = |moment: Option<Timestamp>| moment.map(|moment| words::day(moment, organization));
    let status = match fault {
        Some(_) => StatusCode::CONFLICT,
        None => StatusCode::OK,
    };
    let page = MemberPage {
        frame: desk.frame(Tab::Members).await?.saying(&t, query, DEEDS),
        back: paths::members(organization.id),
        action: paths::member(organization.id, account),
        is_due: member.is_review_due(organization.settings.review_days, now),
        last_sign_in: day(member.last_sign_in_at),
        last_reviewed: day(member.membership.last_reviewed_at),
        groups: groups(desk, &t, |role| member.membership.roles.contains(role)),
        status: member.membership.status,
        name: member.name,
        email: member.email.unwrap_or_default(),
        may_write: desk.has(Permission::UsersWrite),
        may_support: desk.has(Permission::AccountsSupport),
        is_owner: desk.seat.is_owner,
        fault,
        t,
    };
    Ok(Page::new(page).status(status).into_response())
}

#[derive(Debug, Deserialize)]
struct Ticked {
    #[serde(default)]
    roles: Vec<String>,
}

/// Saves the roles.
async fn change(
    desk: Desk,
    Path((_, account)): Path<(String, String)>,
    t: Texts,
    Form(ticked): Form<Ticked>,
) -> Answer {
    desk.needs(Permission::UsersWrite)?;
    let Ok(roles) = Roles::parse(&ticked.roles) else {
        let fault = Some(t.get("fault-roles"));
        return member_page(&desk, t, &account, (&Fields::default(), fault)).await;
    };
    let change = MemberChange {
        roles: Some(roles),
        status: None,
    };
    let answer = apply(&desk, &account, Deed::Change(change)).await?;
    answered(&desk, t, &account, (answer, "changed")).await
}

/// What is done with one press.
enum Deed {
    Change(MemberChange),
    Review,
    End,
}

async fn deed(
    desk: Desk,
    Path((_, account, deed)): Path<(String, String, String)>,
    t: Texts,
    Form(Nothing {}): Form<Nothing>,
) -> Answer {
    let status = |status| {
        Deed::Change(MemberChange {
            roles: None,
            status: Some(status),
        })
    };
    let what = match deed.as_str() {
        "suspend" => status(Status::Suspended),
        "resume" => status(Status::Active),
        "review" => Deed::Review,
        "end" => Deed::End,
        "resend" | "reset" | "unlock" => return support(&desk, &account, &deed).await,
        _ => return Err(Problem::NotFound.into()),
    };
    desk.needs(Permission::UsersWrite)?;
    let answer = apply(&desk, &account, what).await?;
    answered(&desk, t, &account, (answer, &deed)).await
}

/// A form of which the button says everything.
#[derive(Deserialize)]
struct Nothing {}

async fn apply(desk: &Desk, account: &str, what: Deed) -> Result<Result<(), MemberRefusal>, Stop> {
    let account: AccountId = account.parse().map_err(|_| Problem::NotFound)?;
    let whose = (account, desk.organization().id);
    let manager = desk.manager();
    let mut tx = desk.write().await?;
    organizations::hold(&mut tx, whose.1).await?;
    let answer = match what {
        Deed::Change(change) => providers::change(&mut tx, whose, change, &manager).await?,
        Deed::Review => providers::review(&mut tx, whose, &manager).await?,
        Deed::End => {
            invitations::void(&mut tx, whose.0, whose.1, invitations::Kind::Member).await?;
            providers::end(&mut tx, whose, &manager).await?
        }
    };
    if let Err(refusal) = answer {
        return Ok(Err(refusal));
    }
    tx.commit().await?;
    Ok(Ok(()))
}

async fn answered(
    desk: &Desk,
    t: Texts,
    account: &str,
    (answer, deed): (Result<(), MemberRefusal>, &str),
) -> Answer {
    let org = desk.organization().id;
    let words = match answer {
        Ok(()) if deed == "end" => return Ok(to(&paths::members(org), "ended")),
        Ok(()) => return Ok(to(&format!("{}/{account}", paths::members(org)), deed)),
        Err(MemberRefusal::NotFound) => return Err(Problem::NotFound.into()),
        Err(MemberRefusal::LastOwner) => "refused-last-owner",
        Err(MemberRefusal::OwnRole) => "refused-own-role",
        Err(MemberRefusal::OwnerOnly) => "refused-owner-only",
        Err(MemberRefusal::WrongState) => "refused-wrong-state",
    };
    let fault = Some(t.get(words));
    member_page(desk, t, account, (&Fields::default(), fault)).await
}

/// What support does: the link again, a link for a new password, another try.
async fn support(desk: &Desk, account: &str, deed: &str) -> Answer {
    desk.needs(Permission::AccountsSupport)?;
    let organization = desk.organization();
    let id: AccountId = account.parse().map_err(|_| Problem::NotFound)?;
    let mut tx = desk.write().await?;
    let found = providers::member(&mut tx, id, organization.id).await?;
    let member = found.ok_or(Problem::NotFound)?;
    let is_invited = member.membership.status == Status::Invited;
    let issuer = &desk.app.config.issuer;
    match (deed, is_invited) {
        ("resend", true) => {
            let (place, by) = (issuer.url(&web_paths::invitation_link()), desk.doer());
            let whom = (id, invitations::Kind::Member, &by);
            invitations::resend(&mut tx, &desk.app.mailer, organization, whom, &place).await?;
            tx.commit().await?;
        }
        ("unlock", false) => {
            accounts::unlock(&mut tx, id, &desk.doer(), organization.id).await?;
            tx.commit().await?;
        }
        ("reset", false) => {
            drop(tx);
            let (app, origin) = (&desk.app, desk.browser.origin());
            let email = member.email.ok_or(Problem::NotFound)?;
            if recover::ask(&app.store, origin, &email).await?.is_ok() {
                let place = issuer.url(&web_paths::reset_link());
                recover::send(&app.store, &app.mailer, origin, (&email, &place)).await?;
            }
        }
        _ => return Err(Problem::NotFound.into()),
    }
    Ok(to(&paths::member(organization.id, id), deed))
}
