//! What an organization takes away from its roles.
use serde_json::{Value, json};

use super::{ORG, at, clinic, console};
use crate::{
    api::Api,
    harness::{App, Browser, Page, Server},
};

/// All that INTAKE_STAFF may.
const INTAKE: [&str; 5] = [
    "hcp:read",
    "consumers:read",
    "consumers:write",
    "guardianships:read",
    "guardianships:write",
];

/// Ticks just these boxes of the role's page, and saves.
async fn tick(olga: &Browser, page: &Page, ticked: &[&str], ceiling: &str) -> Page {
    let read = page.attribute("name=\"read\"", "value");
    let mut fields = vec![("read", read.as_str()), ("ceiling", ceiling)];
    fields.extend(ticked.iter().map(|name| ("permissions", *name)));
    let saved = olga.submit(page, "role-form", &fields).await;
    olga.follow(saved).await
}

/// Whether the box is ticked.
fn is_ticked(page: &Page, permission: &str) -> bool {
    let (_, rest) = page
        .body
        .split_once(&format!("value=\"{permission}\""))
        .unwrap();
    rest.split_once('>').unwrap().0.contains(" checked")
}

/// Ina, with a token of the console for all that INTAKE_STAFF may.
async fn ina(server: &Server) -> Api {
    let (app, browser) = (App::console(server), Browser::new(&server.url));
    let scope = format!("openid {}", INTAKE.join(" "));
    let page = browser.open(&app.authorize(&scope, &[])).await;
    let page = browser.sign_in(&page, "ina@example.test").await;
    let page = browser.choose_kind(&page, "provider").await;
    let tokens = app.redeem(&page.answer()["code"]).await;
    Api::bearer(server, tokens.access())
}

/// Adds a consumer by the API: 201, or why not.
async fn adds(ina: &Api) -> u16 {
    let new = json!({"given_name": "Noa", "family_name": "New", "birth_date": "1999-01-01"});
    let place = format!("/organizations/{ORG}/consumers");
    ina.post(&place, new).await.status
}

/// DOMAIN.md 5, N-10: what is held now counts, not what the token says.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_from_a_role_is_gone_at_the_next_request_and_comes_back() {
    let server = clinic().await;
    let ina = ina(&server).await;
    assert_eq!(adds(&ina).await, 201);
    let (olga, _) = console(&server, "olga@example.test").await;
    let place = at("/roles/INTAKE_STAFF");
    let list = olga.open(&at("/roles")).await;
    assert!(list.has(&format!("href=\"{place}\"")) && !list.has("Less than usual"));
    let page = olga.open(&place).await;
    assert!(INTAKE.iter().all(|it| is_ticked(&page, it)));
    assert!(!page.has("value=\"org:write\"")); // what it has not is not offered

    let less: Vec<_> = INTAKE
        .into_iter()
        .filter(|it| *it != "consumers:write")
        .collect();
    let page = tick(&olga, &page, &less, "").await;
    assert!(page.has("Saved.") && !is_ticked(&page, "consumers:write"));
    assert_eq!(adds(&ina).await, 403);
    let consumers = format!("/organizations/{ORG}/consumers");
    assert_eq!(ina.get(&consumers).await.status, 200);
    assert!(olga.open(&at("/roles")).await.has("Less than usual"));
    let audited = server.audited().await;
    assert!(audited.contains(&("organization_changed".to_owned(), "done".to_owned())));

    let page = tick(&olga, &page, &INTAKE, "").await;
    assert!(is_ticked(&page, "consumers:write"));
    assert_eq!(adds(&ina).await, 201);
    assert!(!olga.open(&at("/roles")).await.has("Less than usual"));
}

