//! `/account…`: what a person sees and changes of his own account, without any application.
mod apps;
mod care;
mod care_add;
mod consumer;
mod overview;
mod proxies;
mod sessions;
mod shell;
mod words;

use axum::Router;
use serde::Deserialize;

use crate::web::App;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(overview::routes())
        .merge(apps::routes())
        .merge(care::routes())
        .merge(care_add::routes())
        .merge(proxies::routes())
        .merge(sessions::routes())
}

/// A form of which the button says everything.
#[derive(Debug, Deserialize)]
struct Nothing {}
