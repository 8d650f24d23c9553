//! `response_mode=form_post` in a real browser: the answer travels in a form that sends
//! itself, or by one press where script is off, and the policy of the pages lets it.
use std::sync::{Arc, Mutex};

use axum::{Router, extract::State, routing::post};

use super::{Chromium, Script};
use crate::{
    harness::{App, EMILY, PASSWORD, Server, claims},
    oauth::SCOPE,
};

/// An application of somebody's own, at a loopback address with a port of its choice.
async fn listening() -> (String, Arc<Mutex<Option<String>>>) {
    let heard = Arc::new(Mutex::new(None));
    let hear = |State(heard): State<Arc<Mutex<Option<String>>>>, body: String| async move {
        *heard.lock().unwrap() = Some(body);
        "arrived"
    };
    let app = Router::new().route("/callback", post(hear));
    let app = app.with_state(Arc::clone(&heard));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/callback", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, heard)
}

async fn arrives(script: Script) {
    let server = Server::spawn().await;
    let (to, heard) = listening().await;
    let app = App::family(&server);
    let asked = [("response_mode", "form_post"), ("redirect_uri", &to)];
    let chromium = Chromium::start(script).await;
    let start = format!("{}{}", server.url, app.authorize(SCOPE, &asked));
    chromium.window.goto(&start).await.unwrap();
    chromium.sign_in("john@example.test", PASSWORD).await;
    let emily = format!("button[data-subject='{EMILY}']");
    chromium.element(&emily).await.click().await.unwrap();
    chromium
        .element("button[value='allow']")
        .await
        .click()
        .await
        .unwrap();
    if script == Script::Off {
        chromium
            .element("#response-form button")
            .await
            .click()
            .await
            .unwrap();
    }
    chromium.at("/callback").await;
    let body = heard.lock().unwrap().take().unwrap();
    let field = |name: &str| {
        let mut fields = form_urlencoded::parse(body.as_bytes());
        fields
            .find(|(known, _)| known == name)
            .unwrap()
            .1
            .into_owned()
    };
    assert_eq!(
        (field("state"), field("iss")),
        ("s-1".to_owned(), server.url.clone())
    );
    let redeemed = [("redirect_uri", to.as_str())];
    let tokens = app.redeem_with(&field("code"), &redeemed).await;
    assert_eq!(claims(tokens.access())["sub"], EMILY);
    chromium.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_arrives_by_a_form_that_sends_itself() {
    arrives(Script::On).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_arrives_by_one_press_without_script() {
    arrives(Script::Off).await;
}
