//! From text to [`Declared`]: everything that can be checked without the database.
use serde_json::{Map, Value};

use super::{
    declared::{ApiKey, Client, Declared, Organization, ServiceAccount, Solution},
    node::{Fault, Faults, Node, Object, from_toml},
    read_people,
    read_secret::{is_given, secret},
    unique,
};
use crate::{
    access::{Purpose, ScopeSet},
    clients::Registration,
    organizations::{ResourceServer, Settings, SigningAlg, Status},
    service_accounts::{self, Mode},
};

pub(super) fn read(texts: &[(String, String)]) -> Result<Declared, Vec<Fault>> {
    let faults = Faults::default();
    let mut whole = Map::new();
    for (name, text) in texts {
        match tree(name, text) {
            Ok(tree) => merge(&mut whole, tree, &faults),
            Err(problem) => faults.add("", format!("{name}: {problem}")),
        }
    }
    let whole = Value::Object(whole);
    let mut declared = Declared::default();
    if let Some(root) = Node::root(&whole, &faults).object() {
        declared.organizations = root
            .list("organizations")
            .iter()
            .filter_map(|node| organization(node))
            .collect();
        declared.clients = root.list("clients").iter().filter_map(client).collect();
        root.finish();
    }
    unique::check(&declared, &faults);
    read_people::check_relations(&declared, &faults);
    match faults.into_inner() {
        faults if faults.is_empty() => Ok(declared),
        faults => Err(faults),
    }
}

fn tree(name: &str, text: &str) -> Result<Value, String> {
    if name.ends_with(".json") {
        return serde_json::from_str(text).map_err(|error| error.to_string());
    }
    let table: toml::Table = toml::from_str(text).map_err(|error| error.to_string())?;
    Ok(from_toml(toml::Value::Table(table)))
}

/// Several files are one declaration: their lists are joined.
fn merge(whole: &mut Map<String, Value>, tree: Value, faults: &Faults) {
    let Value::Object(tree) = tree else {
        return faults.add("", "expected a table");
    };
    for (name, value) in tree {
        match (whole.get_mut(&name), value) {
            (Some(Value::Array(items)), Value::Array(more)) => items.extend(more),
            (_, value) => drop(whole.insert(name, value)),
        }
    }
}

fn organization(node: &Node<'_>) -> Option<Organization> {
    let object = node.object()?;
    let organization = Organization {
        id: object.id("id"),
        name: object.required("name"),
        status: organization_status(&object),
        settings: settings(&object),
        resource_servers: object
            .get("resource_servers")
            .map(|node| node.list().iter().filter_map(resource_server).collect()),
        solutions: object
            .list("solutions")
            .iter()
            .filter_map(solution)
            .collect(),
        people: object
            .list("people")
            .iter()
            .filter_map(read_people::person)
            .collect(),
        service_accounts: object
            .list("service_accounts")
            .iter()
            .filter_map(service_account)
            .collect(),
        clients: object.list("clients").iter().filter_map(client).collect(),
    };
    object.finish();
    Some(organization)
}

fn organization_status(object: &Object<'_>) -> Option<Status> {
    let node = object.get("status")?;
    node.parse("\"active\" or \"suspended\"", |text| match text {
        "active" => Some(Status::Active),
        "suspended" => Some(Status::Suspended),
        _ => None,
    })
}

fn settings(object: &Object<'_>) -> Option<Settings> {
    let node = object.get("settings")?;
    let written = node.object()?;
    match Settings::read(written.map) {
        Ok(settings) => Some(settings),
        Err(faults) => {
            for fault in faults {
                written.fault(&fault.field, fault.problem);
            }
            None
        }
    }
}

fn resource_server(node: &Node<'_>) -> Option<ResourceServer> {
    let object = node.object()?;
    let audience = object.required("audience");
    let alg = object
        .get("signing_alg")
        .map_or(Some(SigningAlg::default()), |node| {
            let read = |text: &str| serde_json::from_value(Value::String(text.to_owned())).ok();
            node.parse("one of RS256, PS256, ES256, EdDSA", read)
        });
    object.finish();
    Some(ResourceServer {
        audience,
        signing_alg: alg?,
    })
}

fn solution(node: &Node<'_>) -> Option<Solution> {
    let object = node.object()?;
    let databases = object.list("databases");
    let database = |node: &Node<'_>| {
        let object = node.object()?;
        let database = (object.id("id"), object.required("name"));
        object.finish();
        Some(database)
    };
    let solution = Solution {
        id: object.id("id"),
        name: object.required("name"),
        databases: databases.iter().filter_map(database).collect(),
    };
    object.finish();
    Some(solution)
}

