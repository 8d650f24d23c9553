//! What is asked of the server, again and again, and the least that each can cost.
use std::{pin::Pin, sync::Arc};

use serde_json::Value;

use super::{
    browser::Client,
    floor::Part,
    server::{BOT, SARAH, Server},
};

/// A request, or a few that belong together, under way.
pub(super) type Asking = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;

/// What is asked.
pub(super) struct Operation {
    pub(super) name: &'static str,
    /// The least that it can cost: these, one after the other.
    pub(super) floor: &'static [Part],
    pub(super) goal: Goal,
    /// How often it is asked in a round: for half a second of CPU or so.
    pub(super) times: usize,
    pub(super) ask: fn(Arc<Server>, usize) -> Asking,
}

/// What it may cost.
#[derive(Clone, Copy)]
pub(super) enum Goal {
    /// So many times its floor.
    Ratio(f64),
    /// So many microseconds on the machine on which the budgets were set.
    Micros(f64),
}

/// Everything that has a budget.
pub(super) const ALL: [Operation; 9] = [
    Operation {
        name: "client_credentials ES256",
        floor: &[Part::Sign("ES256", 1)],
        goal: Goal::Ratio(1.4),
        times: 15_000,
        ask: |server, _| Box::pin(own_token(server, "https://fhir.example.test/r4")),
    },
    Operation {
        name: "client_credentials EdDSA",
        floor: &[Part::Sign("EdDSA", 1)],
        goal: Goal::Ratio(1.6),
        times: 15_000,
        ask: |server, _| Box::pin(own_token(server, "https://eddsa.example")),
    },
    Operation {
        name: "client_credentials RS256",
        floor: &[Part::Sign("RS256", 1)],
        goal: Goal::Ratio(1.08),
        times: 3_000,
        ask: |server, _| Box::pin(own_token(server, "https://rs256.example")),
    },
    Operation {
        name: "userinfo",
        floor: &[Part::Get],
        goal: Goal::Micros(10.0),
        times: 40_000,
        ask: |server, _| Box::pin(user_info(server)),
    },
    Operation {
        name: "introspection",
        floor: &[Part::Post],
        goal: Goal::Micros(12.0),
        times: 40_000,
        ask: |server, _| Box::pin(introspection(server)),
    },
    Operation {
        name: "code flow, two tokens",
        floor: &[Part::Get, Part::Sign("ES256", 2), Part::Statements(3)],
        goal: Goal::Micros(200.0),
        times: 2_500,
        ask: |server, _| Box::pin(code_flow(server)),
    },
    Operation {
        name: "refresh",
        floor: &[Part::Sign("ES256", 1), Part::Statements(2)],
        goal: Goal::Micros(100.0),
        times: 5_000,
        ask: |server, n| Box::pin(refresh(server, n, Some("patient/*.rs offline_access"))),
    },
    Operation {
        name: "refresh with an ID token",
        floor: &[Part::Sign("ES256", 2), Part::Statements(2)],
        goal: Goal::Micros(120.0),
        times: 5_000,
        ask: |server, n| Box::pin(refresh(server, n, None)),
    },
    Operation {
        name: "exchange by a machine",
        floor: &[Part::Sign("ES256", 1)],
        goal: Goal::Ratio(4.0),
        times: 5_000,
        ask: |server, _| Box::pin(exchange(server)),
    },
];

/// `client_credentials` by API key.
async fn own_token(server: Arc<Server>, resource: &str) -> anyhow::Result<()> {
    let form = [("grant_type", "client_credentials"), ("resource", resource)];
    let request = server.http.post(server.at("/token")).form(&form);
    answered(request.basic_auth(BOT.0, Some(BOT.1))).await
}

async fn user_info(server: Arc<Server>) -> anyhow::Result<()> {
    let request = server.http.get(server.at("/userinfo"));
    let token = server.tokens.read().await.access.clone();
    answered(request.bearer_auth(token)).await
}

async fn introspection(server: Arc<Server>) -> anyhow::Result<()> {
    let request = server.http.post(server.at("/introspect"));
    let token = server.tokens.read().await.access.clone();
    answered(Client::PORTAL.proven(request, vec![("token", &token)])).await
}

/// On the existing session, without a page; two requests.
async fn code_flow(server: Arc<Server>) -> anyhow::Result<()> {
    server.browser.again(&server.id_token).await.map(drop)
}

/// The family's next token. Only the access token is narrowed to `scope`.
async fn refresh(server: Arc<Server>, n: usize, scope: Option<&str>) -> anyhow::Result<()> {
    let mut current = server.families[n % server.families.len()].lock().await;
    let mut form = vec![
        ("grant_type", "refresh_token"),
        ("refresh_token", current.as_str()),
    ];
    form.extend(scope.map(|scope| ("scope", scope)));
    let request = Client::FAMILY_APP.proven(server.http.post(server.at("/token")), form);
    let answer = request.send().await?.error_for_status()?;
    let tokens: Value = serde_json::from_slice(&answer.bytes().await?)?;
    let next = tokens["refresh_token"].as_str().unwrap_or_default();
    anyhow::ensure!(
        tokens["id_token"].is_string() == scope.is_none(),
        "other tokens"
    );
    *current = next.to_owned();
    Ok(())
}

/// A service account acts for the provider who delegated.
async fn exchange(server: Arc<Server>) -> anyhow::Result<()> {
    let token = server.tokens.read().await.machine.clone();
    let form = [
        (
            "grant_type",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ),
        ("subject_token", SARAH),
        ("subject_token_type", "urn:tutela:token-type:subject"),
        ("actor_token", &token),
        (
            "actor_token_type",
            "urn:ietf:params:oauth:token-type:access_token",
        ),
    ];
    let request = server.http.post(server.at("/token")).form(&form);
    answered(request.basic_auth(BOT.0, Some(BOT.1))).await
}

async fn answered(request: reqwest::RequestBuilder) -> anyhow::Result<()> {
    let answer = request.send().await?.error_for_status()?;
    answer.bytes().await?;
    Ok(())
}
