//! The pages that people see without an application: signing in and out, and their own
//! account.
mod account;
mod account_sessions;
mod sign_in;
mod sign_out;

use axum::Router;

use crate::web::App;

/// Every page of this face.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(account::routes())
        .merge(account_sessions::routes())
        .merge(sign_in::routes())
        .merge(sign_out::routes())
}
