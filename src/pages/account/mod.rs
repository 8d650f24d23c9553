//! `/account…`: what a person sees and changes of his own account, without any application.
mod activity;
mod apps;
mod care;
mod care_add;
mod care_sign_in;
mod close;
mod closed;
mod consumer;
mod delegations;
mod exchanges;
mod identifier;
mod identifier_confirm;
mod overview;
mod password;
mod proxies;
mod security;
mod sessions;
mod shell;
mod user_agent;

use axum::Router;

use crate::web::App;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(overview::routes())
        .merge(apps::routes())
        .merge(care::routes())
        .merge(care_add::routes())
        .merge(care_sign_in::routes())
        .merge(proxies::routes())
        .merge(delegations::routes())
        .merge(sessions::routes())
        .merge(security::routes())
        .merge(password::routes())
        .merge(identifier::routes())
        .merge(identifier_confirm::routes())
        .merge(close::routes())
        .merge(closed::routes())
        .merge(activity::routes())
}
