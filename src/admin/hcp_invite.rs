//! `/admin/databases/{db}/hcps/{id}/invite`: invites the person behind an HCP, with roles where
//! the HCP has an organization above it; the entry's page shows where that stands.
use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::IntoResponse,
    routing::get,
};
use serde::Deserialize;

use super::{
    desk::Answer,
    directory::DirectoryDesk,
    frame::Frame,
    hcp::open,
    hcp_words,
    role_boxes::{Group, without_owner},
};
use crate::{
    access::{Permission, Role, Roles},
    hcps::Hcp,
    invitations::{self, HcpInviteRefusal, HcpInvited, NewHcpInvitation},
    store::{StoreError, Tx},
    web::{App, Browser, Faults, Form, Page, SignedIn, Texts, done, paths},
};

pub(super) fn routes() -> Router<App> {
    let place = "/admin/databases/{db}/hcps/{id}/invite";
    Router::new().route(place, get(show).post(invite))
}

#[derive(Template)]
#[template(path = "admin/hcp_invite.html")]
struct InvitePage {
    t: Texts,
    frame: Frame,
    desk: DirectoryDesk,
    hcp: Hcp,
    invited: Option<HcpInvited>,
    groups: Vec<Group>,
    faults: Faults,
}

impl InvitePage {
    fn invitation(&self) -> (&'static str, &'static str) {
        hcp_words::invitation(self.invited.map(|invited| invited.status))
    }
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    roles: Vec<String>,
}

/// What a person becomes, unless somebody chooses otherwise (DOMAIN.md 6).
pub(super) fn default_roles() -> Option<Roles> {
    Roles::new([Role::Provider])
}

async fn show(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    Path((db, id)): Path<(String, String)>,
    t: Texts,
) -> Answer {
    let needed = Permission::HcpWrite;
    let (desk, hcp) = open(&app, &browser, &sign_in, (&db, &id, needed)).await?;
    form(&app, t, desk, hcp, (default_roles(), Faults::default())).await
}

async fn form(
    app: &App,
    t: Texts,
    desk: DirectoryDesk,
    hcp: Hcp,
    (roles, faults): (Option<Roles>, Faults),
) -> Answer {
    let status = faults.status();
    let is_chosen = |role| roles.as_ref().is_some_and(|roles| roles.contains(role));
    let page = InvitePage {
        invited: invitations::hcp_invited(&mut app.store.read().await?, &hcp).await?,
        groups: match hcp.parent_id {
            Some(_) => without_owner(&t, is_chosen),
            None => Vec::new(),
        },
        t,
        frame: desk.frame.clone(),
        desk,
        hcp,
        faults,
    };
    Ok(Page::new(page).status(status).into_response())
}

async fn invite(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    Path((db, id)): Path<(String, String)>,
    t: Texts,
    Form(typed): Form<Typed>,
) -> Answer {
    let needed = Permission::HcpWrite;
    let (desk, hcp) = open(&app, &browser, &sign_in, (&db, &id, needed)).await?;
    let mut faults = Faults::default();
    let roles = match hcp.parent_id {
        Some(_) => Roles::parse(&typed.roles).ok(),
        None => default_roles(),
    };
    let Some(roles) = roles else {
        faults.add("roles", t.get("fault-roles"));
        return form(&app, t, desk, hcp, (None, faults)).await;
    };
    let mut tx = app.store.write_from(browser.origin()).await?;
    let refusal = match send(&app, &mut tx, &desk, &hcp, roles.clone()).await? {
        Ok(()) => {
            tx.commit().await?;
            return Ok(done(&desk.of(&hcp), "invited"));
        }
        Err(refusal) => refusal,
    };
    drop(tx);
    let (field, words) = match refusal {
        HcpInviteRefusal::EmailRequired => ("invite", "refused-no-email"),
        HcpInviteRefusal::Disabled => ("invite", "refused-disabled"),
        HcpInviteRefusal::Linked => ("invite", "refused-linked"),
        HcpInviteRefusal::OwnerOnly => ("roles", "refused-no-owner"),
        HcpInviteRefusal::OwnRole => ("invite", "refused-own-role"),
    };
    faults.add(field, t.get(words));
    form(&app, t, desk, hcp, (Some(roles), faults)).await
}

/// Sends the link to the HCP's address.
///
/// # Errors
/// The database is away.
pub(super) async fn send(
    app: &App,
    tx: &mut Tx,
    desk: &DirectoryDesk,
    hcp: &Hcp,
    roles: Roles,
) -> Result<Result<(), HcpInviteRefusal>, StoreError> {
    let new = NewHcpInvitation {
        organization: Arc::clone(&desk.organization),
        hcp: hcp.clone(),
        roles,
        by: desk.doer.clone(),
    };
    let place = app.config.issuer.url(&paths::invitation_link());
    invitations::invite_hcp(tx, &app.mailer, &new, &place).await
}
