//! The tables `service_accounts` and `api_keys`.
use super::{ApiKey, ServiceAccount, usage_queries};
use crate::{
    clock::Timestamp,
    id::{ApiKeyId, OrganizationId, ServiceAccountId},
    secret::{Secret, StoredSecret},
    store::{StoreError, Topic, Tx},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: ServiceAccountId,
    organization_id: Option<OrganizationId>,
    name: String,
    registration: String,
    status: String,
}

#[derive(sqlx::FromRow)]
struct KeyRow {
    id: ApiKeyId,
    name: String,
    secret: String,
    created_at: Timestamp,
    expires_at: Timestamp,
    revoked_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    replaced_by: Option<ApiKeyId>,
}

impl TryFrom<KeyRow> for ApiKey {
    type Error = StoreError;

    fn try_from(row: KeyRow) -> Result<Self, StoreError> {
        Ok(Self {
            secret: StoredSecret::parse(&row.secret).ok_or_else(|| StoreError::Corrupt {
                what: "api_keys.secret",
                value: row.id.to_string(),
            })?,
            id: row.id,
            name: row.name,
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            last_used_at: row.last_used_at,
            replaced_by: row.replaced_by,
        })
    }
}

/// The service account with all its keys, whether or not it may be used.
///
/// # Errors
/// The database is away.
pub async fn find(tx: &mut Tx, id: ServiceAccountId) -> Result<Option<ServiceAccount>, StoreError> {
    let row: Option<Row> = tx
        .query(
            "SELECT id, organization_id, name, registration, status
             FROM service_accounts WHERE id = $1",
        )
        .bind(id)
        .optional()
        .await?;
    match row {
        Some(row) => with_keys(tx, row).await.map(Some),
        None => Ok(None),
    }
}

/// The service account of that name within the organization, or within the platform.
///
/// # Errors
/// The database is away.
pub async fn find_by_name(
    tx: &mut Tx,
    organization: Option<OrganizationId>,
    name: &str,
) -> Result<Option<ServiceAccount>, StoreError> {
    let row: Option<Row> = tx
        .query(
            "SELECT id, organization_id, name, registration, status FROM service_accounts
             WHERE organization_id IS NOT DISTINCT FROM $1 AND name = $2",
        )
        .bind(organization)
        .bind(name)
        .optional()
        .await?;
    match row {
        Some(row) => with_keys(tx, row).await.map(Some),
        None => Ok(None),
    }
}

