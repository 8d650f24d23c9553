//! `/account/closed`: what is shown once an account is closed.
use askama::Template;
use axum::{Router, routing::get};

use crate::web::{App, Page, Texts};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/account/closed", get(show))
}

#[derive(Template)]
#[template(path = "pages/account/closed.html")]
struct ClosedPage {
    t: Texts,
}

async fn show(t: Texts) -> Page<ClosedPage> {
    Page::new(ClosedPage { t })
}
