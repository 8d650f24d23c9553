//! `/account…`: what a person sees and changes of his own account, without any application.
mod apps;
mod overview;
mod sessions;
mod shell;

use axum::Router;
use serde::Deserialize;

use crate::web::App;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(overview::routes())
        .merge(apps::routes())
        .merge(sessions::routes())
}

/// A form of which the button says everything.
#[derive(Debug, Deserialize)]
struct Nothing {}
