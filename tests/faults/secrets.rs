//! Nothing that opens a door is in the log or in the database (SECURITY.md 4.3).
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};

use super::{Process, free_port, run};
use crate::{
    harness::{App, Browser, Database, EMILY, PASSWORD, PORTAL_SECRET, VERIFIER},
    oauth::SCOPE,
};

#[tokio::test(flavor = "multi_thread")]
async fn neither_log_nor_database_holds_a_secret() {
    let database = Database::new().await;
    let clinic = database.path("clinic.toml");
    std::fs::write(&clinic, include_str!("../resources/clinic.toml")).unwrap();
    run(&database, &["apply", &clinic]);
    let log = database.path("log");
    let server = Process::start(&database, free_port(), Some(&log)).await;
    let app = App::family_at(&server.url);
    let browser = Browser::new(&server.url);
    let code = app.code(&browser, SCOPE, EMILY).await;
    let tokens = app.redeem(&code).await;
    let next = app.refresh(tokens.refresh()).await;
    app.userinfo(next.access()).await;
    let portal = App::portal_at(&server.url);
    assert_eq!(portal.introspect(next.access()).await["active"], true);
    let wrong = "a wrong password that must not be logged";
    let page = Browser::new(&server.url).get("/sign-in").await;
    let stranger = Browser::new(&server.url);
    stranger.get("/sign-in").await;
    stranger
        .post(
            page.url.as_str(),
            &[("username", "john@example.test"), ("password", wrong)],
        )
        .await;
    server.kill();

    let mut places = vec![("log", std::fs::read(&log).unwrap())];
    let log = String::from_utf8_lossy(&places[0].1);
    assert!(
        log.contains("\"/token\"") && log.contains("DEBUG"),
        "the log tells what went on"
    );
    for name in ["tutela.db", "tutela.db-wal"] {
        places.extend(std::fs::read(database.path(name)).map(|bytes| ("database", bytes)));
    }
    let secrets = [
        PASSWORD,
        wrong,
        PORTAL_SECRET,
        VERIFIER,
        &code,
        tokens.refresh(),
        next.refresh(),
        tokens.access(),
        next.access(),
        tokens.body["id_token"].as_str().unwrap(),
    ];
    for (place, bytes) in &places {
        for secret in secrets {
            let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            for form in [
                secret.to_owned(),
                encoded,
                STANDARD.encode(secret),
                URL_SAFE_NO_PAD.encode(secret),
            ] {
                let is_there = bytes
                    .windows(form.len())
                    .any(|window| window == form.as_bytes());
                assert!(!is_there, "{place} holds {secret:.12}…");
            }
        }
    }
}
