//! A dependent signs in himself with a shared identifier (DOMAIN.md 4.1).
use serde_json::{Value, json};

use super::{
    Api,
    staff::{ALL, clinic, consumers, staff},
};
use crate::harness::{App, Browser, PASSWORD, Page, Server, claims};

const TOM: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a51";
const TOMS: &str = "tom rides a green bicycle";
const FAMILY: &str = r#"
[[organizations]]
id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001"
name = "Example Clinic"

[[organizations.people]]
id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a51"
given_name = "Thomas"
family_name = "Doe"
birth_date = "2012-03-01"
patient_id = "pat-tom"
guardians = [{ account = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a01", relationship = "FTH", basis = "parental" }]
"#;

/// Signs in at the page by itself.
async fn sign_in(browser: &Browser, password: &str) -> Page {
    let page = browser.open("/sign-in").await;
    let fields = [("username", "john@example.test"), ("password", password)];
    let answer = browser.submit(&page, "login-form", &fields).await;
    browser.follow(answer).await
}

/// The page about the sign-in of somebody John cares for.
async fn page_of(john: &Browser, name: &str) -> Page {
    let care = john.open("/account/care").await;
    let (before, _) = care.body.split_once(&format!(">{name}</h2>")).unwrap();
    let id = before.rsplit_once("id=\"for-").unwrap().1;
    let id = id.split_once('"').unwrap().0;
    john.open(&format!("/account/care/{id}/sign-in")).await
}

async fn enabled(server: &Server, password: &str) -> Browser {
    server.apply(FAMILY).await;
    let john = Browser::new(&server.url);
    sign_in(&john, PASSWORD).await;
    let page = page_of(&john, "Thomas Doe").await;
    let done = john
        .submit(&page, "personal-form", &[("password", password)])
        .await;
    assert!(john.follow(done).await.has("role=\"status\""));
    john
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dependent_signs_in_himself_with_the_shared_address_and_acts_for_himself_alone() {
    let server = clinic().await;
    let john = enabled(&server, TOMS).await;
    let young = page_of(&john, "Emily Doe").await;
    assert!(!young.has("id=\"personal-form\"") && young.has("too young"));

    let tom = Browser::new(&server.url);
    assert!(sign_in(&tom, TOMS).await.has("Hello, Thomas"));
    let app = App::portal(&server);
    let answer = tom.open(&app.authorize("openid profile email", &[])).await;
    let tokens = app.redeem(&answer.answer()["code"]).await; // no chooser
    let access = claims(tokens.access());
    assert_eq!((&access["sub"], access.get("act")), (&json!(TOM), None));
    assert_eq!(access["consumer_kind"], "dependent");
    let page = tom.open("/account/security/identifier").await;
    let own = [("username", "tom@example.test")];
    let refused = tom.submit(&page, "identifier-form", &own).await;
    assert_eq!(refused.status, 422); // N-03: at the hand-over
    let shown = app.userinfo(tokens.access()).await;
    assert_eq!(shown.body.get("email"), None); // N-08

    assert!(
        sign_in(&Browser::new(&server.url), PASSWORD)
            .await
            .has("Hello, John")
    );
    let wrong = sign_in(&Browser::new(&server.url), "neither of the two").await;
    assert_eq!(wrong.status, 422);

    let page = page_of(&john, "Thomas Doe").await;
    john.submit(&page, "personal-end-form", &[]).await;
    assert!(tom.open("/account").await.has("id=\"login-form\""));
    assert_eq!(sign_in(&tom, TOMS).await.status, 422);
}

/// DOMAIN.md 12: a third party needs the consent of somebody who cares for the minor.
#[tokio::test(flavor = "multi_thread")]
async fn a_minor_allows_a_third_party_only_after_his_guardian_did() {
    let server = clinic().await;
    let john = enabled(&server, TOMS).await;
    let (app, tom) = (App::family(&server), Browser::new(&server.url));
    sign_in(&tom, TOMS).await;
    let scope = "openid patient/Immunization.rs offline_access";
    let refused = tom.open(&app.authorize(scope, &[])).await;
    assert_eq!(refused.answer()["error"], "access_denied");
    app.code(&john, scope, TOM).await;
    let page = tom.open(&app.authorize(scope, &[])).await;
    let page = tom.decide(&page, "allow").await;
    let tokens = app.redeem(&page.answer()["code"]).await;
    let apps = john.open("/account/apps").await;
    let (_, form) = apps.body.split_once("id=\"stop-").unwrap();
    let form = format!("stop-{}", form.split_once('"').unwrap().0);
    john.submit(&apps, &form, &[]).await;
    assert_eq!(app.refresh(tokens.refresh()).await.error(), "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_let_a_dependent_sign_in_too_and_end_it() {
    let server = clinic().await;
    server.apply(FAMILY).await;
    let olga = staff(&server, "olga@example.test", ALL).await;
    let place = |who: &str| consumers(&format!("/{who}/sign-in"));
    for (who, password, code) in [
        (TOM, "short", "validation"),
        (crate::harness::EMILY, TOMS, "too_young"),
        (super::ANN_ID, TOMS, "grown_up"),
        ("x", TOMS, "not_found"),
    ] {
        let refused = olga.put(&place(who), json!({ "password": password })).await;
        assert_eq!(refused.code(), code, "{who}");
    }
    let body = json!({ "password": TOMS });
    assert_eq!(olga.put(&place(TOM), body).await.status, 204);
    let tom = Browser::new(&server.url);
    assert!(sign_in(&tom, TOMS).await.has("Hello, Thomas"));
    assert_eq!(olga.delete(&place(TOM)).await.status, 204);
    assert!(tom.open("/account").await.has("id=\"login-form\""));
    assert_eq!(olga.delete(&place(TOM)).await.status, 404);
    let ina = staff(&server, "ina@example.test", ALL).await;
    let max = place(super::staff::MAX);
    let body = json!({ "password": TOMS });
    assert_eq!(ina.put(&max, body).await.code(), "own_relation"); // I-16
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_passwords_are_the_owners() {
    let server = clinic().await;
    enabled(&server, PASSWORD).await;
    let somebody = sign_in(&Browser::new(&server.url), PASSWORD).await;
    assert!(somebody.has("Hello, John"));
}

/// N-03: who grew up can only take over his account; a password that the guardian chose proves
/// nothing, so that it needs the code of staff.
#[tokio::test(flavor = "multi_thread")]
async fn n_03_after_majority_a_personal_sign_in_leads_only_to_the_hand_over() {
    let server = clinic().await;
    server.apply(FAMILY).await;
    let olga = staff(&server, "olga@example.test", ALL).await;
    let body = json!({ "password": TOMS });
    let place = consumers(&format!("/{TOM}/sign-in"));
    assert_eq!(olga.put(&place, body).await.status, 204);
    let own = "my own long secret words";
    changed(&server, TOMS, own).await;
    let grown = json!({"birth_date": "2008-03-01"});
    let place = consumers(&format!("/{TOM}"));
    assert_eq!(olga.patch(&place, grown, "").await.status, 200);
    let again = Browser::new(&server.url);
    let page = sign_in(&again, own).await;
    assert!(page.has("id=\"handover-form\"") && page.has("type=\"hidden\" name=\"code\""));
    assert!(again.open("/account").await.has("id=\"login-form\""));
    let code = page.attribute("name=\"code\"", "value");
    let fields = [
        ("code", code.as_str()),
        ("username", "tom@example.test"),
        ("password", "another long secret word"),
    ];
    let begun = again.submit(&page, "handover-form", &fields).await;
    let page = again.follow(begun).await;
    let letter = server.letter().await;
    let link = letter.lines().find(|line| line.starts_with(&server.url));
    assert!(page.has("id=\"code-form\""));
    let page = again.open(link.unwrap()).await;
    let done = again.submit(&page, "verify-form", &[]).await;
    assert!(again.follow(done).await.has("Hello, Thomas"));
    assert_eq!(sign_in(&Browser::new(&server.url), own).await.status, 422);
}

/// Whoever signs in with the shared address and `old` as the child chooses another password.
async fn changed(server: &Server, old: &str, new: &str) {
    let tom = Browser::new(&server.url);
    assert!(sign_in(&tom, old).await.has("Hello, Thomas"));
    let page = tom.open("/account/security/password").await;
    let fields = [("current_password", old), ("password", new)];
    let changed = tom.submit(&page, "password-form", &fields).await;
    assert_eq!(changed.status, 303);
}

/// N-03: the guardian may have changed it himself, as the child.
#[tokio::test(flavor = "multi_thread")]
async fn n_03_a_changed_password_that_the_guardian_had_chosen_needs_the_code_of_staff() {
    let server = clinic().await;
    enabled(&server, TOMS).await;
    let second = "my own long secret words";
    changed(&server, TOMS, second).await;
    let third = "other long secret words";
    changed(&server, second, third).await;
    let olga = staff(&server, "olga@example.test", ALL).await;
    let grown = json!({"birth_date": "2008-03-01"});
    let place = consumers(&format!("/{TOM}"));
    assert_eq!(olga.patch(&place, grown, "").await.status, 200);
    let page = sign_in(&Browser::new(&server.url), third).await;
    assert!(page.has("id=\"handover-form\"") && page.has("id=\"code\""));
    assert!(!page.has("type=\"hidden\" name=\"code\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn n_03_a_password_that_the_guardian_chose_needs_the_code_of_staff() {
    let server = clinic().await;
    enabled(&server, TOMS).await;
    let olga = staff(&server, "olga@example.test", ALL).await;
    let grown = json!({"birth_date": "2008-03-01"});
    let place = consumers(&format!("/{TOM}"));
    olga.patch(&place, grown, "").await;
    let page = sign_in(&Browser::new(&server.url), TOMS).await;
    assert!(page.has("id=\"handover-form\"") && page.has("id=\"code\""));
    assert!(!page.has("type=\"hidden\" name=\"code\""));
}

/// DOMAIN.md 4.4: with an identifier of his own he needs no code.
#[tokio::test(flavor = "multi_thread")]
async fn i_04_who_owns_an_identifier_stands_on_his_own_at_majority_by_himself() {
    let server = clinic().await;
    enabled(&server, TOMS).await;
    let mut tx = server.write().await;
    let own = "INSERT INTO login_identifiers (id, account_id, kind, value_norm, verified_at)
       VALUES ($1, $1, 'email', 'tom@example.test', 1)";
    tx.query(own).bind(TOM).run().await.unwrap();
    tx.commit().await.unwrap();
    let olga = staff(&server, "olga@example.test", ALL).await;
    let standing = async || {
        let shown = olga.get(&consumers(&format!("/{TOM}"))).await;
        shown.text("standing")
    };
    let as_tom = async |browser: &Browser| {
        let page = browser.open("/sign-in").await;
        let fields = [("username", "tom@example.test"), ("password", TOMS)];
        let answer = browser.submit(&page, "login-form", &fields).await;
        browser.follow(answer).await
    };
    let tom = Browser::new(&server.url);
    assert!(as_tom(&tom).await.has("Hello, Thomas"));
    assert_eq!(standing().await, "dependent");
    let (app, john) = (App::family(&server), Browser::new(&server.url));
    let code = app.code(&john, "openid offline_access", TOM).await;
    let his = app.redeem(&code).await;
    let grown = json!({"birth_date": "2008-03-01"});
    olga.patch(&consumers(&format!("/{TOM}")), grown, "").await;
    assert_eq!(app.refresh(his.refresh()).await.error(), "invalid_grant"); // N-02
    let again = Browser::new(&server.url);
    assert!(as_tom(&again).await.has("Hello, Thomas"));
    assert_eq!(standing().await, "primary");
}

/// A guardian goes by himself or by the staff's hand, and not because the dependent wants it.
#[tokio::test(flavor = "multi_thread")]
async fn a_dependent_who_signs_in_himself_sees_his_guardian_and_cannot_dismiss_him() {
    let server = clinic().await;
    enabled(&server, TOMS).await;
    let tom = Browser::new(&server.url);
    sign_in(&tom, TOMS).await;
    let app = App::portal(&server);
    let api = format!("{}/api", server.url);
    let asked = app.authorize("openid account", &[("resource", &api)]);
    let answer = tom.open(&asked).await;
    let tokens = app.redeem(&answer.answer()["code"]).await;
    let tom = Api::bearer(&server, tokens.access());
    let listed = tom.get("/me/guardianships").await.body;
    let id = listed["items"][0]["id"].as_str().unwrap().to_owned();
    let end = format!("/me/guardianships/{id}/end");
    let refused = tom.post(&end, Value::Null).await;
    assert_eq!((refused.status, refused.code()), (403, "not_the_guardian"));
    let proxy = tom.delete(&format!("/me/proxies/{id}")).await;
    assert_eq!(proxy.status, 404);
    assert_eq!(tom.get("/me/guardianships").await.body, listed);
}
