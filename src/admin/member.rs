//! `/admin/{org}/members/{account}`: one member: roles, hold, review, support, end. The rules
//! are `providers::judge`'s.
use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::IntoResponse,
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    desk::{Answer, Desk, Stop},
    frame::{Frame, Tab},
    members::DEEDS,
    paths,
    role_boxes::{Group, groups},
    words,
};
use crate::{
    access::{Permission, Roles},
    accounts::{self, recover},
    clock::Timestamp,
    id::AccountId,
    invitations, organizations,
    providers::{self, MemberChange, MemberRefusal, Status},
    web::{App, Fields, Form, Nothing, Page, Problem, Texts, done, paths as web_paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/admin/{org}/members/{account}", get(show).post(change))
        .route("/admin/{org}/members/{account}/{deed}", post(deed))
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
    query: Fields,
    t: Texts,
) -> Answer {
    desk.needs(Permission::UsersRead)?;
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
        groups: groups(desk.seat.is_owner, &t, |role| {
            member.membership.roles.contains(role)
        }),
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
    desk.needs_fresh(&place(&desk, &account))?;
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
    desk.needs_fresh(&place(&desk, &account))?;
    let answer = apply(&desk, &account, what).await?;
    answered(&desk, t, &account, (answer, &deed)).await
}

/// The member's page.
fn place(desk: &Desk, account: &str) -> String {
    format!("{}/{account}", paths::members(desk.organization().id))
}

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
        Ok(()) if deed == "end" => return Ok(done(&paths::members(org), "ended")),
        Ok(()) => return Ok(done(&place(desk, account), deed)),
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
    Ok(done(&paths::member(organization.id, id), deed))
}
