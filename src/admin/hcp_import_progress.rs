//! How far an import is, in the place of its rows until it is done.
use askama::Template;
use axum::response::IntoResponse;

use super::{
    desk::{Answer, Desk},
    frame::{Frame, Tab},
};
use crate::{
    imports::Import,
    web::{Page, Texts},
};

/// It asks again by itself.
#[derive(Template)]
#[template(path = "admin/hcp_import_progress.html")]
struct ProgressPage {
    t: Texts,
    frame: Frame,
    import: Import,
}

pub(super) async fn show(desk: &Desk, t: Texts, import: Import) -> Answer {
    let frame = desk.frame(Tab::Hcps).await?;
    Ok(Page::new(ProgressPage { t, frame, import }).into_response())
}
