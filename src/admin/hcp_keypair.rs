//! `/admin/databases/{db}/hcps/{id}/keypair`: a pair is made in the browser, and its public
//! key is sent. Without script there is `tutela keypair`.
use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::get,
};

use super::{directory::DirectoryDesk, frame::Frame, hcp::open};
use crate::{
    access::Permission,
    hcps::Hcp,
    web::{App, Browser, Failure, Page, SignedIn, Texts},
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
) -> Result<Response, Failure> {
    let needed = Permission::HcpKeys;
    let found = open(&app, &browser, &sign_in, (&db, &id, needed)).await?;
    Ok(match found {
        Err(problem) => problem.into_response(),
        Ok((desk, hcp)) => Page::new(KeypairPage {
            t,
            frame: desk.frame.clone(),
            desk,
            hcp,
        })
        .into_response(),
    })
}
