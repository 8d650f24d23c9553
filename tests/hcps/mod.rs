//! The directory of HCPs.
mod capacity;
mod directories;
mod entries;
mod invitations;
mod keys;
mod search;
mod tokens;

use serde_json::{Value, json};

use crate::{
    api::client::{Answer, Api},
    harness::{App, Browser, Server},
};

pub(crate) const ORG: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001";
pub(crate) const DATABASE: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0101";
pub(crate) const OTHER_DATABASE: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0201";
/// People and things of `hcps.toml`.
const DIRECTORY: &str = include_str!("hcps.toml");
pub(crate) const ALL: &str = "openid org:read org:write audit:read hcp:read hcp:write hcp:delete hcp:import hcp:tokens hcp:keys";

pub(crate) async fn clinic() -> Server {
    let server = Server::spawn().await;
    server.apply(DIRECTORY).await;
    server
}

/// A member of staff at the console, with what of `scope` he may have.
pub(crate) async fn staff(server: &Server, username: &str, scope: &str) -> Api {
    at(server, &App::console(server), username, scope).await
}

async fn at(server: &Server, app: &App, username: &str, scope: &str) -> Api {
    let browser = Browser::new(&server.url);
    let page = browser.open(&app.authorize(scope, &[])).await;
    let page = browser.sign_in(&page, username).await;
    let tokens = app.redeem(&page.answer()["code"]).await;
    Api::bearer(server, tokens.access())
}

/// The OWNER of the clinic.
pub(crate) async fn olga(server: &Server) -> Api {
    staff(server, "olga@example.test", ALL).await
}

/// The OWNER of the other clinic.
pub(crate) async fn otto(server: &Server) -> Api {
    let app = App::other_console(server);
    at(server, &app, "otto@example.test", ALL).await
}

pub(crate) fn hcps(rest: &str) -> String {
    format!("/databases/{DATABASE}/hcps{rest}")
}

pub(crate) fn person(first: &str, last: &str, email: &str) -> Value {
    json!({"type": "professional", "first_name": first, "last_name": last, "email": email})
}

pub(crate) fn organization(name: &str) -> Value {
    json!({"type": "organization", "name": name})
}

/// `hcp` below `parent`.
fn below(mut hcp: Value, parent: &str) -> Value {
    hcp["parent_id"] = json!(parent);
    hcp
}

/// Makes an HCP and gives its id.
pub(crate) async fn make(api: &Api, hcp: Value) -> String {
    let made = api.post(&hcps(""), hcp).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    made.text("id")
}

/// The fields that do not fit, with their codes.
fn faults(answer: &Answer) -> Vec<(String, String)> {
    let errors = answer.body["errors"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    errors
        .iter()
        .map(|e| (text(&e["field"]), text(&e["code"])))
        .collect()
}

fn fault(field: &str, code: &str) -> Vec<(String, String)> {
    vec![(field.to_owned(), code.to_owned())]
}

/// Says that the person is the HCP.
async fn link(server: &Server, hcp: &str, account: &str) {
    let mut tx = server.write().await;
    tx.touch(tutela::store::Topic::People);
    tx.query("UPDATE hcps SET account_id = $2 WHERE id = $1")
        .bind(hcp)
        .bind(account)
        .run()
        .await
        .unwrap();
    tx.commit().await.unwrap();
}