/// DOMAIN.md 5: an organization's override can only remove.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_added_to_a_role_and_an_owner_can_undo_what_he_took_from_himself() {
    let server = clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let page = olga.open(&at("/roles/INTAKE_STAFF")).await;
    let mut more = INTAKE.to_vec();
    more.extend(["org:write", "platform:admin", "everything"]);
    let page = tick(&olga, &page, &more, "user/*.cruds").await;
    assert!(page.has("Saved.") && page.has("value=\"user/*.cruds\""));
    let scope = "openid consumers:read org:write user/Patient.cruds";
    let (app, browser) = (App::console(&server), Browser::new(&server.url));
    let asked = browser.open(&app.authorize(scope, &[])).await;
    let asked = browser.sign_in(&asked, "ina@example.test").await;
    let asked = browser.choose_kind(&asked, "provider").await;
    let tokens = app.redeem(&asked.answer()["code"]).await;
    let claims = crate::harness::claims(tokens.access());
    assert!(!claims["scope"].as_str().unwrap().contains("org:write"));

    for wrong in ["patient/*.rs", "org:write", "all of it"] {
        let refused = tick(&olga, &page, &INTAKE, wrong).await;
        assert_eq!(refused.status, 422, "{wrong}");
        assert!(refused.has("ceiling-error") && refused.has(&format!("value=\"{wrong}\"")));
    }

    let owner = olga.open(&at("/roles/OWNER")).await;
    let emptied = tick(&olga, &owner, &[], "").await;
    assert!(emptied.has("Saved.") && !is_ticked(&emptied, "users:write"));
    assert_eq!(olga.open(&at("/members/invite")).await.status, 403);
    let again = olga.open(&at("/roles")).await;
    assert!(again.has(&at("/roles/OWNER")));
    let all: Vec<String> = emptied
        .body
        .split("name=\"permissions\" value=\"")
        .skip(1)
        .map(|rest| rest.split_once('"').unwrap().0.to_owned())
        .collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    assert_eq!(all.len(), 21);
    tick(&olga, &emptied, &all, "").await;
    assert_eq!(olga.open(&at("/members/invite")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_narrowed_by_whoever_may_change_settings_freshly_and_with_open_eyes() {
    let server = clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let place = at("/roles/DISPATCH");
    let page = olga.open(&place).await;
    let first = tick(&olga, &page, &["hcp:read"], "").await;
    assert!(first.has("Saved."));
    let late = tick(&olga, &page, &[], "").await; // reads what was there before
    assert_eq!(late.status, 422);
    assert!(late.has("Somebody changed this meanwhile"));
    let looked = tick(&olga, &late, &["consumers:read"], "").await;
    assert!(looked.has("Saved.") && !is_ticked(&looked, "hcp:read"));

    assert_eq!(olga.open(&at("/roles/ADMIN")).await.status, 404);
    let (ina, _) = console(&server, "ina@example.test").await;
    assert_eq!(ina.open(&place).await.status, 403);
    let csrf = ina
        .open("/account")
        .await
        .attribute("name=\"csrf\"", "value");
    assert_eq!(ina.post(&place, &[("csrf", &csrf)]).await.status, 403);
    // Whoever sees users only has no way to it.
    let only_users: Value =
        json!({"settings": {"role_limits": {"OWNER": {"without": ["org:write"]}}}});
    let olgas = Api::console(&server, "olga@example.test", "openid org:write").await;
    let answer = olgas
        .patch(&format!("/organizations/{ORG}"), only_users, "")
        .await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let list = olga.open(&at("/roles")).await;
    assert_eq!(list.status, 200);
    assert!(!list.has(&place));
}

#[tokio::test(flavor = "multi_thread")]
async fn narrowing_a_role_asks_for_a_sign_in_of_the_last_ten_minutes() {
    let server = clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let page = olga.open(&at("/roles/DISPATCH")).await;
    server.later(11 * 60);
    let asked = tick(&olga, &page, &[], "").await;
    assert!(asked.has("id=\"login-form\""), "{}", asked.body);
    let now = olga.open(&at("/roles/DISPATCH")).await;
    assert!(is_ticked(&now, "hcp:read"));
}
