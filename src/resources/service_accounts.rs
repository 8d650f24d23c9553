//! Declared service accounts and their keys.
use super::{
    apply::{ApplyError, Run},
    declared::ServiceAccount as Declared,
};
use crate::{
    id::OrganizationId,
    organizations,
    service_accounts::{self, ServiceAccount},
};

pub(super) async fn put(
    run: &mut Run<'_>,
    organization: OrganizationId,
    declared: &Declared,
) -> Result<(), ApplyError> {
    let label = format!("service account {}", declared.name);
    let stored = match declared.id {
        Some(id) => service_accounts::find(run.tx, id).await?,
        None => service_accounts::find_by_name(run.tx, Some(organization), &declared.name).await?,
    };
    if stored
        .as_ref()
        .is_some_and(|stored| stored.organization != Some(organization))
    {
        let path = format!("{}.id", declared.path);
        return Err(ApplyError::collision(
            &path,
            "belongs to another organization",
        ));
    }
    let mut registration = declared.registration.clone();
    if registration.audiences.is_empty() {
        let tenant = organizations::get(run.tx, organization).await?;
        registration.audiences = tenant.map(|o| o.default_audiences()).unwrap_or_default();
    }
    let account = ServiceAccount {
        id: match (&stored, declared.id) {
            (Some(stored), _) => stored.id,
            (None, Some(id)) => id,
            (None, None) => run.tx.id(),
        },
        organization: Some(organization),
        name: declared.name.clone(),
        is_active: true,
        registration,
        keys: Vec::new(),
    };
    match &stored {
        None => {
            run.changes.added(label);
            service_accounts::put(run.tx, &account).await?;
        }
        Some(stored) => {
            let differs = [
                ("name", stored.name != account.name),
                ("status", !stored.is_active),
                ("registration", stored.registration != account.registration),
            ];
            let fields = differs.iter().filter(|(_, is)| *is).map(|(name, _)| *name);
            if run.changes.changed(label, fields.collect()) {
                service_accounts::put(run.tx, &account).await?;
            }
        }
    }
    put_keys(run, &account, stored.as_ref(), declared).await
}

async fn put_keys(
    run: &mut Run<'_>,
    account: &ServiceAccount,
    stored: Option<&ServiceAccount>,
    declared: &Declared,
) -> Result<(), ApplyError> {
    for key in &declared.keys {
        let label = format!("api key {} of {}", key.name, declared.name);
        let same = stored.and_then(|a| a.keys.iter().find(|k| k.name == key.name));
        let fresh = run.secrets.stored.get(&key.path);
        let (secret, fields) = match (same, fresh) {
            (None, Some(fresh)) => {
                run.changes.added(label);
                service_accounts::put_key(run.tx, account.id, (&key.name, fresh), key.expires_at)
                    .await?;
                continue;
            }
            (None, None) => continue,
            (Some(same), fresh) => {
                let differs = [
                    ("secret", fresh.is_some()),
                    ("expires_at", same.expires_at != key.expires_at),
                    ("revoked_at", same.revoked_at.is_some()),
                ];
                let fields: Vec<_> = differs
                    .iter()
                    .filter(|(_, is)| *is)
                    .map(|(name, _)| *name)
                    .collect();
                (fresh.unwrap_or(&same.secret).clone(), fields)
            }
        };
        if run.changes.changed(label, fields) {
            service_accounts::put_key(run.tx, account.id, (&key.name, &secret), key.expires_at)
                .await?;
        }
    }
    Ok(())
}
