//! A proxy that somebody grants by an identifier.
use std::sync::Arc;

use super::App;
use crate::{
    accounts::Identifier,
    guardianship,
    id::AccountId,
    organizations::Organization,
    store::{Origin, StoreError},
};

/// Asks whoever has the identifier in the background, so that its time tells nothing (N-01).
pub fn pass_on(
    app: &App,
    origin: &Arc<Origin>,
    organization: &Arc<Organization>,
    (person, identifier): (AccountId, Identifier),
) {
    let (app, origin, organization) = (app.clone(), Arc::clone(origin), Arc::clone(organization));
    tokio::spawn(async move {
        if let Err(error) = ask(&app, &origin, &organization, (person, &identifier)).await {
            tracing::warn!(%error, "a proxy was not asked");
        }
    });
}

async fn ask(
    app: &App,
    origin: &Arc<Origin>,
    organization: &Organization,
    (person, identifier): (AccountId, &Identifier),
) -> Result<(), StoreError> {
    let mut tx = app.store.write_from(origin).await?;
    guardianship::pass_on(&mut tx, &app.notices(), organization, person, identifier).await?;
    tx.commit().await
}
