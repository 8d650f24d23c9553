//! Declared service accounts and their keys.
use super::{
    apply::{ApplyError, Run},
    declared::{ApiKey, ServiceAccount as Declared},
};
use crate::{
    id::{ApiKeyId, OrganizationId},
    organizations,
    secret::StoredSecret,
    service_accounts::{self, DeclaredKey, ServiceAccount},
};

/// Whether a stored key is the declared one: by id, or by name where none is declared.
pub(super) fn is_same_key(declared: &ApiKey, stored: &service_accounts::ApiKey) -> bool {
    match declared.id {
        Some(id) => stored.id == id,
        None => stored.name == declared.name,
    }
}

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
            put_account(run, &account, &declared.path).await?;
        }
        Some(stored) => {
            let differs = [
                ("name", stored.name != account.name),
                ("status", !stored.is_active),
                ("registration", stored.registration != account.registration),
            ];
            let fields = differs.iter().filter(|(_, is)| *is).map(|(name, _)| *name);
            if run.changes.changed(label, fields.collect()) {
                put_account(run, &account, &declared.path).await?;
            }
        }
    }
    put_keys(run, &account, stored.as_ref(), declared).await
}

async fn put_account(
    run: &mut Run<'_>,
    account: &ServiceAccount,
    path: &str,
) -> Result<(), ApplyError> {
    let put = service_accounts::put(run.tx, account).await;
    put.map_err(ApplyError::taken(&format!("{path}.name")))
}

async fn put_keys(
    run: &mut Run<'_>,
    account: &ServiceAccount,
    stored: Option<&ServiceAccount>,
    declared: &Declared,
) -> Result<(), ApplyError> {
    for key in &declared.keys {
        let label = format!("api key {} of {}", key.name, declared.name);
        let same = stored.and_then(|a| a.keys.iter().find(|stored| is_same_key(key, stored)));
        let fresh = run.secrets.stored.get(&key.path);
        let (Some(secret), id) = (
            fresh.or(same.map(|same| &same.secret)).cloned(),
            same.map(|same| same.id).or(key.id),
        ) else {
            continue;
        };
        let Some(same) = same else {
            run.changes.added(label);
            put_key(run, account, (key, id, secret)).await?;
            continue;
        };
        let differs = [
            ("name", same.name != key.name),
            ("secret", fresh.is_some()),
            (
                "expires_at",
                // A key that was replaced ends when that was said.
                same.expires_at != key.expires_at && same.replaced_by.is_none(),
            ),
            ("revoked_at", same.revoked_at.is_some()),
        ];
        let fields = differs.iter().filter(|(_, is)| *is).map(|(name, _)| *name);
        if run.changes.changed(label, fields.collect()) {
            put_key(run, account, (key, id, secret)).await?;
        }
    }
    Ok(())
}

async fn put_key(
    run: &mut Run<'_>,
    account: &ServiceAccount,
    (key, id, secret): (&ApiKey, Option<ApiKeyId>, StoredSecret),
) -> Result<(), ApplyError> {
    let wanted = DeclaredKey {
        id: id.unwrap_or_else(|| run.tx.id()),
        name: key.name.clone(),
        secret,
        expires_at: key.expires_at,
    };
    let put = service_accounts::put_key(run.tx, account.id, &wanted).await;
    if !put.map_err(ApplyError::taken(&format!("{}.name", key.path)))? {
        let path = format!("{}.id", key.path);
        return Err(ApplyError::collision(&path, "is taken"));
    }
    Ok(())
}
