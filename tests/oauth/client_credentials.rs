//! Machines, and how clients prove who they are.
use serde_json::Value;

use crate::harness::{App, BOT, BOT_KEY, PORTAL_SECRET, Server, claims};

#[tokio::test(flavor = "multi_thread")]
async fn a_service_account_gets_a_token_for_itself() {
    let server = Server::spawn().await;
    let tokens = App::bot(&server)
        .post("/token", &[("grant_type", "client_credentials")])
        .await;
    assert_eq!(tokens.status, 200, "{:?}", tokens.body);
    assert_eq!(tokens.body["expires_in"], 300);
    assert_eq!(tokens.body.get("refresh_token"), None);
    assert_eq!(tokens.body.get("id_token"), None);
    let access = claims(tokens.access());
    assert_eq!(
        (&access["sub"], &access["client_id"]),
        (&Value::from(BOT), &Value::from(BOT))
    );
    assert_eq!(access["principal_type"], "service_account");
    assert_eq!(access["scope"], "system/Appointment.rs");
    assert_eq!(access["organization_name"], "Example Clinic");
    assert_eq!(access.get("auth_time"), None);
    let seen = App::portal(&server).introspect(tokens.access()).await;
    assert_eq!(seen["active"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_ends_its_tokens_at_once() {
    let server = Server::spawn().await;
    let bot = App::bot(&server);
    let tokens = bot
        .post("/token", &[("grant_type", "client_credentials")])
        .await;
    let mut tx = server.write().await;
    let keys: Vec<(tutela::id::ApiKeyId,)> =
        tx.query("SELECT id FROM api_keys").all().await.unwrap();
    tutela::service_accounts::revoke_key(&mut tx, keys[0].0)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        App::portal(&server).introspect(tokens.access()).await["active"],
        false
    );
    let refused = bot
        .post("/token", &[("grant_type", "client_credentials")])
        .await;
    assert_eq!((refused.status, refused.error()), (401, "invalid_client"));
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_and_resources_are_bounded_by_the_registration() {
    let server = Server::spawn().await;
    let ask = |fields: &'static [(&'static str, &'static str)]| {
        let bot = App::bot(&server);
        async move {
            let mut all = vec![("grant_type", "client_credentials")];
            all.extend_from_slice(fields);
            bot.post("/token", &all).await
        }
    };
    for (fields, error) in [
        (&[("scope", "system/Patient.rs")][..], "invalid_scope"),
        (&[("scope", "openid")], "invalid_scope"),
        (&[("scope", "nonsense")], "invalid_scope"),
        (
            &[("resource", "https://elsewhere.example")],
            "invalid_target",
        ),
        (
            &[
                ("resource", "https://fhir.example.test/r4"),
                ("resource", "https://fhir.example.test/r4"),
            ],
            "invalid_target",
        ),
        (
            &[
                ("scope", "system/Appointment.rs"),
                ("scope", "system/Appointment.rs"),
            ],
            "invalid_request",
        ),
    ] {
        let answer = ask(fields).await;
        assert_eq!((answer.status, answer.error()), (400, error), "{fields:?}");
    }
    let narrow = ask(&[("scope", "system/Appointment.r")]).await;
    assert_eq!(narrow.body["scope"], "system/Appointment.r");
    let api = ask(&[("resource", "")]).await;
    assert_eq!(claims(api.access())["aud"], "https://fhir.example.test/r4");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_with_a_clients_proof_the_answer_is_the_same() {
    let server = Server::spawn().await;
    let http = reqwest::Client::new();
    let token = format!("{}/token", server.url);
    let post = |user: &str, secret: &str| {
        http.post(&token)
            .basic_auth(user, Some(secret))
            .form(&[("grant_type", "client_credentials")])
    };
    let mut bodies = Vec::new();
    for (user, secret) in [
        ("nobody", "x"),
        (BOT, "wrong"),
        (BOT, ""),
        ("web-portal", "wrong"),
        ("family-app", "x"),
        ("7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0bff", BOT_KEY),
        ("web-portal\0", PORTAL_SECRET),
    ] {
        let answer = post(user, secret).send().await.unwrap();
        assert_eq!(answer.status(), 401, "{user}");
        assert!(
            answer.headers()["www-authenticate"]
                .to_str()
                .unwrap()
                .starts_with("Basic ")
        );
        bodies.push(answer.text().await.unwrap());
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    // A secret in the body is not how this client registered.
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "web-portal"),
        ("client_secret", PORTAL_SECRET),
    ];
    let answer = http.post(&token).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let both = post("web-portal", PORTAL_SECRET)
        .form(&form)
        .send()
        .await
        .unwrap();
    let both: Value = both.json().await.unwrap_or_default();
    assert_eq!(both["error"], "invalid_request");
    for header in ["Basic", "Basic !!!", "Basic YWJj", "Digest x"] {
        let broken = http
            .post(&token)
            .header("authorization", header)
            .form(&form[..1])
            .send()
            .await
            .unwrap();
        assert_eq!(broken.status(), 401, "{header}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_token_requests_get_the_exact_error() {
    let server = Server::spawn().await;
    let http = reqwest::Client::new();
    let token = format!("{}/token", server.url);
    let form = "application/x-www-form-urlencoded";
    let long = format!("grant_type={}", "x".repeat(70_000));
    for (kind, body, error) in [
        (form, "", "invalid_client"),
        (form, "client_id=family-app", "invalid_request"),
        (
            form,
            "client_id=family-app&grant_type=password",
            "unsupported_grant_type",
        ),
        (
            form,
            "client_id=family-app&grant_type=client_credentials",
            "unauthorized_client",
        ),
        (
            form,
            "client_id=family-app&grant_type=refresh_token",
            "invalid_request",
        ),
        (
            form,
            "client_id=family-app&client_id=family-app&grant_type=refresh_token",
            "invalid_request",
        ),
        (
            form,
            "client_id=family-app&grant_type=refresh_token&refresh_token=%00",
            "invalid_request",
        ),
        (
            form,
            "client_id=family-app&grant_type=refresh_token&refresh_token=%ff",
            "invalid_request",
        ),
        ("application/json", "{}", "invalid_request"),
        ("", "client_id=family-app", "invalid_request"),
        (form, &long, "invalid_request"),
    ] {
        let mut request = http.post(&token).body(body.to_owned());
        if !kind.is_empty() {
            request = request.header("content-type", kind);
        }
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_client_error(), "{body:.60}");
        let json: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(json["error"], error, "{body:.60}");
    }
}
