//! What a person reads of what happened.
use super::own::signed_in;
use crate::harness::{App, Browser, EMILY, JOHN, Server};

const ACTIVITY: &str = "/account/activity";

#[tokio::test(flavor = "multi_thread")]
async fn n_20_a_guardian_reads_what_he_did_and_for_whom() {
    let server = Server::spawn().await;
    let (app, john) = (App::family(&server), Browser::new(&server.url));
    let page = john.open("/sign-in").await;
    let wrong = [
        ("username", "john@example.test"),
        ("password", "not the right one"),
    ];
    john.submit(&page, "login-form", &wrong).await;
    app.code(&john, "openid patient/Immunization.rs", EMILY)
        .await;
    let page = john.open(ACTIVITY).await;
    for words in [
        "Signed in",
        "Somebody tried to sign in and failed",
        "Chosen for whom to act",
        "Allowed an app",
        "For Emily Doe. Through Family app.",
    ] {
        assert!(page.has(words), "{words}: {}", page.body);
    }
    let sarah = signed_in(&server, "sarah@example.test").await;
    let page = sarah.open(ACTIVITY).await;
    assert!(page.has("Signed in") && !page.has("Emily") && !page.has("John"));
}

/// N-19, N-20.
#[tokio::test(flavor = "multi_thread")]
async fn n_19_another_guardians_deeds_are_his_alone() {
    let server = Server::spawn().await;
    server.apply(super::apps::ANNA).await;
    let (app, anna) = (App::family(&server), Browser::new(&server.url));
    let page = anna.open(&app.authorize("openid", &[])).await;
    let page = anna.sign_in(&page, "anna@example.test").await;
    let page = anna.choose(&page, EMILY).await;
    anna.decide(&page, "allow").await;
    assert!(anna.open(ACTIVITY).await.has("For Emily Doe."));
    let john = signed_in(&server, "john@example.test").await;
    let page = john.open(ACTIVITY).await;
    assert!(!page.has("Emily") && !page.has("Anna"), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn activity_is_paged_and_shows_who_acted_for_one() {
    let server = Server::spawn().await;
    server.apply(super::care::ANN).await;
    let john = signed_in(&server, "john@example.test").await;
    let page = john.open("/account/proxies").await;
    let ask = [
        ("identifier", "ann@example.test"),
        ("ends_at", "2027-03-31"),
        ("access_level", "full"),
    ];
    john.submit(&page, "proxy-form", &ask).await;
    server.letter().await; // Ann is asked after the answer
    let ann = signed_in(&server, "ann@example.test").await;
    let care = ann.open("/account/care").await;
    ann.submit(&care, &super::own::form(&care, "accept-"), &[])
        .await;
    let app = App::family(&server);
    let page = ann.open(&app.authorize("openid", &[])).await;
    let page = ann.choose(&page, JOHN).await;
    ann.decide(&page, "allow").await;
    let page = john.open(ACTIVITY).await;
    assert!(page.has("By Ann Roe. Through Family app."), "{}", page.body);
    assert!(!page.has("A guardian was proposed")); // N-01
    for _ in 0..10 {
        let again = Browser::new(&server.url);
        let page = again.open("/sign-in").await;
        again.sign_in(&page, "john@example.test").await;
        let out = again.open("/account").await;
        let csrf = out.attribute("name=\"csrf\"", "value");
        let fields = [("csrf", csrf.as_str()), ("logout", "yes")];
        again.post("/sign-out", &fields).await;
    }
    let first = john.open(ACTIVITY).await;
    assert!(!first.has("Asked somebody to act for you"));
    let older = first.attribute("<p><a class=\"btn\"", "href");
    let second = john.open(&older).await;
    assert!(
        second.has("Asked somebody to act for you"),
        "{}",
        second.body
    );
}

/// N-01: a no, and what is taken back before an answer, look as if nobody had been there.
#[tokio::test(flavor = "multi_thread")]
async fn n_01_activity_tells_nothing_of_whoever_was_asked() {
    let server = Server::spawn().await;
    server.apply(super::care::ANN).await;
    let john = signed_in(&server, "john@example.test").await;
    let ask = async |who: &str, level: &str| {
        let page = john.open("/account/proxies").await;
        let fields = [
            ("identifier", who),
            ("ends_at", "2027-03-31"),
            ("access_level", level),
        ];
        john.submit(&page, "proxy-form", &fields).await;
    };
    let take_back = async || {
        let page = john.open("/account/proxies").await;
        let end = super::own::form(&page, "end-");
        john.submit(&page, &end, &[]).await;
    };
    let mut seen = Vec::new();
    for who in ["ann@example.test", "abe@example.test"] {
        let is_ann = who.starts_with("ann");
        ask(who, "full").await;
        if is_ann {
            server.letter().await; // she is asked after the answer
        }
        ask(who, "limited").await;
        if is_ann {
            server.letter().await;
            let ann = signed_in(&server, "ann@example.test").await;
            let care = ann.open("/account/care").await;
            let decline = super::own::form(&care, "decline-");
            ann.submit(&care, &decline, &[]).await;
        }
        take_back().await;
        ask(who, "full").await;
        if is_ann {
            server.letter().await;
        }
        take_back().await;
        let page = john.open(ACTIVITY).await;
        assert!(!page.has("Ann"), "{}", page.body);
        let counts = [
            "Asked somebody",
            "Nobody is asked",
            "The right to act ended",
        ]
        .map(|words| page.body.matches(words).count());
        seen.push(counts);
    }
    assert_eq!(seen, [[3, 2, 0], [6, 4, 0]]);
}
