//! Two nodes on one PostgreSQL (SECURITY.md 1.1, 1.5, 1.7, 5.2, 9.1, 10). On SQLite, which
//! serves one node, there is nothing to see here.
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tutela::audit::{self, Sealer};

use super::{
    SCOPE,
    client_auth::{assertion, prove, with_keys},
};
use crate::harness::{App, Browser, EMILY, Server, Signer};

/// Two nodes, or none on SQLite.
async fn nodes() -> Option<[Server; 2]> {
    std::env::var("TEST_POSTGRES").ok()?;
    let first = Server::spawn().await;
    let second = first.another().await;
    Some([first, second])
}

/// Waits until `holds`, for as long as other nodes' changes may take to be seen and more.
async fn eventually<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let met = async {
        while !holds().await {
            tokio::task::yield_now().await;
        }
    };
    let bound = Duration::from_secs(20); // only so that a failing test ends
    let met = tokio::time::timeout(bound, met).await;
    assert!(met.is_ok(), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_redeemed_once_however_many_nodes_are_asked() {
    let Some(nodes) = nodes().await else { return };
    let (app, browser) = (App::family(&nodes[0]), Browser::new(&nodes[0].url));
    let apps = [app.clone(), App::family(&nodes[1])];
    for _ in 0..20 {
        let code = app.code(&browser, SCOPE, EMILY).await;
        let attempts: Vec<_> = (0..100)
            .map(|n| {
                let (app, code) = (apps[n % 2].clone(), code.clone());
                tokio::spawn(async move { app.redeem(&code).await })
            })
            .collect();
        let mut answers = BTreeMap::new();
        for attempt in attempts {
            let answer = attempt.await.unwrap();
            let key = (answer.status, answer.error().to_owned());
            *answers.entry(key).or_insert(0) += 1;
        }
        let expected = [
            ((200, String::new()), 1),
            ((400, "invalid_grant".to_owned()), 99),
        ];
        assert_eq!(answers, BTreeMap::from(expected));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_has_one_successor_on_all_nodes() {
    let Some(nodes) = nodes().await else { return };
    let (app, browser) = (App::family(&nodes[0]), Browser::new(&nodes[0].url));
    let apps = [app.clone(), App::family(&nodes[1])];
    let mut current = app.redeem(&app.code(&browser, SCOPE, EMILY).await).await;
    for _ in 0..20 {
        let attempts: Vec<_> = (0..50)
            .map(|n| {
                let (app, token) = (apps[n % 2].clone(), current.refresh().to_owned());
                tokio::spawn(async move { app.refresh(&token).await })
            })
            .collect();
        let mut successors = BTreeSet::new();
        for attempt in attempts {
            let answer = attempt.await.unwrap();
            if answer.status == 200 {
                successors.insert(answer.refresh().to_owned());
                current = answer;
            }
        }
        assert_eq!(successors.len(), 1);
    }
    // Reuse on one node ends the family on the other.
    let old = current.clone();
    current = apps[1].refresh(current.refresh()).await;
    current = apps[0].refresh(current.refresh()).await;
    nodes[0].later(11);
    let reused = apps[1].refresh(old.refresh()).await;
    assert_eq!(reused.error(), "invalid_grant");
    let ended = apps[0].refresh(current.refresh()).await;
    assert_eq!(ended.error(), "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_revoked_no_other_lets_pass() {
    let Some(nodes) = nodes().await else { return };
    let (app, browser) = (App::family(&nodes[0]), Browser::new(&nodes[0].url));
    let other = App::family(&nodes[1]);
    let tokens = app.redeem(&app.code(&browser, SCOPE, EMILY).await).await;
    assert_eq!(other.userinfo(tokens.access()).await.status, 200);
    let fields = [("token", tokens.refresh())];
    assert_eq!(app.post("/revoke", &fields).await.status, 200);
    // The database is asked at a refresh, so there is nothing to wait for.
    let refused = other.refresh(tokens.refresh()).await;
    assert_eq!(refused.error(), "invalid_grant");
    eventually("the other node goes on serving UserInfo", || async {
        other.userinfo(tokens.access()).await.status == 401
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_one_node_lost_is_unknown_to_the_other() {
    let Some(nodes) = nodes().await else { return };
    let bot = App::bot(&nodes[1]);
    let ask = || bot.post("/token", &[("grant_type", "client_credentials")]);
    assert_eq!(ask().await.status, 200);
    let key = "api_keys = [{ name = \"first\", secret = \"tsk_development_only_reminder_bot\", expires_at = \"2027-06-30T12:00:00Z\" }]";
    let ended = key.replace("2027-06-30", "2026-11-30");
    let clinic = include_str!("../resources/clinic.toml").replace(key, &ended);
    nodes[0].apply(&clinic).await;
    eventually("the other node goes on taking an expired key", || async {
        ask().await.status == 401
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_are_counted_together_whichever_node_hears_them() {
    let Some(nodes) = nodes().await else { return };
    for n in 0..5 {
        let browser = Browser::new(&nodes[n % 2].url);
        let page = browser.open("/sign-in").await;
        let wrong = [("username", "john@example.test"), ("password", "a guess")];
        let page = browser.submit(&page, "login-form", &wrong).await;
        assert_ne!(page.status, 429, "guess {n}");
    }
    for node in &nodes {
        let browser = Browser::new(&node.url);
        let page = browser.open("/sign-in").await;
        let right = [
            ("username", "john@example.test"),
            ("password", crate::harness::PASSWORD),
        ];
        let page = browser.submit(&page, "login-form", &right).await;
        assert_eq!(page.status, 429);
        assert!(page.headers.contains_key("retry-after"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_one_session_on_all_nodes_and_ends_on_all() {
    let Some(nodes) = nodes().await else { return };
    let browser = Browser::new(&nodes[0].url);
    let page = browser.open("/sign-in").await;
    let page = browser.sign_in(&page, "john@example.test").await;
    assert_eq!(page.status, 200);
    let account = |node: &Server| format!("{}/account", node.url);
    assert_eq!(browser.get(&account(&nodes[1])).await.status, 200);
    let page = browser.open("/sign-out").await;
    browser
        .submit(&page, "logout-form", &[("logout", "yes")])
        .await;
    let is_out = || async { browser.get(&account(&nodes[1])).await.status != 200 };
    eventually("the other node keeps the session", is_out).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_serves_once_on_all_nodes() {
    let Some(nodes) = nodes().await else { return };
    let key = Signer::new("k1");
    nodes[0].apply(&with_keys(&key)).await;
    let signed = key.sign(&assertion(&nodes[0], "once"));
    let mut statuses = Vec::new();
    for node in [&nodes[0], &nodes[1], &nodes[0]] {
        statuses.push(prove(node, &signed).await.status);
    }
    assert_eq!(statuses, [200, 401, 401]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_seal_one_chain() {
    let Some(nodes) = nodes().await else { return };
    for round in 0..10 {
        let app = App::bot(&nodes[round % 2]);
        app.post("/token", &[("grant_type", "client_credentials")])
            .await;
    }
    for node in &nodes {
        node.audited().await; // nothing waits any more
    }
    let [a, b] = [nodes[0].store(), nodes[1].store()];
    let (one, other) = (Sealer::default(), Sealer::default());
    let (a_sealed, b_sealed) = tokio::join!(one.pass(a), other.pass(b));
    a_sealed.unwrap();
    b_sealed.unwrap();
    one.pass(a).await.unwrap(); // whoever came second did nothing
    let verdict = audit::verify(a, None).await.unwrap();
    assert!(
        matches!(verdict, audit::Verdict::Sound { events } if events >= 10),
        "{verdict:?}"
    );
}
