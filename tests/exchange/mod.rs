//! Acting for somebody else by token exchange (RFC 8693, DOMAIN.md 10).
mod delegations;
mod family;
mod hcps;
mod machines;
mod owners;
mod story;
mod walk;

use crate::{
    api::Api,
    harness::{App, Browser, Server, Tokens},
};

/// Who is there besides the clinic's people, and a trusted application.
const CLINIC: &str = include_str!("clinic.toml");
const HUB: &str = "hub-app";
const ANN: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a11";
const TOM: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a12";
pub(crate) const OLGA: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a21";
const OSCAR: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a22";
const DINA: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a23";
const OTTO: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a31";
const SCRIBE: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0b02";
const REPORTER: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0b03";
const FOREIGN: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0b04";
const NOBODY: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0aff";

pub(crate) const SUBJECT: &str = "urn:tutela:token-type:subject";
const HCP_TOKEN: &str = "urn:tutela:token-type:hcp-token";
pub(crate) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

pub(crate) async fn clinic() -> Server {
    let server = Server::spawn().await;
    server.apply(CLINIC).await;
    server
}

pub(crate) fn hub(server: &Server) -> App {
    App::trusted(server, HUB)
}

/// Tokens of `app` for `subject`, chosen by `username` where there is a choice.
async fn sign_in(
    server: &Server,
    app: &App,
    (username, subject): (&str, &str),
    scope: &str,
) -> Tokens {
    let browser = Browser::new(&server.url);
    let mut page = browser.open(&app.authorize(scope, &[])).await;
    page = browser.sign_in(&page, username).await;
    if page.has("id=\"chooser-form\"") {
        page = browser.choose(&page, subject).await;
    }
    if page.has("id=\"consent-form\"") {
        page = browser.decide(&page, "allow").await;
    }
    let tokens = app.redeem(&page.answer()["code"]).await;
    assert_eq!(tokens.status, 200, "{:?}", tokens.body);
    tokens
}

/// The `sub` of whoever signs in with the address.
pub(crate) async fn account(server: &Server, address: &str) -> String {
    let mut tx = server.write().await;
    let row: (String,) = tx
        .query("SELECT account_id FROM login_identifiers WHERE value_norm = $1")
        .bind(address)
        .one()
        .await
        .unwrap();
    row.0
}

/// A machine's own token.
pub(crate) async fn own_token(app: &App) -> String {
    let tokens = app
        .post("/token", &[("grant_type", "client_credentials")])
        .await;
    tokens.access().to_owned()
}

/// The API with one of the hub's tokens for it.
pub(crate) async fn api(server: &Server, username: &str, scope: &str) -> Api {
    let (app, browser) = (hub(server), Browser::new(&server.url));
    let resource = format!("{}/api", server.url);
    let page = browser
        .open(&app.authorize(scope, &[("resource", &resource)]))
        .await;
    let page = browser.sign_in(&page, username).await;
    let tokens = app.redeem(&page.answer()["code"]).await;
    Api::bearer(server, tokens.access())
}

/// Asks to act for `subject` by `actor_token`; `changes` replace or, when empty, remove
/// parameters.
async fn exchange(app: &App, subject: &str, actor_token: &str, changes: &[(&str, &str)]) -> Tokens {
    let mut fields = vec![
        (
            "grant_type",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ),
        ("subject_token", subject),
        ("subject_token_type", SUBJECT),
        ("actor_token", actor_token),
        ("actor_token_type", ACCESS_TOKEN),
    ];
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
    }
    app.post("/token", &fields).await
}
