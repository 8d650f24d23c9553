//! The administration: pages for those who manage what an organization has. Whoever opens
//! one is asked at each request what he may do there now; no token is needed, and none is
//! good for it.
mod desk;
mod hcp;
mod hcp_keypair;
mod hcp_keys;
mod hcp_new;
mod hcp_tokens;
mod hcps;
mod home;
mod words;

use axum::Router;

use crate::web::App;

/// Every page of this face.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(home::routes())
        .merge(hcps::routes())
        .merge(hcp_new::routes())
        .merge(hcp::routes())
        .merge(hcp_tokens::routes())
        .merge(hcp_keys::routes())
        .merge(hcp_keypair::routes())
}