/// The ids of the organization's service accounts, by name.
///
/// # Errors
/// The database is away.
pub async fn ids_of(
    tx: &mut Tx,
    organization: OrganizationId,
) -> Result<Vec<ServiceAccountId>, StoreError> {
    let rows: Vec<(ServiceAccountId,)> = tx
        .query("SELECT id FROM service_accounts WHERE organization_id = $1 ORDER BY name")
        .bind(organization)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Up to `limit` service accounts of the organization after the one whose id is `after`;
/// oldest first.
///
/// # Errors
/// The database is away.
pub async fn page(
    tx: &mut Tx,
    organization: OrganizationId,
    (after, limit): (&str, i64),
) -> Result<Vec<ServiceAccount>, StoreError> {
    let rows: Vec<Row> = tx
        .query(
            "SELECT id, organization_id, name, registration, status FROM service_accounts
             WHERE organization_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        )
        .bind(organization)
        .bind(after)
        .bind(limit)
        .all()
        .await?;
    let mut accounts = Vec::new();
    for row in rows {
        accounts.push(with_keys(tx, row).await?);
    }
    Ok(accounts)
}

/// Removes a service account and its keys.
pub(super) async fn delete(tx: &mut Tx, id: ServiceAccountId) -> Result<(), StoreError> {
    tx.touch(Topic::Configuration);
    usage_queries::delete_of(tx, id).await?;
    tx.query("DELETE FROM api_keys WHERE service_account_id = $1")
        .bind(id)
        .run()
        .await?;
    tx.query("DELETE FROM service_accounts WHERE id = $1")
        .bind(id)
        .run()
        .await
        .map(drop)
}

async fn with_keys(tx: &mut Tx, row: Row) -> Result<ServiceAccount, StoreError> {
    let keys: Vec<KeyRow> = tx
        .query(
            "SELECT id, name, secret, created_at, expires_at, revoked_at, last_used_at, replaced_by
             FROM api_keys WHERE service_account_id = $1 ORDER BY created_at, id",
        )
        .bind(row.id)
        .all()
        .await?;
    let corrupt = |e: serde_json::Error| StoreError::Corrupt {
        what: "service_accounts.registration",
        value: e.to_string(),
    };
    Ok(ServiceAccount {
        registration: serde_json::from_str(&row.registration).map_err(corrupt)?,
        id: row.id,
        organization: row.organization_id,
        name: row.name,
        is_active: row.status == "active",
        keys: keys
            .into_iter()
            .map(ApiKey::try_from)
            .collect::<Result<_, _>>()?,
    })
}

/// Stores a service account, new or in place of the old one; its keys are stored apart.
///
/// # Errors
/// The name is taken, or the database is away.
pub async fn put(tx: &mut Tx, account: &ServiceAccount) -> Result<(), StoreError> {
    let now = tx.now();
    let registration =
        serde_json::to_string(&account.registration).map_err(|e| StoreError::Corrupt {
            what: "service_accounts.registration",
            value: e.to_string(),
        })?;
    tx.touch(Topic::Configuration);
    tx.query(
        "INSERT INTO service_accounts (id, organization_id, name, registration, status, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name,
           registration = excluded.registration, status = excluded.status",
    )
    .bind(account.id)
    .bind(account.organization)
    .bind(account.name.as_str())
    .bind(registration)
    .bind(if account.is_active {
        "active"
    } else {
        "disabled"
    })
    .bind(now)
    .run()
    .await
    .map(drop)
}

/// Stores a key. `None` when another key of the account has the name.
pub(super) async fn insert_key(
    tx: &mut Tx,
    account: ServiceAccountId,
    name: &str,
    secret: &StoredSecret,
    expires_at: Timestamp,
) -> Result<Option<ApiKeyId>, StoreError> {
    let (id, now): (ApiKeyId, _) = (tx.id(), tx.now());
    tx.touch(Topic::Configuration);
    let stored = tx
        .query(
            "INSERT INTO api_keys (id, service_account_id, name, secret, expires_at, created_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (service_account_id, name) DO NOTHING",
        )
        .bind(id)
        .bind(account)
        .bind(name)
        .bind(secret.to_string())
        .bind(expires_at)
        .bind(now)
        .run()
        .await?;
    Ok((stored == 1).then_some(id))
}

/// A key as it was declared.
#[derive(Debug, Clone)]
pub struct DeclaredKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Its name, unique per account.
    pub name: String,
    /// What is kept of its secret.
    pub secret: StoredSecret,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Stores a declared key, new or in place of the one with its id, which then lives.
/// `Ok(false)` when another account's key has the id.
///
/// # Errors
/// Another key of the account has the name (a duplicate), or the database is away.
pub async fn put_key(
    tx: &mut Tx,
    account: ServiceAccountId,
    key: &DeclaredKey,
) -> Result<bool, StoreError> {
    let now = tx.now();
    tx.touch(Topic::Configuration);
    let stored = tx
        .query(
            "INSERT INTO api_keys (id, service_account_id, name, secret, expires_at, created_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, secret = excluded.secret,
               expires_at = excluded.expires_at, revoked_at = NULL, replaced_by = NULL,
               noticed_days = NULL
             WHERE api_keys.service_account_id = excluded.service_account_id",
        )
        .bind(key.id)
        .bind(account)
        .bind(key.name.as_str())
        .bind(key.secret.to_string())
        .bind(key.expires_at)
        .bind(now)
        .run()
        .await?;
    Ok(stored == 1)
}

/// Whose key it is.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct KeyOwner {
    /// The key.
    pub key: ApiKeyId,
    /// Its account.
    pub service_account: ServiceAccountId,
    /// The account's tenant.
    pub organization: Option<OrganizationId>,
}

/// Whose key `secret` is, whether or not it lives; only long keys are found so.
///
/// # Errors
/// The database is away.
pub async fn owner_of(tx: &mut Tx, secret: &Secret) -> Result<Option<KeyOwner>, StoreError> {
    tx.query(
        "SELECT k.id AS key, a.id AS service_account, a.organization_id AS organization
         FROM api_keys k JOIN service_accounts a ON a.id = k.service_account_id
         WHERE k.secret = $1",
    )
    .bind(StoredSecret::fast(secret).to_string())
    .optional()
    .await
}

/// Ends a key at once. `false` when it had been ended before.
///
/// # Errors
/// The database is away.
pub async fn revoke_key(tx: &mut Tx, key: ApiKeyId) -> Result<bool, StoreError> {
    let now = tx.now();
    tx.touch(Topic::Configuration);
    let revoked = tx
        .query("UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
        .bind(key)
        .bind(now)
        .run()
        .await?;
    Ok(revoked == 1)
}

/// Lets `new` take the place of the key, which ends at `until`. `false` when another did before,
/// or it has been ended.
pub(super) async fn replace_key(
    tx: &mut Tx,
    key: ApiKeyId,
    new: ApiKeyId,
    until: Timestamp,
) -> Result<bool, StoreError> {
    tx.touch(Topic::Configuration);
    let replaced = tx
        .query(
            "UPDATE api_keys SET replaced_by = $2, expires_at = $3
             WHERE id = $1 AND replaced_by IS NULL AND revoked_at IS NULL",
        )
        .bind(key)
        .bind(new)
        .bind(until)
        .run()
        .await?;
    Ok(replaced == 1)
}

/// Notes that the key was used; at most once a minute a row is written. It touches no
/// topic: nobody decides by it.
///
/// # Errors
/// The database is away.
pub async fn note_use(tx: &mut Tx, key: ApiKeyId) -> Result<(), StoreError> {
    let now = tx.now();
    tx.query(
        "UPDATE api_keys SET last_used_at = $2
         WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $3)",
    )
    .bind(key)
    .bind(now)
    .bind(now.plus_seconds(-60))
    .run()
    .await
    .map(drop)
}
