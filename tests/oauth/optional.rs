//! Scopes that a person may leave out, and registrations that change under way.
use super::SCOPE;
use crate::harness::{App, Browser, EMILY, Page, Server, claims};

const ASKED: &str = "openid launch/patient online_access profile patient/*.rs";

/// The clinic with a family app whose registration says so.
fn app_with(lines: &str) -> String {
    format!(
        r#"
[[organizations]]
id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001"
name = "Example Clinic"

[[organizations.clients]]
client_id = "family-app"
name = "Family app"
type = "public"
redirect_uris = ["http://127.0.0.1:7001/callback"]
grant_types = ["authorization_code", "refresh_token"]
allowed_principals = ["consumer"]
allowed_scopes = "openid profile launch/patient online_access patient/*.cruds offline_access"
{lines}
"#
    )
}

async fn consent_page(server: &Server, app: &App, browser: &Browser, scope: &str) -> Page {
    let page = browser.open(&app.authorize(scope, &[])).await;
    let page = browser.sign_in(&page, "john@example.test").await;
    let page = browser.choose(&page, EMILY).await;
    assert!(page.has("id=\"consent-form\""), "{}", page.body);
    assert!(page.url.as_str().starts_with(&server.url));
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_optional_has_a_box_and_is_granted_only_when_ticked() {
    let server = Server::spawn().await;
    let optional = r#"optional_scopes = "openid launch/patient online_access profile"
audiences = ["https://fhir.example.test/r4"]"#;
    server.apply(&app_with(optional)).await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let page = consent_page(&server, &app, &browser, ASKED).await;
    for scope in ["openid", "launch/patient", "online_access", "profile"] {
        let field = format!("type=\"checkbox\" name=\"scope\" value=\"{scope}\"");
        assert!(page.has(&field), "{scope}");
    }
    assert!(!page.has("value=\"patient/*.rs\""));
    let ticked = [("decision", "allow"), ("scope", "launch/patient")];
    let answer = browser.submit(&page, "consent-form", &ticked).await;
    let tokens = app
        .redeem(&browser.follow(answer).await.answer()["code"])
        .await;
    assert_eq!(tokens.body["scope"], "launch/patient patient/*.rs");
    assert_eq!(tokens.body["id_token"], serde_json::Value::Null);
    assert_eq!(tokens.body["refresh_token"], serde_json::Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_that_stops_being_optional_is_not_allowed_by_the_old_page() {
    let server = Server::spawn().await;
    let audiences = r#"audiences = ["https://fhir.example.test/r4"]"#;
    let optional = format!("optional_scopes = \"profile\"\n{audiences}");
    server.apply(&app_with(&optional)).await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let page = consent_page(&server, &app, &browser, ASKED).await;
    let shown = page.attribute("name=\"shown\"", "value");
    server.apply(&app_with(audiences)).await;
    let fields = [("decision", "allow"), ("shown", shown.as_str())];
    let answer = browser.submit(&page, "consent-form", &fields).await;
    let again = browser.follow(answer).await;
    assert!(again.has("id=\"consent-form\"")); // it is asked anew
    let allowed = browser.decide(&again, "allow").await;
    let tokens = app.redeem(&allowed.answer()["code"]).await;
    assert!(
        claims(tokens.access())["scope"]
            .as_str()
            .unwrap()
            .contains("profile")
    );
}

/// T-06: what was registered when the request began is not enough.
#[tokio::test(flavor = "multi_thread")]
async fn t06_a_resource_that_was_removed_gets_no_token_at_any_step() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let tokens = app.redeem(&app.code(&browser, SCOPE, EMILY).await).await;
    let code = app.code(&browser, SCOPE, EMILY).await;
    let page = browser.open(&app.authorize(SCOPE, &[])).await;
    server
        .apply(&app_with("audiences = [\"https://other.example.test/r4\"]"))
        .await;

    let chosen = browser.choose(&page, EMILY).await;
    assert_eq!((chosen.status, chosen.location()), (400, None));
    assert_eq!(app.redeem(&code).await.error(), "invalid_target");
    assert_eq!(
        app.refresh(tokens.refresh()).await.error(),
        "invalid_target"
    );
}

/// T-07: how somebody signed in, in the words of RFC 8176, and how sure that is.
#[tokio::test(flavor = "multi_thread")]
async fn t07_both_tokens_say_that_a_password_was_the_only_factor() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let tokens = app.redeem(&app.code(&browser, SCOPE, EMILY).await).await;
    let fresh = app.refresh(tokens.refresh()).await;
    for token in [
        tokens.access(),
        tokens.body["id_token"].as_str().unwrap(),
        fresh.access(),
    ] {
        let claims = claims(token);
        assert_eq!(claims["amr"], serde_json::json!(["pwd"]));
        assert_eq!(claims["acr"], "aal1");
    }
}
