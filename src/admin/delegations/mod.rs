//! `/admin/{org}/delegations…`: which machine acts for which provider, by pages.
mod list;
mod new;
mod withdraw;

use axum::Router;

use crate::{
    access::Permission,
    admin::desk::{Desk, Stop},
    delegations::{self, Delegation},
    id::OrganizationId,
    store::Tx,
    web::{App, Problem},
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(list::routes())
        .merge(new::routes())
        .merge(withdraw::routes())
}

/// What these pages say was done.
const DEEDS: &[(&str, &str)] = &[
    ("delegated", "delegation-made"),
    ("withdrawn", "delegation-withdrawn"),
];

/// Where the list is.
pub(super) fn place(org: OrganizationId) -> String {
    format!("/admin/{org}/delegations")
}

/// A delegation of the organization that was not withdrawn; any other is not there (N-15).
async fn find(desk: &Desk, tx: &mut Tx, id: &str) -> Result<Delegation, Stop> {
    desk.needs(Permission::DelegationsWrite)?;
    let id = id.parse().map_err(|_| Problem::NotFound)?;
    let found = delegations::find(tx, id).await?;
    let is_here = |found: &Delegation| {
        found.organization == desk.organization().id && found.revoked_at.is_none()
    };
    Ok(found.filter(is_here).ok_or(Problem::NotFound)?)
}
