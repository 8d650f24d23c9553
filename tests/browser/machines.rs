//! Machines in a real Chromium, on a phone's window.
use thirtyfour::prelude::*;

use super::{Chromium, Script, account::look};
use crate::{
    exchange::{ACCESS_TOKEN, SUBJECT, account, clinic, own_token},
    harness::{App, BOT, PASSWORD, Server},
};

const ORG: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001";

async fn signed_in(server: &Server, chromium: &Chromium, who: &str, place: &str) {
    let start = format!("{}{place}", server.url);
    chromium.window.goto(&start).await.unwrap();
    chromium.at("/sign-in").await;
    chromium.sign_in(who, PASSWORD).await;
    chromium.at(place).await;
}

/// I-41: by links and one form, without script.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_rotated_on_a_phone_without_script() {
    let server = Server::spawn().await;
    let chromium = Chromium::start(Script::Off).await;
    let place = format!("/admin/{ORG}/service-accounts/{BOT}");
    signed_in(&server, &chromium, "carl@example.test", &place).await;
    chromium
        .element("a[href$='/rotate']")
        .await
        .click()
        .await
        .unwrap();
    chromium.at("/rotate").await;
    let day = chromium.element("input[name='overlap'][value='24']").await;
    day.click().await.unwrap();
    let rotate = chromium.element("#rotate-form button[type='submit']").await;
    rotate.click().await.unwrap();
    let key = chromium.element("#key").await.text().await.unwrap();
    assert!(key.starts_with("tsk_"), "{key}");
    let old = chromium.element("#old-key").await.text().await.unwrap();
    assert!(old.contains("“first” works until 2 December 2026"), "{old}");
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    own_token(&App::machine(&server, BOT, leak(key))).await;
    own_token(&App::bot(&server)).await;
    chromium.close().await;
}

/// The chatbot's provider: she lets it, it acts, she sees it and takes it back.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_lets_a_program_act_for_her_and_takes_it_back() {
    let server = Server::spawn().await;
    let (bot, chromium) = (App::bot(&server), Chromium::start(Script::On).await);
    let sarah = account(&server, "sarah@example.test").await;
    let own = own_token(&bot).await;
    let fields = [
        (
            "grant_type",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ),
        ("subject_token", &sarah),
        ("subject_token_type", SUBJECT),
        ("actor_token", &own),
        ("actor_token_type", ACCESS_TOKEN),
    ];
    let place = "/account/delegations";
    signed_in(&server, &chromium, "sarah@example.test", place).await;
    assert_eq!(bot.post("/token", &fields).await.status, 400);
    let scopes = chromium.element("#scopes").await;
    scopes.send_keys("user/Appointment.rs").await.unwrap();
    let last_day = chromium.element("#ends_on").await;
    last_day.send_keys("12242026").await.unwrap();
    last_day.send_keys(Key::Enter + "").await.unwrap();
    chromium.at("done=given").await;
    assert_eq!(bot.post("/token", &fields).await.status, 200);
    chromium.window.refresh().await.unwrap();
    let acted = chromium.element("section[aria-labelledby='acted']").await;
    assert!(acted.text().await.unwrap().contains("Reminder bot"));
    let take_back = chromium.element("form[id^='withdraw-'] button").await;
    take_back.click().await.unwrap();
    chromium.at("done=withdrawn").await;
    assert_eq!(bot.post("/token", &fields).await.status, 400);
    chromium.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_machines_fit_a_phone_and_a_screen_reader() {
    let server = clinic().await;
    let chromium = Chromium::start(Script::On).await;
    let machine = format!("/admin/{ORG}/service-accounts/{BOT}");
    signed_in(&server, &chromium, "olga@example.test", &machine).await;
    let rotate = chromium.element("a[href$='/rotate']").await;
    let rotate = rotate.prop("href").await.unwrap().unwrap();
    let mut wrong = look(&chromium, &machine).await;
    for place in [
        format!("/admin/{ORG}/service-accounts"),
        format!("/admin/{ORG}/service-accounts/new"),
        format!("{machine}/edit"),
        format!("{machine}/delete"),
        format!("{machine}/keys/new"),
        rotate.replace(&server.url, ""),
        rotate
            .replace(&server.url, "")
            .replace("/rotate", "/revoke"),
        format!("/admin/{ORG}/delegations"),
        format!("/admin/{ORG}/delegations/new"),
        "/account/delegations".to_owned(),
    ] {
        let address = format!("{}{place}", server.url);
        chromium.window.goto(address).await.unwrap();
        chromium.element("h1").await;
        wrong.extend(look(&chromium, &place).await);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    chromium.close().await;
}