fn service_account(node: &Node<'_>) -> Option<ServiceAccount> {
    let object = node.object()?;
    let mode = |node: &Node<'_>| node.parse("\"application\" or \"provider\"", Mode::parse);
    let purpose = |node: &Node<'_>| {
        node.parse("a purpose such as TREAT or HOPERAT", |text| {
            text.parse::<Purpose>().ok()
        })
    };
    let registration = service_accounts::Registration {
        modes: object.list("modes").iter().filter_map(mode).collect(),
        scopes: scopes(&object, "scopes"),
        audiences: object
            .list("audiences")
            .iter()
            .filter_map(|n| n.text().map(str::to_owned))
            .collect(),
        purposes: object.list("purposes").iter().filter_map(purpose).collect(),
        jwks: object.get("jwks").map(|node| node.value.clone()),
        jwks_uri: object.text("jwks_uri"),
        limits: service_accounts::Limits {
            requests_per_minute: limit(&object, "requests_per_minute"),
            tokens_per_day: limit(&object, "tokens_per_day"),
        },
    };
    let account = ServiceAccount {
        path: node.path.clone(),
        id: object.id("id"),
        name: object.required("name"),
        keys: object.list("api_keys").iter().filter_map(api_key).collect(),
        registration,
    };
    object.finish();
    Some(account)
}

fn limit(object: &Object<'_>, name: &'static str) -> Option<u32> {
    let given = object.get(name)?;
    let number = given.value.as_u64().and_then(|n| u32::try_from(n).ok());
    let limit = number.filter(|n| service_accounts::Limits::BOUNDS.contains(n));
    if limit.is_none() {
        object.fault(name, "is not a number from 1 to 100000000");
    }
    limit
}

/// How the secret of a key is given.
const KEY_SECRET: [&str; 3] = ["secret", "secret_hash", "secret_file"];

fn api_key(node: &Node<'_>) -> Option<ApiKey> {
    let object = node.object()?;
    let (name, secret) = (object.required("name"), secret(&object, KEY_SECRET));
    let expires_at = object.moment("expires_at");
    if expires_at.is_none() && !object.map.contains_key("expires_at") {
        object.fault("expires_at", "is missing");
    }
    if secret.is_none() && !is_given(&object, KEY_SECRET) {
        object.fault("secret", "is missing");
    }
    let id = object.id("id");
    object.finish();
    Some(ApiKey {
        path: node.path.clone(),
        id,
        name,
        secret: secret?,
        expires_at: expires_at?,
    })
}

/// Scopes as one text or a list.
pub(super) fn scopes(object: &Object<'_>, name: &'static str) -> ScopeSet {
    let Some(node) = object.get(name) else {
        return ScopeSet::default();
    };
    match serde_json::from_value(node.value.clone()) {
        Ok(scopes) => scopes,
        Err(error) => {
            node.fault(error.to_string());
            ScopeSet::default()
        }
    }
}

/// Fields of a client that are ours or a secret; all others are its registration.
const OWN: [&str; 6] = [
    "client_id",
    "name",
    "status",
    "client_secret",
    "client_secret_hash",
    "client_secret_file",
];

/// How the secret of a client is given.
const CLIENT_SECRET: [&str; 3] = ["client_secret", "client_secret_hash", "client_secret_file"];

fn client(node: &Node<'_>) -> Option<Client> {
    let object = node.object()?;
    let (id, name) = (object.required("client_id"), object.text("name"));
    if id.parse::<crate::id::AccountId>().is_ok() || uuid::Uuid::try_parse(&id).is_ok() {
        object.fault("client_id", "must not look like a UUID");
    }
    if !id.chars().all(|c| c.is_ascii_graphic()) || id.len() > 255 {
        object.fault(
            "client_id",
            "expected up to 255 printable ASCII characters without spaces",
        );
    }
    let status = object.get("status").and_then(|node| {
        node.parse("\"active\" or \"disabled\"", |text| match text {
            "active" => Some(true),
            "disabled" => Some(false),
            _ => None,
        })
    });
    let secret = secret(&object, CLIENT_SECRET);
    let registration = registration(&object)?;
    for fault in registration.faults() {
        object.fault(&fault.field, fault.reason);
    }
    use crate::clients::AuthMethod as Method;
    let needs_secret = matches!(
        registration.auth_method(),
        Method::ClientSecretBasic | Method::ClientSecretPost
    );
    match (needs_secret, &secret) {
        (true, None) if !is_given(&object, CLIENT_SECRET) => {
            object.fault("client_secret", "is missing");
        }
        (false, Some(_)) => object.fault(
            "client_secret",
            "this client does not prove itself by a secret",
        ),
        _ => {}
    }
    Some(Client {
        path: node.path.clone(),
        name: name
            .filter(|name| !name.trim().is_empty())
            .unwrap_or_else(|| id.clone()),
        id,
        is_active: status.unwrap_or(true),
        registration,
        secret,
    })
}

/// Reads the registration one field at a time first, so that every fault has its name.
fn registration(object: &Object<'_>) -> Option<Registration> {
    let fields: Map<String, Value> = object
        .map
        .iter()
        .filter(|(name, _)| !OWN.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let mut is_sound = true;
    if !fields.contains_key("type") {
        object.fault("type", "is missing; public or confidential");
        is_sound = false;
    }
    for (name, value) in &fields {
        let mut alone = Map::from_iter([(name.clone(), value.clone())]);
        if name != "type" {
            alone.insert("type".to_owned(), Value::String("public".to_owned()));
        }
        if let Err(error) = serde_json::from_value::<Registration>(Value::Object(alone)) {
            object.fault(name, error.to_string());
            is_sound = false;
        }
    }
    match is_sound {
        true => serde_json::from_value(Value::Object(fields)).ok(),
        false => None,
    }
}
