//! Delegations by pages, of the organization and of the provider himself.
use super::{at, clinic, console};
use crate::{
    exchange::{self, SUBJECT},
    harness::{App, BOT, Browser, Server, Tokens},
};

/// The reminder bot asks to act for Sarah.
async fn exchanged(server: &Server) -> Tokens {
    let bot = App::bot(server);
    let own = exchange::own_token(&bot).await;
    let sarah = exchange::account(server, "sarah@example.test").await;
    let fields = [
        (
            "grant_type",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ),
        ("subject_token", sarah.as_str()),
        ("subject_token_type", SUBJECT),
        ("actor_token", own.as_str()),
        ("actor_token_type", exchange::ACCESS_TOKEN),
    ];
    bot.post("/token", &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_delegates_a_provider_and_withdraws_by_pages() {
    let server = clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let list = olga.open(&at("/delegations")).await;
    assert!(list.has("Nobody lets a program act for them."));
    let form = olga.open(&at("/delegations/new")).await;
    assert!(form.has("Reminder bot"));
    let wrong = [
        ("provider", "nobody@example.test"),
        ("ends_on", "soon"),
        ("scopes", "nonsense"),
    ];
    let again = olga.submit(&form, "delegation-form", &wrong).await;
    assert_eq!(again.status, 422);
    for field in ["provider", "service_account", "scopes", "ends_on"] {
        assert!(again.has(&format!("id=\"{field}-error\"")), "{field}");
    }
    let fields = |ends: &'static str, scopes: &'static str| {
        [
            ("provider", "sarah@example.test"),
            ("service_account", BOT),
            ("scopes", scopes),
            ("ends_on", ends),
        ]
    };
    let far = olga
        .submit(&form, "delegation-form", &fields("2028-12-01", "user/*.rs"))
        .await;
    assert!(far.has("not too far away"));
    let system = fields("2026-12-24", "system/Patient.rs");
    let refused = olga.submit(&form, "delegation-form", &system).await;
    assert!(refused.has("Enter scopes that start with"));
    assert_eq!(exchanged(&server).await.error(), "invalid_request");
    let right = fields("2026-12-24", "user/Appointment.rs\nuser/Patient.r");
    let made = olga.submit(&form, "delegation-form", &right).await;
    let list = olga.follow(made).await;
    for text in [
        "Sarah Lee",
        "Reminder bot",
        "In force",
        "1 Dec 2026 to 24 Dec 2026",
    ] {
        assert!(list.has(text), "{text} {}", list.body);
    }
    assert_eq!(exchanged(&server).await.status, 200);

    let (_, rest) = list
        .body
        .split_once("class=\"btn btn-s btn-danger\" href=\"")
        .unwrap();
    let withdraw = rest.split_once('"').unwrap().0.to_owned();
    let page = olga.open(&withdraw).await;
    assert!(page.has("can no longer act for Sarah Lee"));
    let gone = olga.submit(&page, "withdraw-form", &[]).await;
    assert!(
        olga.follow(gone)
            .await
            .has("Nobody lets a program act for them.")
    );
    assert_eq!(exchanged(&server).await.error(), "invalid_request");
    assert_eq!(olga.open(&withdraw).await.status, 404);

    server.later(601); // SECURITY.md 6.5
    assert_eq!(
        olga.open(&at("/delegations/new")).await.url.path(),
        "/sign-in"
    );
    let (carl, _) = console(&server, "carl@example.test").await;
    assert_eq!(carl.open(&at("/delegations")).await.status, 403); // he configures, no more
    let (otto, _) = console(&server, "otto@example.test").await;
    assert_eq!(otto.open(&at("/delegations")).await.status, 404); // N-15
}

/// The provider sees what he gave and what came of it (N-20).
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_gives_takes_back_and_sees_who_acted_for_him() {
    let server = clinic().await;
    let sarah = Browser::new(&server.url);
    let page = sarah.open("/account/delegations").await;
    let page = sarah.sign_in(&page, "sarah@example.test").await;
    assert!(page.has("No program acts for you.") && page.has("Nobody acted for you yet."));
    let wrong = [
        ("service_account", "x"),
        ("scopes", "user/*.rs"),
        ("ends_on", ""),
    ];
    let again = sarah.submit(&page, "give-form", &wrong).await;
    assert_eq!(again.status, 422);
    let right = [
        ("service_account", BOT),
        ("scopes", "user/Appointment.rs"),
        ("ends_on", "2026-12-24"),
    ];
    let given = sarah.submit(&page, "give-form", &right).await;
    let page = sarah.follow(given).await;
    assert!(
        page.has("user/Appointment.rs") && page.has("Until 25 December 2026"),
        "{}",
        page.body
    );
    assert_eq!(exchanged(&server).await.status, 200);
    let page = sarah.open("/account/delegations").await;
    let (_, acted) = page.body.split_once("Who acted for you").unwrap();
    assert!(acted.contains("<strong>Reminder bot</strong>"), "{acted}");

    server.later(601);
    let stale = sarah.submit(&page, "give-form", &right).await;
    assert_eq!(sarah.follow(stale).await.url.path(), "/sign-in");
    let (_, rest) = page.body.split_once("id=\"withdraw-").unwrap();
    let form = format!("withdraw-{}", rest.split_once('"').unwrap().0);
    let taken = sarah.submit(&page, &form, &[]).await; // that never waits
    assert!(sarah.follow(taken).await.has("Withdrawn."));
    assert_eq!(exchanged(&server).await.error(), "invalid_request");

    let john = Browser::new(&server.url);
    let page = john.open("/account").await;
    let page = john.sign_in(&page, "john@example.test").await;
    assert!(!page.has("Programs acting for you"));
    assert_eq!(john.open("/account/delegations").await.status, 404);
    let foreign = page.attribute("name=\"csrf\"", "value");
    let place = format!(
        "/account/delegations/{}/withdraw",
        form.trim_start_matches("withdraw-")
    );
    assert_eq!(john.post(&place, &[("csrf", &foreign)]).await.status, 404);
}
