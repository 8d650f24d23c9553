//! The pages that people see without an application: signing up, in and out, getting a new
//! password, and their own account.
mod account;
mod forgot_password;
mod hand_over;
mod invitation;
mod reset_password;
mod sign_in;
mod sign_out;
mod sign_up;
mod verify;
mod visit;

use axum::Router;

use crate::web::App;

/// Every page of this face.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(account::routes())
        .merge(sign_in::routes())
        .merge(sign_out::routes())
        .merge(sign_up::routes())
        .merge(verify::routes())
        .merge(hand_over::routes())
        .merge(invitation::routes())
        .merge(forgot_password::routes())
        .merge(reset_password::routes())
}
