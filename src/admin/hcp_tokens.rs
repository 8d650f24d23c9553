//! `/admin/databases/{db}/hcps/{id}/tokens/{tid}`: a token is shown once, and deleted.
use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::post,
};

use super::{
    desk::Answer,
    directory::{DirectoryDesk, FreshAtHcp},
    frame::Frame,
    hcp::open,
};
use crate::{
    access::Permission,
    hcps::{self, Hcp, HcpToken},
    secret::Secret,
    web::{App, Browser, Form, Nothing, Page, Problem, Texts, done},
};

pub(super) fn routes() -> Router<App> {
    let place = "/admin/databases/{db}/hcps/{id}/tokens/{tid}/delete";
    Router::new().route(place, post(delete))
}

#[derive(Template)]
#[template(path = "admin/hcp_tokens.html")]
struct CreatedPage {
    t: Texts,
    frame: Frame,
    desk: DirectoryDesk,
    hcp: Hcp,
    token: HcpToken,
    secret: Secret,
}

/// The page that shows a fresh token, once.
pub(super) fn created(
    t: Texts,
    desk: DirectoryDesk,
    hcp: Hcp,
    (token, secret): (HcpToken, Secret),
) -> Response {
    Page::new(CreatedPage {
        t,
        frame: desk.frame.clone(),
        desk,
        hcp,
        token,
        secret,
    })
    .into_response()
}

async fn delete(
    State(app): State<App>,
    FreshAtHcp(sign_in): FreshAtHcp,
    browser: Browser,
    Path((db, id, tid)): Path<(String, String, String)>,
    Form(Nothing {}): Form<Nothing>,
) -> Answer {
    let needed = Permission::HcpTokens;
    let (desk, hcp) = open(&app, &browser, &sign_in, (&db, &id, needed)).await?;
    let Ok(tid) = tid.parse() else {
        return Ok(Problem::NotFound.into_response());
    };
    let mut tx = app.store.write_from(browser.origin()).await?;
    let organization = desk.organization.id;
    let is_deleted = hcps::delete_token(&mut tx, organization, &hcp, tid, &desk.doer).await?;
    tx.commit().await?;
    Ok(match is_deleted {
        true => done(&desk.of(&hcp), "token-deleted"),
        false => Problem::NotFound.into_response(),
    })
}
