//! Applications that a person allowed, and taking it back.
use super::own::{form, signed_in};
use crate::harness::{App, Browser, EMILY, JOHN, Server};

const APPS: &str = "/account/apps";
const SCOPE: &str = "openid patient/Immunization.rs offline_access";

/// Anna is Emily's mother.
pub(super) const ANNA: &str = r#"
[[organizations]]
id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001"
name = "Example Clinic"

[[organizations.people]]
id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a02"
given_name = "Emily"
family_name = "Doe"
birth_date = "2018-09-14"
patient_id = "pat-emily"
guardians = [{ account = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a41", relationship = "MTH", basis = "parental" }]

[[organizations.people]]
id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a41"
given_name = "Anna"
family_name = "Doe"
email = "anna@example.test"
password = "correct horse battery staple"
consumer = true
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_app_has_lost_everything_at_once_and_the_next_one_asks_again() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let code = app.code(&browser, SCOPE, JOHN).await;
    let own = app.redeem(&code).await;
    let code = app.code(&browser, SCOPE, EMILY).await;
    let hers = app.redeem(&code).await;
    let page = browser.open(APPS).await;
    assert_eq!(page.body.matches(">Stop access<").count(), 2);
    assert!(page.has("Uses the data of Emily Doe") && page.has("Uses your data"));
    let (before, _) = page.body.split_once("Uses the data of Emily Doe").unwrap();
    let id = before.rsplit_once("id=\"app-").unwrap().1;
    let id = id.split_once('"').unwrap().0;
    let answer = browser.submit(&page, &format!("stop-{id}"), &[]).await;
    let page = browser.follow(answer).await;
    assert!(page.has("role=\"status\"") && !page.has("Emily"));
    assert_eq!(app.refresh(hers.refresh()).await.error(), "invalid_grant");
    assert_eq!(app.userinfo(hers.access()).await.status, 401);
    assert_eq!(app.refresh(own.refresh()).await.status, 200);
    let page = browser.open(&app.authorize(SCOPE, &[])).await;
    let page = browser.choose(&page, EMILY).await;
    assert!(page.has("id=\"consent-form\""));
    let done = ("consent_withdrawn".to_owned(), "done".to_owned());
    assert!(server.audited().await.contains(&done));
}

/// N-19.
#[tokio::test(flavor = "multi_thread")]
async fn n_19_another_guardians_consent_is_neither_listed_nor_stopped() {
    let server = Server::spawn().await;
    server.apply(ANNA).await;
    let (app, anna) = (App::family(&server), Browser::new(&server.url));
    let page = anna.open(&app.authorize(SCOPE, &[])).await;
    let page = anna.sign_in(&page, "anna@example.test").await;
    let page = anna.choose(&page, EMILY).await;
    let page = anna.decide(&page, "allow").await;
    let hers = app.redeem(&page.answer()["code"]).await;
    let page = anna.open(APPS).await;
    let hers_form = form(&page, "stop-");
    let address = format!("/account/apps/{}/stop", &hers_form["stop-".len()..]);

    let john = signed_in(&server, "john@example.test").await;
    let page = john.open(APPS).await;
    assert!(!page.has(">Stop access<"), "{}", page.body);
    let csrf = page.attribute("name=\"csrf\"", "value");
    assert_eq!(john.post(&address, &[("csrf", &csrf)]).await.status, 404);
    assert_eq!(app.refresh(hers.refresh()).await.status, 200);
}
