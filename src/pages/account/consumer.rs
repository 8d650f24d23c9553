//! Where the person is a consumer: what a form about one organization offers.
use std::sync::Arc;

use crate::{
    accounts,
    id::AccountId,
    organizations::Organization,
    web::{App, Failure, ListChoice},
};

async fn organizations(app: &App, person: AccountId) -> Result<Vec<Arc<Organization>>, Failure> {
    let ids = accounts::profiles_of(&mut app.store.read().await?, person).await?;
    let mut found = Vec::new();
    for id in ids {
        found.extend(app.organizations.get(&app.store, id).await?);
    }
    found.retain(|organization| organization.is_active());
    Ok(found)
}

/// The organizations whose consumer the person is.
pub(super) async fn choices(
    app: &App,
    person: AccountId,
    chosen: &str,
) -> Result<Vec<ListChoice>, Failure> {
    let all = organizations(app, person).await?;
    let choice = |organization: Arc<Organization>| ListChoice {
        value: organization.id.to_string(),
        words: organization.name.clone(),
        is_chosen: organization.id.to_string() == chosen,
    };
    Ok(all.into_iter().map(choice).collect())
}

/// The one that was chosen, or the only one. `None` for any other.
pub(super) async fn chosen(
    app: &App,
    person: AccountId,
    chosen: &str,
) -> Result<Option<Arc<Organization>>, Failure> {
    let all = organizations(app, person).await?;
    Ok(match (all.as_slice(), chosen) {
        ([only], "") => Some(Arc::clone(only)),
        (all, chosen) => all.iter().find(|o| o.id.to_string() == chosen).cloned(),
    })
}
