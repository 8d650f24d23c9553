//! An application that uses the server.
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::Client;
use serde_json::Value;

use super::{Browser, Page, Server};

/// An application.
#[derive(Clone)]
pub(crate) struct App {
    http: Client,
    server: String,
    pub(crate) client_id: &'static str,
    secret: Option<&'static str>,
    pub(crate) redirect_uri: &'static str,
}

/// What the token endpoint answered.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) headers: reqwest::header::HeaderMap,
}

impl Tokens {
    pub(crate) fn error(&self) -> &str {
        self.body["error"].as_str().unwrap_or_default()
    }

    pub(crate) fn access(&self) -> &str {
        self.body["access_token"]
            .as_str()
            .unwrap_or_else(|| panic!("{:?}", self.body))
    }

    pub(crate) fn refresh(&self) -> &str {
        self.body["refresh_token"]
            .as_str()
            .unwrap_or_else(|| panic!("{:?}", self.body))
    }
}

/// What a JWT says, unverified.
pub(crate) fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// RFC 7636's own example.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

impl App {
    pub(crate) fn family(server: &Server) -> Self {
        Self::family_at(&server.url)
    }

    /// The family app of a server that runs as a process of its own.
    pub(crate) fn family_at(url: &str) -> Self {
        Self::new(url, "family-app", None, "http://127.0.0.1:7001/callback")
    }

    pub(crate) fn portal(server: &Server) -> Self {
        Self::portal_at(&server.url)
    }

    /// The portal of a server that runs as a process of its own.
    pub(crate) fn portal_at(url: &str) -> Self {
        let secret = Some(super::PORTAL_SECRET);
        Self::new(url, "web-portal", secret, "http://127.0.0.1:7002/callback")
    }

    /// What staff use: `tests/api/staff.toml`.
    pub(crate) fn console(server: &Server) -> Self {
        let secret = Some(super::PORTAL_SECRET);
        Self::new(
            &server.url,
            "console-app",
            secret,
            "http://127.0.0.1:7002/callback",
        )
    }

    /// The same at the other clinic: `tests/hcps/hcps.toml`.
    pub(crate) fn other_console(server: &Server) -> Self {
        let secret = Some(super::PORTAL_SECRET);
        let redirect_uri = "http://127.0.0.1:7002/callback";
        Self::new(&server.url, "other-console", secret, redirect_uri)
    }

    /// A confidential client that a test declared, with the portal's secret and address.
    pub(crate) fn trusted(server: &Server, client_id: &'static str) -> Self {
        let secret = Some(super::PORTAL_SECRET);
        let redirect_uri = "http://127.0.0.1:7002/callback";
        Self::new(&server.url, client_id, secret, redirect_uri)
    }

    /// A service account with its key.
    pub(crate) fn machine(server: &Server, id: &'static str, key: &'static str) -> Self {
        Self::new(&server.url, id, Some(key), "")
    }

    pub(crate) fn bot(server: &Server) -> Self {
        Self::new(&server.url, super::BOT, Some(super::BOT_KEY), "")
    }

    fn new(
        url: &str,
        client_id: &'static str,
        secret: Option<&'static str>,
        redirect_uri: &'static str,
    ) -> Self {
        Self {
            http: Client::new(),
            server: url.to_owned(),
            client_id,
            secret,
            redirect_uri,
        }
    }

    /// The address that starts an authorization request; `changes` replace or, when empty,
    /// remove parameters.
    pub(crate) fn authorize(&self, scope: &str, changes: &[(&str, &str)]) -> String {
        let mut parameters = vec![
            ("client_id", self.client_id),
            ("redirect_uri", self.redirect_uri),
            ("response_type", "code"),
            ("scope", scope),
            ("state", "s-1"),
            ("nonce", "n-1"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        for (name, value) in changes {
            parameters.retain(|(known, _)| known != name);
            if !value.is_empty() {
                parameters.push((name, value));
            }
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(parameters);
        format!("/authorize?{}", query.finish())
    }

    /// Posts to a back-channel endpoint as this application.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Tokens {
        let mut fields = fields.to_vec();
        let mut request = self.http.post(format!("{}{path}", self.server));
        match self.secret {
            Some(secret) => request = request.basic_auth(self.client_id, Some(secret)),
            None => fields.push(("client_id", self.client_id)),
        }
        let answer = request.form(&fields).send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        Tokens {
            status,
            headers,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
        }
    }

    /// Posts as this application to a server that may die meanwhile. `None`: no answer.
    pub(crate) async fn try_post(&self, path: &str, fields: &[(&str, &str)]) -> Option<Tokens> {
        let mut fields = fields.to_vec();
        fields.push(("client_id", self.client_id));
        let request = self
            .http
            .post(format!("{}{path}", self.server))
            .form(&fields);
        let answer = request.send().await.ok()?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = serde_json::from_str(&answer.text().await.ok()?).unwrap_or(Value::Null);
        Some(Tokens {
            status,
            body,
            headers,
        })
    }

    pub(crate) async fn redeem(&self, code: &str) -> Tokens {
        self.redeem_with(code, &[]).await
    }

    pub(crate) async fn redeem_with(&self, code: &str, changes: &[(&str, &str)]) -> Tokens {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        for (name, value) in changes {
            fields.retain(|(known, _)| known != name);
            if !value.is_empty() {
                fields.push((name, value));
            }
        }
        self.post("/token", &fields).await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Tokens {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.post("/token", &fields).await
    }

    /// Whether the token is worth something, as this application is told.
    pub(crate) async fn introspect(&self, token: &str) -> Value {
        self.post("/introspect", &[("token", token)]).await.body
    }

    pub(crate) async fn userinfo(&self, token: &str) -> Tokens {
        let request = self.http.get(format!("{}/userinfo", self.server));
        let answer = request.bearer_auth(token).send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        Tokens {
            status,
            headers,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
        }
    }

    /// From the first click to the answer at the application: John signs in, acts for
    /// `subject` and allows it.
    pub(crate) async fn obtain(&self, browser: &Browser, scope: &str, subject: &str) -> Page {
        let mut page = browser.open(&self.authorize(scope, &[])).await;
        if page.has("id=\"login-form\"") {
            page = browser.sign_in(&page, "john@example.test").await;
        }
        if page.has("id=\"chooser-form\"") {
            page = browser.choose(&page, subject).await;
        }
        if page.has("id=\"consent-form\"") {
            page = browser.decide(&page, "allow").await;
        }
        page
    }

    /// A code, obtained so.
    pub(crate) async fn code(&self, browser: &Browser, scope: &str, subject: &str) -> String {
        let page = self.obtain(browser, scope, subject).await;
        let answer = page.answer();
        answer
            .get("code")
            .unwrap_or_else(|| panic!("{answer:?}"))
            .clone()
    }
}
