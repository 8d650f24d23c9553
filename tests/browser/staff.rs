//! People at work in a real browser: who is invited, and what somebody may do now.
use thirtyfour::prelude::*;

use super::{Chromium, Script};
use crate::{
    api::STAFF,
    harness::{App, PASSWORD, Server, claims},
    hcps::{DATABASE, ORG},
};

const OWN: &str = "a boat on the quiet river";

fn at(server: &Server, place: &str) -> String {
    format!("{}/admin/{ORG}{place}", server.url)
}

/// Somebody of the clinic at his console.
async fn console(server: &Server, who: &str, password: &str, place: &str) -> Chromium {
    let window = Chromium::start(Script::On).await;
    window.goto(&at(server, place)).await;
    window.at("/sign-in").await;
    window.sign_in(who, password).await;
    window.at(place).await;
    window
}

/// The link of the one letter that just left.
async fn link(server: &Server) -> String {
    let letter = server.letter().await;
    let link = letter.lines().find(|line| line.contains("/invitation?"));
    link.unwrap().to_owned()
}

/// Opens an invitation, chooses a password and joins.
async fn accept(link: &str, name: &str) -> Chromium {
    let window = Chromium::start(Script::On).await;
    window.goto(link).await;
    window.says(&format!("Welcome, {name}")).await;
    window.type_in("#password", OWN).await;
    window.click("#accept-form button[type=submit]").await;
    window.at("/account").await;
    window
}

#[tokio::test(flavor = "multi_thread")]
async fn two_providers_are_invited_accept_and_work_with_their_roles() {
    let server = Server::spawn().await;
    server.apply(STAFF).await;
    let portal = App::portal(&server);
    let olga = console(&server, "olga@example.test", PASSWORD, "/members").await;
    for (name, email, role) in [
        ("Sarah Bell", "sarah.bell@example.test", "PROVIDER"),
        ("Mike Ross", "mike.ross@example.test", "THERAPIST"),
    ] {
        olga.goto(&at(&server, "/members")).await;
        olga.click("a[href$='/members/invite']").await;
        olga.type_in("#name", name).await;
        olga.type_in("#email", email).await;
        olga.click(&format!("input[value={role}]")).await;
        olga.click("#invite-form button[type=submit]").await;
        olga.says(email).await;
        let link = link(&server).await;
        accept(&link, name).await.close().await;

        let window = Chromium::start(Script::On).await;
        let scope = "openid profile roles";
        let start = format!("{}{}", server.url, portal.authorize(scope, &[]));
        window.goto(&start).await;
        window.sign_in(email, OWN).await;
        let claims = claims(window.tokens(&portal).await.access());
        assert_eq!(claims["principal_type"], "provider");
        assert_eq!(claims["roles"], serde_json::json!([role]));

        // The link works once; whoever opens it again is told calmly.
        window.goto(&link).await;
        window.says("This invitation is over").await;
        assert!(!has(&window, "#accept-form").await);
        window.close().await;
    }
    olga.close().await;
}

/// DOMAIN.md 5: what somebody may do counts at his next use.
#[tokio::test(flavor = "multi_thread")]
async fn a_permission_is_granted_and_taken_back_and_counts_at_the_next_request() {
    let server = Server::spawn().await;
    let carl = console(&server, "carl@example.test", PASSWORD, "/config-users").await;
    carl.click("a[href$='/config-users/invite']").await;
    carl.type_in("#name", "Cleo Park").await;
    carl.type_in("#email", "cleo@example.test").await;
    carl.click("input[name=role][value=member]").await;
    carl.click("input[value='audit:read']").await;
    carl.click("#config-user-form button[type=submit]").await;
    carl.says("cleo@example.test").await;
    let joined = accept(&link(&server).await, "Cleo Park").await;
    joined.close().await;
    let cleo = console(&server, "cleo@example.test", OWN, "/audit").await;
    let list = format!("/admin/databases/{DATABASE}/hcps");
    let tab = format!("a[href='/admin/{ORG}/hcps']");

    // First nothing of the directory, then to read and write it, then to read it only.
    for (ticked, reads, writes) in [
        (&[][..], false, false),
        (&["hcp:read", "hcp:write"], true, true),
        (&["hcp:write"], true, false),
        (&["hcp:read"], false, false),
    ] {
        change(&server, &carl, ticked).await;
        cleo.goto(&at(&server, "/audit")).await;
        if has(&cleo, "#login-form").await {
            cleo.sign_in("cleo@example.test", OWN).await; // SECURITY.md 5.6
        }
        cleo.says("<h1>Audit log</h1>").await;
        assert_eq!(has(&cleo, &tab).await, reads, "{ticked:?}");
        opens(&cleo, &format!("{}{list}", server.url), reads).await;
        let may_add = reads && has(&cleo, "a[href$='/hcps/new']").await;
        assert_eq!(may_add, writes, "{ticked:?}");
        opens(&cleo, &format!("{}{list}/new", server.url), writes).await;
    }
    carl.close().await;
    cleo.close().await;
}

/// Carl turns some of Cleo's boxes over, and saves.
async fn change(server: &Server, carl: &Chromium, boxes: &[&str]) {
    if boxes.is_empty() {
        return;
    }
    carl.goto(&at(server, "/config-users")).await;
    let cleo = carl.window.find(By::LinkText("Cleo Park")).await.unwrap();
    cleo.click().await.unwrap();
    for permission in boxes {
        carl.click(&format!("input[value='{permission}']")).await;
    }
    carl.click("#config-user-form button[type=submit]").await;
    carl.at("done=").await;
}

async fn has(window: &Chromium, css: &str) -> bool {
    !window
        .window
        .find_all(By::Css(css))
        .await
        .unwrap()
        .is_empty()
}

/// Goes to an address by hand, which is there or refused.
async fn opens(window: &Chromium, address: &str, may: bool) {
    window.goto(address).await;
    let title = window.window.title().await.unwrap();
    let is_refused = title.contains("can’t find") || title.contains("can’t open");
    assert_eq!(!is_refused, may, "{address}: {title}");
}
