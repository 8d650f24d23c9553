//! Invites the person behind an HCP; the entry's page shows where that stands.
use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::post,
};

use super::{
    frame::done,
    hcp::{open, page},
};
use crate::{
    access::{Permission, Role, Roles},
    invitations::{self, HcpInviteRefusal, NewHcpInvitation},
    web::{App, Browser, Failure, Faults, Form, Nothing, Problem, SignedIn, Texts, paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/databases/{db}/hcps/{id}/invite", post(invite))
}

async fn invite(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    Path((db, id)): Path<(String, String)>,
    t: Texts,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Failure> {
    let needed = Permission::HcpWrite;
    let (desk, hcp) = match open(&app, &browser, &sign_in, (&db, &id, needed)).await? {
        Ok(found) => found,
        Err(problem) => return Ok(problem.into_response()),
    };
    let Some(roles) = Roles::new([Role::Provider]) else {
        return Ok(Problem::BadRequest.into_response());
    };
    let new = NewHcpInvitation {
        organization: Arc::clone(&desk.organization),
        hcp: hcp.clone(),
        roles,
        by: desk.doer.clone(),
    };
    let place = app.config.issuer.url(&paths::invitation_link());
    let mut tx = app.store.write_from(browser.origin()).await?;
    let refusal = match invitations::invite_hcp(&mut tx, &app.mailer, &new, &place).await? {
        Ok(()) => {
            tx.commit().await?;
            return Ok(done(&desk.of(&hcp), "invited"));
        }
        Err(refusal) => refusal,
    };
    drop(tx);
    let words = match refusal {
        HcpInviteRefusal::EmailRequired => "refused-no-email",
        HcpInviteRefusal::Disabled => "refused-disabled",
        HcpInviteRefusal::Linked => "refused-linked",
        HcpInviteRefusal::OwnerOnly | HcpInviteRefusal::OwnRole => "refused-own-role",
    };
    let mut faults = Faults::default();
    faults.add("invite", t.get(words));
    page(&app, t, desk, hcp, (None, faults)).await
}
