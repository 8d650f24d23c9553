//! Whoever is deactivated is refused by the next request, in every flow (SECURITY.md 1.11).
use serde_json::{Value, json};

use super::SCOPE;
use crate::{
    api::{Api, STAFF},
    harness::{App, BOT, Browser, CLINIC, EMILY, JOHN, Server, Tokens},
};

const ORG: &str = "/organizations/7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001";
const MACHINES: &str = "service_accounts:read service_accounts:write";

async fn clinic() -> Server {
    let server = Server::spawn().await;
    let scopes = "accounts:support";
    let staff = STAFF.replace(scopes, &format!("{scopes} {MACHINES}"));
    server.apply(&staff).await;
    server
}

async fn olga(server: &Server) -> Api {
    let scope = format!("openid consumers:read consumers:write users:read users:write {MACHINES}");
    Api::console(server, "olga@example.test", &scope).await
}

/// Everything somebody holds through an application: a code, tokens, a session.
struct Held {
    app: App,
    browser: Browser,
    code: String,
    tokens: Tokens,
}

impl Held {
    async fn by(app: App, server: &Server, (who, subject): (&str, &str), scope: &str) -> Self {
        let browser = Browser::new(&server.url);
        let page = browser.open("/sign-in").await;
        browser.sign_in(&page, who).await;
        let first = code(&app, &browser, subject, scope).await;
        let tokens = app.redeem(&first).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        let code = code(&app, &browser, subject, scope).await;
        let held = Self {
            app,
            browser,
            code,
            tokens,
        };
        assert_eq!(held.app.userinfo(held.tokens.access()).await.status, 200);
        held
    }

    /// Nothing of it opens anything.
    async fn is_worth_nothing(&self, witness: &App, what: &str) {
        let redeemed = self.app.redeem(&self.code).await;
        assert!(redeemed.status >= 400, "{what}: code {redeemed:?}");
        let refreshed = self.app.refresh(self.tokens.refresh()).await;
        assert!(refreshed.status >= 400, "{what}: refresh {refreshed:?}");
        let told = self.app.userinfo(self.tokens.access()).await;
        assert_eq!(told.status, 401, "{what}: userinfo");
        let seen = witness.introspect(self.tokens.access()).await;
        assert_ne!(seen["active"], true, "{what}: introspection");
        let silent = [("prompt", "none")];
        let page = self
            .browser
            .get(&self.app.authorize("openid", &silent))
            .await;
        let is_code = page
            .location()
            .is_some_and(|url| url.query_pairs().any(|(name, _)| name == "code"));
        assert!(!is_code, "{what}: a new code");
    }
}

async fn code(app: &App, browser: &Browser, subject: &str, scope: &str) -> String {
    let mut page = browser.open(&app.authorize(scope, &[])).await;
    if page.has("id=\"chooser-form\"") {
        page = browser.choose(&page, subject).await;
    }
    if page.has("id=\"consent-form\"") {
        page = browser.decide(&page, "allow").await;
    }
    page.answer()["code"].clone()
}

async fn johns(server: &Server, subject: &str) -> Held {
    let app = App::family(server);
    Held::by(app, server, ("john@example.test", subject), SCOPE).await
}

