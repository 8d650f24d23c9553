//! The clock jumps an hour back and an hour ahead (SECURITY.md 10).
use crate::{
    harness::{App, Browser, EMILY, Server},
    oauth::SCOPE,
};

const HOUR: i64 = 3600;

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_forgives_no_second_use() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let first = app.redeem(&app.code(&browser, SCOPE, EMILY).await).await;
    let next = app.refresh(first.refresh()).await;
    assert_eq!(next.status, 200);
    server.later(-HOUR);
    let stolen = app.refresh(first.refresh()).await;
    assert_eq!((stolen.status, stolen.error()), (400, "invalid_grant"));
    let ended = app.refresh(next.refresh()).await;
    assert_eq!((ended.status, ended.error()), (400, "invalid_grant"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_ends_what_is_due_and_nothing_else() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let tokens = app.redeem(&app.code(&browser, SCOPE, EMILY).await).await;
    let code = app.code(&browser, SCOPE, EMILY).await;
    server.later(HOUR);
    assert_eq!(app.userinfo(tokens.access()).await.status, 401);
    assert_eq!(app.redeem(&code).await.error(), "invalid_grant");
    let next = app.refresh(tokens.refresh()).await;
    assert_eq!(next.status, 200, "{:?}", next.body);

    server.later(-HOUR);
    assert_eq!(app.userinfo(next.access()).await.status, 200);
    let last = app.refresh(next.refresh()).await;
    assert_eq!(last.status, 200, "{:?}", last.body);
}
