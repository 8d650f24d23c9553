//! Declared applications.
use super::{
    apply::{ApplyError, Run},
    declared::Client as Declared,
};
use crate::{
    clients::{self, Client},
    grants::{self, Ending, Group},
    id::OrganizationId,
    organizations::{self, SELF_AUDIENCE},
};

pub(super) async fn put(
    run: &mut Run<'_>,
    organization: Option<OrganizationId>,
    declared: &Declared,
) -> Result<(), ApplyError> {
    let label = format!("client {}", declared.id);
    let stored = clients::find(run.tx, &declared.id).await?;
    let mut registration = declared.registration.clone();
    if registration.audiences.is_empty() {
        registration.audiences = match organization {
            Some(id) => match organizations::get(run.tx, id).await? {
                Some(organization) => organization.default_audiences(),
                None => Vec::new(),
            },
            None => vec![SELF_AUDIENCE.to_owned()],
        };
    }
    let fresh = run.secrets.stored.get(&declared.path).cloned();
    let kept = stored.as_ref().and_then(|client| client.secret.clone());
    let client = Client {
        id: declared.id.clone(),
        organization,
        name: declared.name.clone(),
        is_active: declared.is_active,
        registration,
        secret: match &declared.secret {
            None => None,
            Some(_) => fresh.or(kept),
        },
    };
    match &stored {
        None => run.changes.added(label),
        Some(stored) => {
            let mut fields = Vec::new();
            let differs = [
                ("name", stored.name != client.name),
                ("status", stored.is_active != client.is_active),
                ("registration", stored.registration != client.registration),
                ("client_secret", stored.secret != client.secret),
            ];
            fields.extend(differs.iter().filter(|(_, is)| *is).map(|(name, _)| *name));
            if !run.changes.changed(label, fields) {
                return Ok(());
            }
        }
    }
    if !clients::put(run.tx, &client).await? {
        let path = format!("{}.client_id", declared.path);
        return Err(ApplyError::collision(
            &path,
            "a client of another organization has this id",
        ));
    }
    if stored.is_some_and(|stored| stored.is_active) && !client.is_active {
        let group = Group::Client(client.id);
        grants::revoke_all(run.tx, &group, Ending::ClientEnded).await?;
    }
    Ok(())
}
