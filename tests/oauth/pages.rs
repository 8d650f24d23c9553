//! What every page carries, and how sign-in answers.
use crate::harness::{App, Browser, JOHN, PASSWORD, Server};

const HEADERS: [(&str, &str); 5] = [
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("content-language", "en"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_page_carries_the_strict_headers() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let sign_in = browser.open(&app.authorize(super::SCOPE, &[])).await;
    let chooser = browser.sign_in(&sign_in, "john@example.test").await;
    let consent = browser.choose(&chooser, crate::harness::EMILY).await;
    let others = [
        browser.open("/account").await,
        browser.open("/no-such-page").await,
        browser.open("/logout").await,
        browser.open("/authorize?client_id=x").await,
    ];
    for page in [sign_in, chooser, consent].iter().chain(&others) {
        for (name, value) in HEADERS {
            assert_eq!(
                page.headers.get(name).map(|v| v.to_str().unwrap()),
                Some(value),
                "{} {name}",
                page.url
            );
        }
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self';"),
            "{policy}"
        );
        assert!(
            !page.has("<style") && !page.has(" style=") && !page.has(" onclick="),
            "{}",
            page.url
        );
        assert!(page.headers.contains_key("x-request-id"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_with_a_sign_in_the_answer_is_the_same() {
    let server = Server::spawn().await;
    let suspended = "UPDATE accounts SET status = 'suspended' WHERE given_name = 'Sarah'";
    let mut tx = server.write().await;
    tx.touch(tutela::store::Topic::People);
    tx.query(suspended).run().await.unwrap();
    tx.commit().await.unwrap();
    let (mut bodies, mut work) = (Vec::new(), Vec::new());
    for (username, password) in [
        ("nobody@example.test", PASSWORD),
        ("john@example.test", "wrong horse battery staple"),
        ("john@example.test", ""),
        ("sarah@example.test", PASSWORD),
        ("", ""),
        ("not an address", PASSWORD),
    ] {
        let browser = Browser::new(&server.url);
        let page = browser.get("/sign-in").await;
        let fields = [("username", username), ("password", password)];
        let before = server.hashed();
        let answer = browser.submit(&page, "login-form", &fields).await;
        work.push(server.hashed() - before);
        assert_eq!(answer.status, 422, "{username}");
        let csrf = answer.attribute("name=\"csrf\"", "value");
        let masked = answer.body.replace(&csrf, "CSRF");
        bodies.push(masked.replace(&format!("value=\"{username}\""), "value=\"\""));
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:#?}"); // N-01
    work.dedup();
    assert_eq!(work, [1]); // a hash takes as long as everything else together
}

/// SECURITY.md 5.2: who guesses elsewhere keeps nobody out of his own browser.
#[tokio::test(flavor = "multi_thread")]
async fn strangers_do_not_keep_the_owner_out_of_a_browser_that_knows_him() {
    let server = Server::spawn().await;
    let try_in = async |browser: &Browser, password: &str| {
        let page = browser.get("/sign-in").await;
        let fields = [("username", "john@example.test"), ("password", password)];
        browser.submit(&page, "login-form", &fields).await
    };
    let (own, stranger) = (Browser::new(&server.url), Browser::new(&server.url));
    let known = try_in(&own, PASSWORD).await;
    assert_eq!(known.status, 303);
    let cookies = known.headers.get_all("set-cookie").iter();
    let cookie = cookies
        .map(|cookie| cookie.to_str().unwrap())
        .find(|cookie| cookie.starts_with("known="))
        .unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
    assert!(!cookie.contains(JOHN));
    let page = own.open("/sign-out").await;
    own.submit(&page, "logout-form", &[("logout", "yes")]).await;
    for _ in 0..5 {
        assert_eq!(try_in(&stranger, "wrong horse").await.status, 422);
    }
    assert_eq!(try_in(&stranger, PASSWORD).await.status, 429);
    assert_eq!(try_in(&own, PASSWORD).await.status, 303);
    // It opens nothing by itself, and guesses in that browser are counted like any other.
    for _ in 0..5 {
        assert_eq!(try_in(&own, "wrong horse").await.status, 422);
    }
    assert_eq!(try_in(&own, PASSWORD).await.status, 429);
    server.later(61);
    assert_eq!(try_in(&stranger, PASSWORD).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_down_and_the_right_password_waits_too() {
    let server = Server::spawn().await;
    let browser = Browser::new(&server.url);
    let attempt = async |username: &str, password: &str| {
        let page = browser.get("/sign-in").await;
        browser
            .submit(
                &page,
                "login-form",
                &[("username", username), ("password", password)],
            )
            .await
    };
    for variant in [
        "john@example.test",
        "JOHN@example.test",
        " john@EXAMPLE.test",
        "john@example.test",
        "john@example.test",
    ] {
        assert_eq!(attempt(variant, "wrong horse").await.status, 422);
    }
    let blocked = attempt("john@example.test", PASSWORD).await;
    assert_eq!(blocked.status, 429);
    assert!(blocked.headers.contains_key("retry-after"));
    assert!(blocked.has("Too many tries"));
    server.later(61);
    let page = attempt("john@example.test", PASSWORD).await;
    assert_eq!(page.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_this_browsers_token_is_refused() {
    let server = Server::spawn().await;
    let browser = Browser::new(&server.url);
    let fields = [("username", "john@example.test"), ("password", PASSWORD)];
    assert_eq!(browser.post("/sign-in", &fields).await.status, 403);
    let foreign = Browser::new(&server.url)
        .get("/sign-in")
        .await
        .attribute("name=\"csrf\"", "value");
    let mut with = fields.to_vec();
    with.push(("csrf", &foreign));
    assert_eq!(browser.post("/sign-in", &with).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_session_and_what_may_not_outlive_it() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let scope = "openid profile online_access";
    let granted = include_str!("../resources/clinic.toml").replace(
        "patient/*.cruds offline_access",
        "patient/*.cruds offline_access online_access",
    );
    server.apply(&granted).await;
    let tokens = app
        .redeem(&app.code(&browser, scope, crate::harness::EMILY).await)
        .await;
    assert_eq!(app.refresh(tokens.refresh()).await.status, 200);
    let page = browser.open("/logout").await;
    let page = browser
        .submit(&page, "logout-form", &[("logout", "yes")])
        .await;
    assert!(browser.follow(page).await.has("You are signed out"));
    assert!(browser.open("/account").await.has("id=\"login-form\""));
    assert_eq!(app.userinfo(tokens.access()).await.status, 401);
}
