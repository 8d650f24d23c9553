//! The table `clients`, and the end of what people allowed a client.
use super::Client;
use crate::{
    id::OrganizationId,
    secret::StoredSecret,
    store::{StoreError, Topic, Tx},
};

#[derive(sqlx::FromRow)]
struct Row {
    client_id: String,
    organization_id: Option<OrganizationId>,
    name: String,
    status: String,
    registration: String,
    secret: Option<String>,
}

impl TryFrom<Row> for Client {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let corrupt = |what, value| StoreError::Corrupt { what, value };
        let secret = match row.secret {
            None => None,
            Some(text) => Some(
                StoredSecret::parse(&text)
                    .ok_or_else(|| corrupt("clients.secret", row.client_id.clone()))?,
            ),
        };
        Ok(Self {
            registration: serde_json::from_str(&row.registration)
                .map_err(|e| corrupt("clients.registration", e.to_string()))?,
            id: row.client_id,
            organization: row.organization_id,
            name: row.name,
            is_active: row.status == "active",
            secret,
        })
    }
}

pub(super) async fn find(tx: &mut Tx, client_id: &str) -> Result<Option<Client>, StoreError> {
    let row: Option<Row> = tx
        .query(
            "SELECT client_id, organization_id, name, status, registration, secret
             FROM clients WHERE client_id = $1",
        )
        .bind(client_id)
        .optional()
        .await?;
    row.map(Client::try_from).transpose()
}

/// The ids of the organization's clients, in order.
///
/// # Errors
/// The database is away.
pub async fn ids_of(tx: &mut Tx, organization: OrganizationId) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(String,)> = tx
        .query("SELECT client_id FROM clients WHERE organization_id = $1 ORDER BY client_id")
        .bind(organization)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The return addresses of all active clients.
pub(super) async fn redirect_uris(tx: &mut Tx) -> Result<Vec<String>, StoreError> {
    let rows: Vec<Row> = tx
        .query(
            "SELECT client_id, organization_id, name, status, registration, secret
             FROM clients WHERE status = 'active'",
        )
        .all()
        .await?;
    let mut uris = Vec::new();
    for row in rows {
        uris.extend(Client::try_from(row)?.registration.redirect_uris);
    }
    Ok(uris)
}

/// Stores a client whose registration has no faults, new or in place of the old one. A
/// client never moves to another organization: `Ok(false)` when one there has the id.
///
/// # Errors
/// The database is away.
pub async fn put(tx: &mut Tx, client: &Client) -> Result<bool, StoreError> {
    let now = tx.now();
    let registration =
        serde_json::to_string(&client.registration).map_err(|e| StoreError::Corrupt {
            what: "clients.registration",
            value: e.to_string(),
        })?;
    tx.touch(Topic::Configuration);
    let stored = tx
        .query(
            "INSERT INTO clients (client_id, organization_id, name, status, registration, secret,
               created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
             ON CONFLICT (client_id) DO UPDATE SET name = excluded.name, status = excluded.status,
               registration = excluded.registration, secret = excluded.secret,
               updated_at = excluded.updated_at
             WHERE clients.organization_id IS NOT DISTINCT FROM excluded.organization_id",
        )
        .bind(client.id.as_str())
        .bind(client.organization)
        .bind(client.name.as_str())
        .bind(if client.is_active {
            "active"
        } else {
            "disabled"
        })
        .bind(registration)
        .bind(client.secret.as_ref().map(StoredSecret::to_string))
        .bind(now)
        .run()
        .await?;
    Ok(stored == 1)
}

/// Removes a client and what people allowed it. The caller ends its grants with it.
///
/// # Errors
/// The database is away.
pub async fn delete(tx: &mut Tx, client_id: &str) -> Result<bool, StoreError> {
    tx.touch(Topic::Configuration);
    tx.query("DELETE FROM consents WHERE client_id = $1")
        .bind(client_id)
        .run()
        .await?;
    let deleted = tx
        .query("DELETE FROM clients WHERE client_id = $1")
        .bind(client_id)
        .run()
        .await?;
    Ok(deleted == 1)
}
