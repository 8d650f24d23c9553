//! A person's own pages.
use super::own::{form, signed_in};
use crate::harness::Server;

const SESSIONS: &str = "/account/sessions";

#[tokio::test(flavor = "multi_thread")]
async fn account_sessions_are_ended_by_their_own_person_only() {
    let server = Server::spawn().await;
    let here = signed_in(&server, "john@example.test").await;
    let there = signed_in(&server, "john@example.test").await;
    let sarah = signed_in(&server, "sarah@example.test").await;

    let page = here.get(SESSIONS).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.body.matches("This browser").count(), 1);
    let form = form(&page, "end-");
    let id = form.strip_prefix("end-").unwrap();
    let address = format!("{SESSIONS}/{id}/end");

    assert_eq!(here.post(&address, &[]).await.status, 403); // no token
    let csrf = sarah
        .get("/account")
        .await
        .attribute("name=\"csrf\"", "value");
    let foreign = sarah.post(&address, &[("csrf", &csrf)]).await;
    assert_eq!(foreign.status, 404);
    assert_eq!(there.get(SESSIONS).await.status, 200);

    assert_eq!(here.submit(&page, &form, &[]).await.status, 303);
    assert!(there.open(SESSIONS).await.has("id=\"login-form\""));
    assert!(!here.get(SESSIONS).await.has("Sign out there"));
    assert_eq!(sarah.get(SESSIONS).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn account_signs_out_everywhere_else_and_stays_signed_in_here() {
    let server = Server::spawn().await;
    let here = signed_in(&server, "john@example.test").await;
    let there = signed_in(&server, "john@example.test").await;
    let sarah = signed_in(&server, "sarah@example.test").await;
    let page = here.get(SESSIONS).await;
    let answer = here.submit(&page, "end-others-form", &[]).await;
    assert_eq!(answer.status, 303);
    assert!(there.open(SESSIONS).await.has("id=\"login-form\""));
    assert_eq!(here.get(SESSIONS).await.status, 200);
    assert_eq!(sarah.get(SESSIONS).await.status, 200);
}
