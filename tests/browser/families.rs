//! A family in a real browser, from the first page to the last.
use thirtyfour::prelude::*;

use super::{Chromium, Script};
use crate::harness::{App, JOHN, PASSWORD, Server, Tokens, claims};

const EMAIL: &str = "john.smith@example.test";
const OWN: &str = "a boat on the quiet river";
const FAMILY_SCOPE: &str = "openid profile offline_access";
const PORTAL_SCOPE: &str = "openid profile offline_access";

/// Makes an account for the family app, and confirms the address by the code of the letter.
async fn sign_up(server: &Server, app: &App, john: &Chromium) -> Tokens {
    let start = format!("{}{}", server.url, app.authorize(FAMILY_SCOPE, &[]));
    john.goto(&start).await;
    john.at("/sign-in").await;
    john.click("a[href*='/sign-up']").await;
    john.type_in("#given_name", "John").await;
    john.type_in("#family_name", "Smith").await;
    john.type_in("#username", EMAIL).await;
    john.type_in("#password", OWN).await;
    john.click("#signup-form button[type=submit]").await;
    john.at("/verify").await;
    let letter = server.letter().await;
    let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|b| b.is_ascii_digit());
    john.type_in("#code", letter.lines().find(is_code).unwrap())
        .await;
    john.click("#code-form button[type=submit]").await;
    john.at("/consent").await;
    john.click("button[value='allow']").await;
    john.tokens(app).await
}

async fn add_emily(server: &Server, john: &Chromium) {
    john.goto(&format!("{}/account", server.url)).await;
    john.click(".nav-open").await; // on a phone the pages are in a menu
    john.click("#nav:popover-open a[href='/account/care']")
        .await;
    john.click("a[href='/account/care/add']").await;
    john.type_in("#given_name", "Emily").await;
    john.type_in("#family_name", "Smith").await;
    let born = john.element("#birth_date").await;
    born.send_keys("09142018").await.unwrap();
    john.click("#relationship option[value='FTH']").await;
    john.click("#dependent-form button[type=submit]").await;
    john.says(">Emily Smith</h2>").await;
    john.says("Born 2018. You are the father.").await;
}

/// Signs in with the one address, and gets to the question for whom.
async fn arrive(server: &Server, app: &App, scope: &str) -> Chromium {
    let window = Chromium::start(Script::On).await;
    let start = format!("{}{}", server.url, app.authorize(scope, &[]));
    window.goto(&start).await;
    window.at("/sign-in").await;
    window.sign_in(EMAIL, OWN).await;
    window.at("/for").await;
    window
}

/// One address, two applications at once: each says for whom John acts there, and each goes
/// on when the other does (DOMAIN.md 1.1, 4.2).
#[tokio::test(flavor = "multi_thread")]
async fn a_father_signs_up_adds_his_daughter_and_acts_for_both_at_once() {
    let server = Server::spawn().await;
    let (family, portal) = (App::family(&server), App::portal(&server));
    let john = Chromium::start(Script::On).await;
    let first = sign_up(&server, &family, &john).await;
    let sub = claims(first.access())["sub"].clone();
    assert!(sub.is_string());
    add_emily(&server, &john).await;
    john.close().await;

    let own = arrive(&server, &family, FAMILY_SCOPE).await;
    let hers = arrive(&server, &portal, PORTAL_SCOPE).await;
    own.click(&format!("button[data-subject={sub}]")).await;
    hers.click("button[data-kind='dependent']").await;
    let (own_tokens, her_tokens) = (own.tokens(&family).await, hers.tokens(&portal).await);
    let (mut for_him, mut for_her) = (own_tokens, her_tokens);
    let emily = claims(for_her.access())["sub"].clone();
    for _ in 0..2 {
        let (his, her) = (claims(for_him.access()), claims(for_her.access()));
        assert_eq!((&his["sub"], his.get("act")), (&sub, None));
        assert_eq!((&her["sub"], &her["act"]["sub"]), (&emily, &sub));
        assert!(emily.is_string() && emily != sub);
        assert_eq!(family.userinfo(for_him.access()).await.body["sub"], sub);
        let about = portal.userinfo(for_her.access()).await;
        assert_eq!(about.body["name"], "Emily Smith");
        for_him = family.refresh(for_him.refresh()).await;
        for_her = portal.refresh(for_her.refresh()).await;
    }
    // Each window is still signed in, and asks again for whom.
    for (window, app) in [(&own, &portal), (&hers, &family)] {
        let start = format!("{}{}", server.url, app.authorize("openid", &[]));
        window.goto(&start).await;
        window.at("/for").await;
        window.says("Emily Smith").await;
    }
    own.close().await;
    hers.close().await;
}

/// By the keys Tab and Enter alone: the choice is reached, seen and made.
#[tokio::test(flavor = "multi_thread")]
async fn whom_to_act_for_is_chosen_by_keys_alone() {
    let server = Server::spawn().await;
    let portal = App::portal(&server);
    let chromium = Chromium::start(Script::On).await;
    let start = format!("{}{}", server.url, portal.authorize(PORTAL_SCOPE, &[]));
    chromium.goto(&start).await;
    chromium.sign_in("john@example.test", PASSWORD).await;
    chromium.at("/for").await;
    let mut reached = Vec::new();
    let subject = loop {
        let focused = chromium.window.active_element().await.unwrap();
        focused.send_keys(Key::Tab + "").await.unwrap();
        let focused = chromium.window.active_element().await.unwrap();
        let subject = focused.attr("data-subject").await.unwrap();
        if subject.as_deref().is_some_and(|it| it != JOHN) {
            let outline = focused.css_value("outline-style").await.unwrap();
            assert_ne!(outline, "none"); // where the keys are is seen
            focused.send_keys(Key::Enter + "").await.unwrap();
            break subject.unwrap();
        }
        reached.push(subject);
        assert!(reached.len() < 10, "never at Emily: {reached:?}");
    };
    let tokens = chromium.tokens(&portal).await;
    let claims = claims(tokens.access());
    assert_eq!(claims["sub"], subject.as_str());
    assert_eq!(claims["act"]["sub"], JOHN);
    chromium.close().await;
}