async fn is_signed_out(browser: &Browser) -> bool {
    let page = browser.get("/account").await;
    page.location().is_some_and(|url| url.path() == "/sign-in")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_person_is_refused_for_himself_and_for_others() {
    let server = clinic().await;
    let (own, childs) = (johns(&server, JOHN).await, johns(&server, EMILY).await);
    let change = olga(&server).await;
    let place = format!("{ORG}/consumers/{JOHN}");
    let done = change
        .patch(&place, json!({"status": "suspended"}), "")
        .await;
    assert_eq!(done.status, 200, "{done:?}");
    let witness = App::portal(&server);
    own.is_worth_nothing(&witness, "his own").await;
    childs.is_worth_nothing(&witness, "for his daughter").await;
    assert!(is_signed_out(&own.browser).await);
    // Even his password opens nothing, and nothing says why.
    let browser = Browser::new(&server.url);
    let page = browser.open("/sign-in").await;
    assert!(
        browser
            .sign_in(&page, "john@example.test")
            .await
            .has("login-form")
    );
    // The child is not suspended with him: what he held for her does not come back either.
    let done = change.patch(&place, json!({"status": "active"}), "").await;
    assert_eq!(done.status, 200);
    let again = childs.app.refresh(childs.tokens.refresh()).await;
    assert_eq!(again.error(), "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_child_is_nobodys_subject() {
    let server = clinic().await;
    let (own, childs) = (johns(&server, JOHN).await, johns(&server, EMILY).await);
    let place = format!("{ORG}/consumers/{EMILY}");
    let change = json!({"status": "suspended"});
    let done = olga(&server).await.patch(&place, change, "").await;
    assert_eq!(done.status, 200, "{done:?}");
    let redeemed = childs.app.redeem(&childs.code).await;
    assert_eq!(redeemed.error(), "invalid_grant");
    let refreshed = childs.app.refresh(childs.tokens.refresh()).await;
    assert_eq!(refreshed.error(), "invalid_grant");
    assert_eq!(
        childs.app.userinfo(childs.tokens.access()).await.status,
        401
    );
    // Her father goes on for himself.
    assert_eq!(own.app.refresh(own.tokens.refresh()).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_on_hold_is_refused_and_signed_out() {
    let server = clinic().await;
    let sarah = ("sarah@example.test", "");
    let scope = "openid profile roles offline_access";
    let held = Held::by(App::portal(&server), &server, sarah, scope).await;
    let info = held.app.userinfo(held.tokens.access()).await.body;
    let id = info["sub"].as_str().unwrap();
    let place = format!("{ORG}/members/{id}");
    let change = json!({"status": "suspended"});
    let done = olga(&server).await.patch(&place, change, "").await;
    assert_eq!(done.status, 200, "{done:?}");
    held.is_worth_nothing(&App::portal(&server), "on hold")
        .await;
    assert!(is_signed_out(&held.browser).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_client_is_refused_with_everything_it_holds() {
    let server = clinic().await;
    let held = johns(&server, EMILY).await;
    let name = "client_id = \"family-app\"\n";
    let disabled = CLINIC.replace(name, &format!("{name}status = \"disabled\"\n"));
    server.apply(&disabled).await;
    let redeemed = held.app.redeem(&held.code).await;
    assert_eq!((redeemed.status, redeemed.error()), (401, "invalid_client"));
    held.is_worth_nothing(&App::portal(&server), "a client")
        .await;
    let page = held.browser.open(&held.app.authorize(SCOPE, &[])).await;
    assert_eq!((page.status, page.location()), (400, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_and_nothing_acts_in_a_suspended_organization() {
    let server = clinic().await;
    let held = johns(&server, EMILY).await;
    let bot = App::bot(&server);
    let itself = [("grant_type", "client_credentials")];
    assert_eq!(bot.post("/token", &itself).await.status, 200);
    let api = olga(&server).await;
    let name = "name = \"Example Clinic\"\n";
    let suspended = CLINIC.replace(name, &format!("{name}status = \"suspended\"\n"));
    server.apply(&suspended).await;
    held.is_worth_nothing(&App::portal(&server), "the clinic")
        .await;
    assert!(bot.post("/token", &itself).await.status >= 400);
    let listed = api.get(&format!("{ORG}/consumers")).await;
    assert!(matches!(listed.status, 401 | 403 | 404), "{listed:?}");
    // A second run says nothing new; put back, people sign in as before.
    server.apply(&suspended).await;
    let active = CLINIC.replace(name, &format!("{name}status = \"active\"\n"));
    server.apply(&active).await;
    johns(&server, EMILY).await;
    assert_eq!(bot.post("/token", &itself).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_machine_and_a_deleted_key_are_refused_and_their_tokens_end() {
    let itself = [("grant_type", "client_credentials")];
    for (what, status, place) in [
        ("disabled", json!({"status": "disabled"}), String::new()),
        ("its key", Value::Null, "/api-keys".to_owned()),
    ] {
        let server = clinic().await;
        let (bot, witness) = (App::bot(&server), App::portal(&server));
        let tokens = bot.post("/token", &itself).await;
        let seen = witness.introspect(tokens.access()).await;
        assert_eq!(seen["active"], true);
        let api = olga(&server).await;
        let place = format!("{ORG}/service-accounts/{BOT}{place}");
        let done = match status {
            Value::Null => {
                let keys = api.get(&place).await;
                let id = keys.body["items"][0]["id"].as_str().unwrap().to_owned();
                api.delete(&format!("{place}/{id}")).await
            }
            change => api.patch(&place, change, "").await,
        };
        assert!(done.status < 300, "{what}: {done:?}");
        let refused = bot.post("/token", &itself).await;
        let told = (refused.status, refused.error());
        assert_eq!(told, (401, "invalid_client"), "{what}");
        let seen = witness.introspect(tokens.access()).await;
        assert_eq!(seen["active"], false, "{what}");
    }
}
