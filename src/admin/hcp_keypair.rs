//! `/admin/databases/{db}/hcps/{id}/keypair`: a pair is made in the browser, and its public
//! key is sent. Without script there is `tutela keypair`.
use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::IntoResponse,
    routing::get,
};

use super::{desk::Answer, directory::DirectoryDesk, frame::Frame, hcp::open};
use crate::{
    access::Permission,
    hcps::Hcp,
    web::{App, Browser, Page, SignedIn, Texts},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/databases/{db}/hcps/{id}/keypair", get(show))
}

#[derive(Template)]
#[template(path = "admin/hcp_keypair.html")]
struct KeypairPage {
    t: Texts,
    frame: Frame,
    desk: DirectoryDesk,
    hcp: Hcp,
}

async fn show(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    Path((db, id)): Path<(String, String)>,
    t: Texts,
) -> Answer {
    let needed = Permission::HcpKeys;
    let (desk, hcp) = open(&app, &browser, &sign_in, (&db, &id, needed)).await?;
    let page = KeypairPage {
        t,
        frame: desk.frame.clone(),
        desk,
        hcp,
    };
    Ok(Page::new(page).into_response())
}
