//! `/admin/{org}/service-accounts…`: machines and their keys by pages. Whatever makes, ends or
//! changes something stands on a page of its own, which asks for a sign-in of the last ten
//! minutes (SECURITY.md 6.5).
mod activity;
mod delete;
mod form;
mod key_made;
mod key_new;
mod key_revoke;
mod key_rotate;
mod list;
mod show;

use axum::Router;

use super::desk::{Desk, Stop};
use crate::{
    access::Permission,
    id::{ApiKeyId, OrganizationId, ServiceAccountId},
    service_accounts::{self, ApiKey, ServiceAccount, may_hand_out},
    store::Tx,
    web::{App, Problem, paths},
};

pub(super) use list::place as list_of;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(list::routes())
        .merge(form::routes())
        .merge(show::routes())
        .merge(delete::routes())
        .merge(key_new::routes())
        .merge(key_rotate::routes())
        .merge(key_revoke::routes())
}

/// What these pages say was done.
const DEEDS: &[(&str, &str)] = &[
    ("registered", "sa-registered"),
    ("changed", "sa-changed"),
    ("removed", "sa-removed"),
    ("key-ended", "sa-key-ended"),
];

/// Where the page of a machine is.
fn place(org: OrganizationId, account: ServiceAccountId) -> String {
    paths::admin_service_account(org, account)
}

/// Where the pages of its keys are.
fn keys(org: OrganizationId, account: ServiceAccountId) -> String {
    format!("{}/keys", place(org, account))
}

/// Where the deeds with a key are.
fn key(org: OrganizationId, account: ServiceAccountId, key: ApiKeyId) -> String {
    format!("{}/{key}", keys(org, account))
}

/// A machine of the organization; any other is not there (N-15).
async fn find(desk: &Desk, tx: &mut Tx, id: &str) -> Result<ServiceAccount, Stop> {
    let id = id.parse().map_err(|_| Problem::NotFound)?;
    let found = service_accounts::find(tx, id).await?;
    let is_here = |a: &ServiceAccount| a.organization == Some(desk.organization().id);
    Ok(found.filter(is_here).ok_or(Problem::NotFound)?)
}

/// A live key of the machine; any other is not there.
fn live_key<'a>(account: &'a ServiceAccount, id: &str, tx: &Tx) -> Result<&'a ApiKey, Stop> {
    let id = id.parse().map_err(|_| Problem::NotFound)?;
    Ok(account.live_key(id, tx.now()).ok_or(Problem::NotFound)?)
}

/// Whether whoever is at the desk may make keys of the machine: nobody gets by it what he may
/// not do himself.
fn may_make_keys(desk: &Desk, account: &ServiceAccount) -> bool {
    desk.has(Permission::ServiceAccountsWrite)
        && may_hand_out(
            &account.registration.scopes,
            &desk.seat.permissions.scopes(),
        )
}

/// How long the keys that are offered live, in days.
fn presets(max_days: u32) -> Vec<u32> {
    let mut days: Vec<u32> = [30, 90, 180, 365]
        .into_iter()
        .filter(|days| *days <= max_days)
        .collect();
    if days.is_empty() {
        days.push(max_days);
    }
    days
}
