//! The admin console: pages for people who administer an organization, behind the browser's
//! session. What somebody may do is looked up at each request (N-10); a button that he may not
//! use is absent, and its address refuses him.
//!
//! Everything below `/admin/{org}` begins with a [`Desk`]: who is there, in which organization,
//! with which permissions. The deeds are the capabilities' own, the same as the JSON API's.
mod attention;
mod audit_log;
mod audit_words;
mod config_user;
mod config_users;
mod consumer;
mod consumer_deeds;
mod consumer_new;
mod consumers;
mod database;
mod databases;
mod delegations;
mod dependent_new;
mod desk;
mod directory;
mod frame;
mod guardian_new;
mod guardianship;
mod hcp;
mod hcp_import;
mod hcp_import_progress;
mod hcp_import_rows;
mod hcp_invite;
mod hcp_keypair;
mod hcp_keys;
mod hcp_new;
mod hcp_parent;
mod hcp_token_new;
mod hcp_tokens;
mod hcp_words;
mod hcps;
mod hcps_query;
mod home;
mod import_words;
mod member;
mod member_invite;
mod members;
mod organization;
mod paths;
mod relation_row;
mod role;
mod role_boxes;
mod roles;
mod service_accounts;
mod solution;
mod what_if;
mod words;

use axum::Router;

use crate::web::App;

/// Every page of this face.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(home::routes())
        .merge(databases::routes())
        .merge(solution::routes())
        .merge(database::routes())
        .merge(hcps::routes())
        .merge(hcp_new::routes())
        .merge(hcp::routes())
        .merge(hcp_invite::routes())
        .merge(hcp_token_new::routes())
        .merge(hcp_tokens::routes())
        .merge(hcp_keys::routes())
        .merge(hcp_keypair::routes())
        .merge(members::routes())
        .merge(member_invite::routes())
        .merge(member::routes())
        .merge(role::routes())
        .merge(roles::routes())
        .merge(consumers::routes())
        .merge(consumer_new::routes())
        .merge(consumer::routes())
        .merge(consumer_deeds::routes())
        .merge(dependent_new::routes())
        .merge(guardian_new::routes())
        .merge(guardianship::routes())
        .merge(what_if::routes())
        .merge(audit_log::routes())
        .merge(organization::routes())
        .merge(config_users::routes())
        .merge(config_user::routes())
        .merge(service_accounts::routes())
        .merge(delegations::routes())
        .merge(hcp_import::routes())
        .merge(hcp_import_rows::routes())
}
