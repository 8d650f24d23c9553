//! A client of the JSON API.
use reqwest::{Client, Method, RequestBuilder, header::HeaderMap};
use serde_json::Value;

use crate::harness::{App, Browser, Server, Tokens};

/// Calls the API with one token.
pub(crate) struct Api {
    http: Client,
    base: String,
    token: String,
}

/// What it answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// The JSON; null when there is no body.
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    pub(crate) fn text(&self, field: &str) -> String {
        self.body[field]
            .as_str()
            .unwrap_or_else(|| panic!("{field}: {:?}", self.body))
            .to_owned()
    }

    pub(crate) fn location(&self) -> &str {
        self.headers["location"].to_str().unwrap()
    }
}

impl Api {
    pub(crate) fn bearer(server: &Server, token: &str) -> Self {
        Self {
            http: Client::new(),
            base: format!("{}/api/v1", server.url),
            token: token.to_owned(),
        }
    }

    /// As a person who looks after his own account.
    pub(crate) async fn person(server: &Server, username: &str, account: &str) -> Self {
        Self::scoped(server, username, account, "openid account").await
    }

    /// As a member of staff at the console: `tests/hcps/hcps.toml`.
    pub(crate) async fn console(server: &Server, username: &str, scope: &str) -> Self {
        let (app, browser) = (App::console(server), Browser::new(&server.url));
        let page = browser.open(&app.authorize(scope, &[])).await;
        let page = browser.sign_in(&page, username).await;
        let tokens = app.redeem(&page.answer()["code"]).await;
        Self::bearer(server, tokens.access())
    }

    /// With other scopes for the API.
    pub(crate) async fn scoped(server: &Server, username: &str, who: &str, scope: &str) -> Self {
        let api = format!("{}/api", server.url);
        let tokens = tokens(server, username, who, scope, &api).await;
        Self::bearer(server, tokens.access())
    }

    /// Its token.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, Value::Null, "").await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, body, "").await
    }

    /// Posts with an `Idempotency-Key`.
    pub(crate) async fn post_once(&self, path: &str, body: Value, key: &str) -> Answer {
        let headers = [("idempotency-key", key)];
        self.send_with(Method::POST, path, body, &headers).await
    }

    pub(crate) async fn delete_if(&self, path: &str, if_match: &str) -> Answer {
        self.send(Method::DELETE, path, Value::Null, if_match).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, body, "").await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, Value::Null, "").await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value, if_match: &str) -> Answer {
        self.send(Method::PATCH, path, body, if_match).await
    }

    /// Posts a form with `file` in it.
    pub(crate) async fn upload(&self, path: &str, name: &str, file: &[u8]) -> Answer {
        const BOUNDARY: &str = "b0unDary-of-a-form";
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        let end = format!("\r\n--{BOUNDARY}--\r\n");
        let body = [head.as_bytes(), file, end.as_bytes()].concat();
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let request = self.http.post(format!("{}{path}", self.base));
        let request = request.header("content-type", kind).body(body);
        self.answer(request).await
    }

    /// The text of an answer that is no JSON.
    pub(crate) async fn text(&self, path: &str) -> String {
        let request = self.http.get(format!("{}{path}", self.base));
        let answer = request.bearer_auth(&self.token).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.text().await.unwrap()
    }

    async fn send(&self, method: Method, path: &str, body: Value, if_match: &str) -> Answer {
        let headers: &[(&str, &str)] = match if_match {
            "" => &[],
            tag => &[("if-match", tag)],
        };
        self.send_with(method, path, body, headers).await
    }

    pub(crate) async fn send_with(
        &self,
        method: Method,
        path: &str,
        body: Value,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if !body.is_null() {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.answer(request).await
    }

    async fn answer(&self, request: RequestBuilder) -> Answer {
        let answer = request.bearer_auth(&self.token).send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        Answer {
            status,
            headers,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
        }
    }
}

/// Tokens of the portal for `who`, whom `username` chooses where there is a choice.
pub(crate) async fn tokens(
    server: &Server,
    username: &str,
    who: &str,
    scope: &str,
    resource: &str,
) -> Tokens {
    let (app, browser) = (App::portal(server), Browser::new(&server.url));
    let page = browser
        .open(&app.authorize(scope, &[("resource", resource)]))
        .await;
    let mut page = browser.sign_in(&page, username).await;
    if page.has("id=\"chooser-form\"") {
        page = browser.choose(&page, who).await;
    }
    app.redeem(&page.answer()["code"]).await
}
