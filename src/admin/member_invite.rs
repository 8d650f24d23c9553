//! `/admin/{org}/members/invite`: invites a member.
use std::sync::Arc;

use askama::Template;
use axum::{Router, response::IntoResponse, routing::get};
use serde::Deserialize;

use super::{
    desk::{Answer, Desk, FreshDesk},
    frame::{Frame, Tab},
    paths,
    role_boxes::{Group, groups},
};
use crate::{
    access::{Permission, Role, Roles},
    accounts::Identifier,
    invitations::{self, NewInvitation, Offer},
    organizations,
    web::{App, Faults, Form, Page, Texts, done, paths as web_paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/{org}/members/invite", get(invite_form).post(invite))
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

#[derive(Debug, Default, Deserialize)]
struct Typed {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    roles: Vec<String>,
}

async fn invite_form(FreshDesk(desk): FreshDesk, t: Texts) -> Answer {
    desk.needs(Permission::UsersWrite)?;
    invite_page(&desk, t, Typed::default(), Faults::default()).await
}

async fn invite_page(desk: &Desk, t: Texts, typed: Typed, faults: Faults) -> Answer {
    let (org, status) = (desk.organization().id, faults.status());
    let page = InvitePage {
        frame: desk.frame(Tab::Members).await?,
        action: paths::invite_member(org),
        back: paths::members(org),
        groups: groups(desk.seat.is_owner, &t, |role| {
            typed.roles.iter().any(|name| name == role.name())
        }),
        typed,
        faults,
        t,
    };
    Ok(Page::new(page).status(status).into_response())
}

async fn invite(FreshDesk(desk): FreshDesk, t: Texts, Form(typed): Form<Typed>) -> Answer {
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
    let new = NewInvitation {
        organization: Arc::clone(organization),
        offer: Offer::Member(roles),
        email,
        name,
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
    Ok(done(&paths::members(organization.id), "invited"))
}
