//! Who obtained a token to act for the person: a part of `/account/delegations`.
use crate::{
    accounts,
    audit::{self, Action, Entry, Filter},
    clients,
    clock::Timestamp,
    id::{AccountId, OrganizationId},
    service_accounts,
    store::{StoreError, Tx},
    web::Texts,
};

/// The most that is shown.
const MOST: i64 = 50;

/// One time that somebody acted for the person.
pub(super) struct Acted {
    pub(super) who: String,
    pub(super) at: Timestamp,
    /// Through which application, and why.
    pub(super) details: String,
}

/// Who acted for the person, latest first.
///
/// # Errors
/// The database is away.
pub(super) async fn in_whose_name(
    tx: &mut Tx,
    t: &Texts,
    (organization, me): (OrganizationId, AccountId),
) -> Result<Vec<Acted>, StoreError> {
    let filter = Filter {
        action: Some(Action::TokenExchanged.name().to_owned()),
        subject: Some(me.to_string()),
        outcome: Some("done".to_owned()),
        ..Filter::default()
    };
    let mut acted = Vec::new();
    for entry in audit::page(tx, organization, &filter, ("", MOST)).await? {
        acted.push(read(tx, t, entry).await?);
    }
    Ok(acted)
}

async fn read(tx: &mut Tx, t: &Texts, entry: Entry) -> Result<Acted, StoreError> {
    let mut details = Vec::new();
    if let Some(id) = entry
        .client_id
        .filter(|id| Some(id) != entry.actor.as_ref())
    {
        let client = clients::find(tx, &id).await?;
        let name = client.map_or(id, |client| client.name);
        details.push(t.with("acted-through", &[("name", &name)]));
    }
    if let Some(reason) = &entry.reason {
        details.push(t.with("acted-because", &[("reason", reason)]));
    }
    Ok(Acted {
        who: name(tx, t, entry.actor.as_deref(), entry.actor_type.as_deref()).await?,
        at: entry.at,
        details: details.join(" · "),
    })
}

async fn name(
    tx: &mut Tx,
    t: &Texts,
    actor: Option<&str>,
    kind: Option<&str>,
) -> Result<String, StoreError> {
    let actor = actor.unwrap_or_default();
    let found = match (kind, actor.parse(), actor.parse()) {
        (Some("account"), Ok(id), _) => accounts::account(tx, id).await?.map(|a| a.display_name),
        (_, _, Ok(id)) => service_accounts::find(tx, id)
            .await?
            .map(|machine| machine.name),
        _ => None,
    };
    Ok(found.unwrap_or_else(|| t.get("acted-somebody-gone")))
}
