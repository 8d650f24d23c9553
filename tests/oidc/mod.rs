//! Discovery, keys, UserInfo, signing out.
mod encrypted;

use serde_json::Value;

use crate::harness::{App, Browser, EMILY, Server};

async fn json(server: &Server, path: &str) -> Value {
    let answer = reqwest::get(format!("{}{path}", server.url)).await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    assert_eq!(
        answer.headers()["access-control-allow-origin"],
        "*",
        "{path}"
    );
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_documents_are_the_same_and_every_endpoint_answers() {
    let server = Server::spawn().await;
    let oidc = json(&server, "/.well-known/openid-configuration").await;
    let oauth = json(&server, "/.well-known/oauth-authorization-server").await;
    assert_eq!(oidc, oauth);
    let smart = json(&server, "/.well-known/smart-configuration").await;
    assert_eq!(smart["token_endpoint"], oidc["token_endpoint"]);
    assert!(
        smart["capabilities"]
            .as_array()
            .unwrap()
            .contains(&"launch-standalone".into())
    );
    assert_eq!(oidc["issuer"], server.url.as_str());
    for (name, value) in oidc.as_object().unwrap() {
        let Some(url) = value
            .as_str()
            .filter(|_| name.ends_with("_endpoint") || name == "jwks_uri")
        else {
            continue;
        };
        let status = reqwest::get(url).await.unwrap().status().as_u16();
        assert!([200, 400, 401, 405].contains(&status), "{name} {status}");
    }
    let jwks = json(&server, "/jwks").await;
    let algs: Vec<_> = jwks["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|k| k["alg"].clone())
        .collect();
    for alg in oidc["id_token_signing_alg_values_supported"]
        .as_array()
        .unwrap()
    {
        assert!(algs.contains(alg), "{alg}");
    }
    assert!(!jwks.to_string().contains("\"d\""));
    let resource = json(&server, "/.well-known/oauth-protected-resource").await;
    assert_eq!(resource["resource"], format!("{}/api", server.url));
}

#[tokio::test(flavor = "multi_thread")]
async fn userinfo_takes_a_live_token_in_the_header_or_the_form() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let tokens = app
        .redeem(&app.code(&browser, crate::oauth::SCOPE, EMILY).await)
        .await;
    let url = format!("{}/userinfo", server.url);
    let http = reqwest::Client::new();
    let token = tokens.access();
    assert_eq!(
        http.post(&url)
            .form(&[("access_token", token)])
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!(
        http.post(&url)
            .bearer_auth(token)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    let both = http
        .post(&url)
        .bearer_auth(token)
        .form(&[("access_token", token)])
        .send()
        .await
        .unwrap();
    assert_eq!(both.status(), 400);
    let by_query = http
        .get(format!("{url}?access_token={token}"))
        .send()
        .await
        .unwrap();
    assert_eq!(by_query.status(), 401);
    for wrong in [
        "x",
        &token[..token.len() - 1],
        &format!("{token}A"),
        tokens.body["id_token"].as_str().unwrap(),
    ] {
        let answer = http.get(&url).bearer_auth(wrong).send().await.unwrap();
        assert_eq!(answer.status(), 401);
        let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    }
    let machine = App::bot(&server)
        .post("/token", &[("grant_type", "client_credentials")])
        .await;
    assert_eq!(app.userinfo(machine.access()).await.status, 403);
    server.later(301);
    assert_eq!(app.userinfo(token).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_can_be_given_back() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let tokens = app
        .redeem(&app.code(&browser, crate::oauth::SCOPE, EMILY).await)
        .await;
    let foreign = App::portal(&server)
        .post("/revoke", &[("token", tokens.refresh())])
        .await;
    assert_eq!(foreign.status, 200);
    assert_eq!(app.userinfo(tokens.access()).await.status, 200);
    assert_eq!(
        app.post("/revoke", &[("token", tokens.access())])
            .await
            .status,
        200
    );
    assert_eq!(app.userinfo(tokens.access()).await.status, 401);
    let next = app.refresh(tokens.refresh()).await;
    assert_eq!(next.status, 200);
    assert_eq!(
        app.post("/revoke", &[("token", next.refresh())])
            .await
            .status,
        200
    );
    assert_eq!(app.refresh(next.refresh()).await.error(), "invalid_grant");
    assert_eq!(app.userinfo(next.access()).await.status, 401);
    assert_eq!(
        app.post("/revoke", &[("token", "made up")]).await.status,
        200
    );
    assert_eq!(app.post("/revoke", &[]).await.error(), "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_signs_its_person_out_and_gets_him_back() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let tokens = app
        .redeem(&app.code(&browser, crate::oauth::SCOPE, EMILY).await)
        .await;
    let hint = tokens.body["id_token"].as_str().unwrap();
    let to = |uri: &str, hint: &str| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("id_token_hint", hint)
            .append_pair("post_logout_redirect_uri", uri);
        format!("/logout?{}&state=bye", query.finish())
    };
    let stranger = Browser::new(&server.url);
    let page = stranger.open(&to("https://evil.example/", hint)).await;
    assert!(page.has("You are signed out"));
    let page = browser.open(&to("http://127.0.0.1:7001/", hint)).await;
    assert_eq!(
        page.location().unwrap().as_str(),
        "http://127.0.0.1:7001/?state=bye"
    );
    assert!(browser.open("/account").await.has("id=\"login-form\""));
    assert_eq!(
        app.refresh(tokens.refresh()).await.status,
        200,
        "offline access stays"
    );
}
