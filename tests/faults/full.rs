//! A database that has no room left (SECURITY.md 10). SQLite only: its limit of pages fails
//! with the very error of a full disk.
use crate::{
    harness::{App, Browser, EMILY, Server},
    oauth::SCOPE,
};

async fn pragma(server: &Server, statement: &'static str) {
    let mut tx = server.write().await;
    tx.query(statement).all::<(i64,)>().await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_means_503_grants_nothing_by_halves_and_passes_by_itself() {
    if std::env::var("TEST_POSTGRES").is_ok() {
        return;
    }
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let mut tokens = app.redeem(&app.code(&browser, SCOPE, EMILY).await).await;
    // Never less than there is: no page more.
    pragma(&server, "PRAGMA max_page_count = 1").await;
    let mut refreshed = 0;
    let refused = loop {
        let next = app.refresh(tokens.refresh()).await;
        if next.status != 200 {
            break next;
        }
        assert!(refreshed < 1000, "the disk is never full");
        (tokens, refreshed) = (next, refreshed + 1);
    };
    assert_eq!(
        (refused.status, refused.error()),
        (503, "temporarily_unavailable")
    );
    assert!(refused.headers.contains_key("retry-after"));
    // What needs no room goes on.
    assert_eq!(app.userinfo(tokens.access()).await.status, 200);
    let ready = format!("{}/health/live", server.url);
    assert_eq!(reqwest::get(ready).await.unwrap().status(), 200);
    // Room again: the token that was refused serves, once, and nothing was lost.
    pragma(&server, "PRAGMA max_page_count = 1000000").await;
    let next = app.refresh(tokens.refresh()).await;
    assert_eq!(next.status, 200, "{next:?}");
    assert_ne!(next.refresh(), tokens.refresh());
    let audited = server.audited().await;
    let told = audited
        .iter()
        .filter(|(action, _)| action == "token_refreshed");
    assert_eq!(told.count(), refreshed + 1);
}
