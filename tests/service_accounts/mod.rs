//! Machines and their keys by the JSON API, and what the platform's operator does.
mod keys;
mod limits;
mod load;
mod notices;
mod operator;
mod registered;
mod rotation;

use serde_json::{Value, json};

use crate::{
    api::Api,
    exchange,
    harness::{App, Server},
};

const PLACE: &str = "/organizations/7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001/service-accounts";
const BOTH: &str = "openid service_accounts:read service_accounts:write";

async fn olga(server: &Server) -> Api {
    exchange::api(server, "olga@example.test", BOTH).await
}

fn reminder(name: &str) -> Value {
    json!({
        "name": name, "modes": ["application", "provider"],
        "scopes": ["system/Appointment.rs", "hcp:read"], "purposes": ["HOPERAT"],
    })
}

/// A machine that Olga registers, and its first key.
async fn registered(server: &Server, name: &str) -> (String, String) {
    let olga = olga(server).await;
    let made = olga.post(PLACE, reminder(name)).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    let id = made.text("id");
    let key = key(server, &olga, &id, "first").await;
    (id, key)
}

async fn key(server: &Server, api: &Api, id: &str, name: &str) -> String {
    let body = json!({"name": name, "expires_at": server.moment(200 * 24 * 3600)});
    let made = api.post(&format!("{PLACE}/{id}/api-keys"), body).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    made.text("api_key")
}

/// The machine as an application; a test leaks two words for it.
fn app(server: &Server, id: &str, key: &str) -> App {
    let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    App::machine(server, leak(id), leak(key))
}
