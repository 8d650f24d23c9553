//! The applications that come with a new tenant.
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    checks::Checks,
    problem::{Kind, Problem},
};
use crate::{
    clients::{self, AuthMethod, Client, Registration},
    organizations::Organization,
    secret::{Secret, StoredSecret},
    store::Tx,
};

/// The shortest secret that is kept as a fast hash, in characters.
const SHORTEST: usize = 32;

/// An application to be registered.
pub(super) struct FirstClient {
    id: String,
    name: String,
    registration: Registration,
    /// `None`: one is made where it is needed.
    secret: Option<Secret>,
}

/// An application that was registered.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Registered {
    client_id: String,
    /// Only where it was made here.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
}

/// Reads applications, in the words of `tutela apply`.
pub(super) fn read(checks: &mut Checks, clients: Vec<Map<String, Value>>) -> Vec<FirstClient> {
    let mut read = Vec::new();
    for (n, fields) in clients.into_iter().enumerate() {
        read.extend(client(checks, &format!("clients[{n}]"), fields));
    }
    read
}

fn client(checks: &mut Checks, path: &str, mut fields: Map<String, Value>) -> Option<FirstClient> {
    let mut text = |name: &str| match fields.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let (id, name, secret) = (text("client_id"), text("name"), text("client_secret"));
    let id = id.unwrap_or_default();
    let is_id = !id.is_empty() && id.len() <= 255 && id.chars().all(|c| c.is_ascii_graphic());
    // An id that looked like a UUID could equal a `sub`.
    if !is_id || uuid::Uuid::try_parse(&id).is_ok() {
        checks.fault(&format!("{path}.client_id"), "invalid");
    }
    if secret
        .as_ref()
        .is_some_and(|secret| secret.chars().count() < SHORTEST)
    {
        checks.fault(&format!("{path}.client_secret"), "too_short");
    }
    let registration = match serde_json::from_value::<Registration>(Value::Object(fields)) {
        Ok(registration) => registration,
        Err(_) => {
            checks.fault(path, "invalid");
            return None;
        }
    };
    for fault in registration.faults() {
        checks.fault(&format!("{path}.{}", fault.field), "invalid");
    }
    if secret.is_some() && !needs_secret(&registration) {
        checks.fault(&format!("{path}.client_secret"), "not_used");
    }
    Some(FirstClient {
        name: name.unwrap_or_else(|| id.clone()),
        id,
        registration,
        secret: secret.map(Secret::new),
    })
}

fn needs_secret(registration: &Registration) -> bool {
    matches!(
        registration.auth_method(),
        AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost
    )
}

/// Registers them for the tenant.
pub(super) async fn register(
    tx: &mut Tx,
    organization: &Organization,
    clients: Vec<FirstClient>,
) -> Result<Vec<Registered>, Problem> {
    let mut registered = Vec::new();
    for mut first in clients {
        if first.registration.audiences.is_empty() {
            first.registration.audiences = organization.default_audiences();
        }
        let made = match &first.secret {
            None if needs_secret(&first.registration) => Some(tx.secret("tcs_")),
            _ => None,
        };
        let secret = first.secret.as_ref().or(made.as_ref());
        let client = Client {
            id: first.id,
            organization: Some(organization.id),
            name: first.name,
            is_active: true,
            registration: first.registration,
            secret: secret.map(StoredSecret::fast),
        };
        if !clients::put(tx, &client).await? {
            return Err(Problem::of(Kind::Conflict("client_id_taken")));
        }
        registered.push(Registered {
            client_id: client.id,
            client_secret: made.map(|secret| secret.expose().to_owned()),
        });
    }
    Ok(registered)
}
