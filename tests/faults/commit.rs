//! The connection is lost when the database has committed and before the server knows
//! (SECURITY.md 10: commit outcome unknown): the answer is 503, and asking again never costs
//! anybody what he had. Only PostgreSQL can be cut off there; SQLite commits in the server.
use std::{sync::Arc, time::Duration};

use super::proxy::{Cut, proxy};
use crate::{
    harness::{App, Browser, EMILY, PASSWORD, Server, Tokens},
    oauth::SCOPE,
};

/// Asks until the server has found its database again.
async fn in_the_end(ask: impl AsyncFn() -> Tokens) -> Tokens {
    let asking = async {
        loop {
            let answer = ask().await;
            if answer.status != 503 {
                return answer;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), asking)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_of_unknown_outcome_is_503_and_asking_again_costs_nothing() {
    if std::env::var("TEST_POSTGRES").is_err() {
        return;
    }
    let cut = Arc::new(Cut::default());
    let server = Server::spawn_through(proxy(Arc::clone(&cut)).await).await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let tokens = app.redeem(&app.code(&browser, SCOPE, EMILY).await).await;
    let code = app.code(&browser, SCOPE, EMILY).await;
    let unknown = |answer: Tokens| {
        assert_eq!(
            (answer.status, answer.error()),
            (503, "temporarily_unavailable")
        );
        assert!(answer.headers.contains_key("retry-after"));
    };

    // A refresh: the lost answer is forgiven (SECURITY.md 1.5).
    cut.commits();
    unknown(app.refresh(tokens.refresh()).await);
    cut.nothing();
    let next = in_the_end(async || app.refresh(tokens.refresh()).await).await;
    assert_eq!(next.status, 200, "{:?}", next.body);

    // A code: it was used, so it is refused, and nobody has its tokens. The other grant and the
    // person's session stand.
    cut.commits();
    unknown(app.redeem(&code).await);
    cut.nothing();
    let again = in_the_end(async || app.redeem(&code).await).await;
    assert_eq!((again.status, again.error()), (400, "invalid_grant"));
    assert_eq!(app.userinfo(next.access()).await.status, 200);
    let anew = browser
        .open(&app.authorize(SCOPE, &[("prompt", "none")]))
        .await;
    let told = anew.answer();
    assert_ne!(
        told.get("error").map(String::as_str),
        Some("login_required")
    );

    // A revocation: it may be asked for again, and holds.
    cut.commits();
    let fields = [("token", next.refresh())];
    let lost = app.post("/revoke", &fields).await;
    assert_eq!(lost.status, 503, "{:?}", lost.body);
    cut.nothing();
    let again = in_the_end(async || app.post("/revoke", &fields).await).await;
    assert_eq!(again.status, 200);
    assert_eq!(app.userinfo(next.access()).await.status, 401);

    // A sign-in: the page says so, and the same form works once more.
    let signing_in = Browser::new(&server.url);
    let page = signing_in.get("/sign-in").await;
    let fields = [("username", "john@example.test"), ("password", PASSWORD)];
    cut.commits();
    let lost = signing_in.submit(&page, "login-form", &fields).await;
    assert_eq!(lost.status, 503);
    cut.nothing();
    in_the_end(async || app.refresh("unknown").await).await;
    let page = signing_in.get("/sign-in").await;
    let signed_in = signing_in.submit(&page, "login-form", &fields).await;
    assert_eq!(
        signed_in
            .location()
            .map(|url| url.path().to_owned())
            .as_deref(),
        Some("/account")
    );
}
