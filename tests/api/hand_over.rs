//! Somebody who grew up takes over his account: the code of staff, and the page.
use serde_json::{Value, json};

use super::{
    Api,
    staff::{ALL, MAX, clinic, consumers, staff},
};
use crate::harness::{App, Browser, EMILY, JOHN, Page, Server, claims};

const OWN: &str = "emily@example.test";
const NEW: &str = "purple kettle rides north";

fn fields<'a>(code: &'a str, username: &'a str) -> [(&'a str, &'a str); 3] {
    [("code", code), ("username", username), ("password", NEW)]
}

fn codes(account: &str) -> String {
    consumers(&format!("/{account}/handover-codes"))
}

/// Emily is grown up by now: staff corrected her birth date.
async fn grown(olga: &Api) {
    let grown = json!({"birth_date": "2008-09-14"});
    let place = consumers(&format!("/{EMILY}"));
    assert_eq!(olga.patch(&place, grown, "").await.status, 200);
}

async fn code(olga: &Api) -> String {
    let issued = olga.post(&codes(EMILY), Value::Null).await;
    assert_eq!(issued.status, 201, "{:?}", issued.body);
    issued.text("handover_code")
}

/// The six digits of a letter.
fn digits(letter: &str) -> String {
    let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|b| b.is_ascii_digit());
    letter.lines().find(is_code).unwrap().to_owned()
}

async fn begin(browser: &Browser, code: &str, username: &str) -> Page {
    let page = browser.open("/hand-over").await;
    let answer = browser
        .submit(&page, "handover-form", &fields(code, username))
        .await;
    browser.follow(answer).await
}

/// I-04, N-02, N-03.
#[tokio::test(flavor = "multi_thread")]
async fn a_grown_up_takes_over_by_the_code_of_staff_and_her_guardian_loses_everything() {
    let server = clinic().await;
    let olga = staff(&server, "olga@example.test", ALL).await;
    let (app, john) = (App::family(&server), Browser::new(&server.url));
    let scope = "openid patient/Immunization.rs offline_access";
    let handed = app.code(&john, scope, EMILY).await;
    let his = app.redeem(&handed).await;
    let early = olga.post(&codes(EMILY), Value::Null).await;
    assert_eq!((early.status, early.code()), (409, "wrong_state"));
    grown(&olga).await;
    let first = code(&olga).await;
    let code = code(&olga).await;

    let emily = Browser::new(&server.url);
    for (given, username) in [
        (first.as_str(), OWN),                // another took its place
        ("0000-0000-0000-0000", OWN),         // invented
        (code.as_str(), "nowhere"),           // no identifier
        (code.as_str(), "john@example.test"), // N-03
        (code.as_str(), "olga@example.test"), // anybody's
    ] {
        let refused = begin(&emily, given, username).await;
        assert_eq!(refused.status, 422, "{username}");
        let is_taken = username.ends_with("example.test") && username != OWN;
        assert_eq!(
            refused.has("identifier_unavailable"),
            is_taken,
            "{username}"
        );
    }
    assert!(server.letters().await.is_empty());

    let typed = code.to_lowercase().replace('-', " ");
    let page = begin(&emily, &typed, OWN).await;
    let letter = server.letter().await;
    assert!(letter.contains(&format!("To: {OWN}")));
    let wrong = emily
        .submit(&page, "code-form", &[("code", "000000")])
        .await;
    assert_eq!(wrong.status, 422);
    let done = emily
        .submit(&wrong, "code-form", &[("code", &digits(&letter))])
        .await;
    assert_eq!(emily.follow(done).await.url.path(), "/account");
    let told = server.letters().await;
    let over = "you can no longer act for Emily at Example Clinic.";
    assert!(told.len() == 1 && told[0].contains("To: john@") && told[0].contains(over));

    assert_eq!(app.refresh(his.refresh()).await.error(), "invalid_grant");
    assert_eq!(app.userinfo(his.access()).await.status, 401);
    let chooser = john.open(&app.authorize(scope, &[])).await;
    assert!(!chooser.has("Emily"));
    let shown = olga.get(&consumers(&format!("/{EMILY}"))).await;
    assert_eq!(shown.body["standing"], "primary");
    assert_eq!(shown.body["email"], OWN);
    assert_eq!(shown.body["patient_id"], "pat-emily");
    let page = emily.open(&app.authorize(scope, &[])).await;
    let page = emily.decide(&page, "allow").await;
    let own = app.redeem(&page.answer()["code"]).await;
    let own = claims(own.access());
    assert_eq!((&own["sub"], &own["act"]), (&json!(EMILY), &Value::Null));
    assert_eq!(own["consumer_kind"], "patient");

    let again = begin(&Browser::new(&server.url), &code, "other@example.test").await;
    assert_eq!(again.status, 422); // once
    let late = olga.post(&codes(EMILY), Value::Null).await;
    assert_eq!((late.status, late.code()), (409, "wrong_state"));
}

/// I-16, N-03.
#[tokio::test(flavor = "multi_thread")]
async fn i_16_no_guardian_issues_the_code_and_it_lasts_three_days() {
    let server = clinic().await;
    let olga = staff(&server, "olga@example.test", ALL).await;
    let grown_max = json!({"birth_date": "2008-01-01"});
    olga.patch(&consumers(&format!("/{MAX}")), grown_max, "")
        .await;
    let ina = staff(&server, "ina@example.test", ALL).await;
    let refused = ina.post(&codes(MAX), Value::Null).await;
    assert_eq!((refused.status, refused.code()), (403, "own_relation"));
    assert_eq!(olga.post(&codes(MAX), Value::Null).await.status, 201);
    let primary = olga.post(&codes(super::ANN_ID), Value::Null).await;
    assert_eq!((primary.status, primary.code()), (409, "wrong_state"));
    let person = Api::person(&server, "john@example.test", JOHN).await;
    assert_eq!(person.post(&codes(MAX), Value::Null).await.status, 403);

    grown(&olga).await;
    let code = code(&olga).await;
    let browser = Browser::new(&server.url);
    server.later(72 * 3600 + 1);
    assert_eq!(begin(&browser, &code, OWN).await.status, 422);
}

/// The link of a hand-over that somebody began.
async fn link(server: &Server, olga: &Api) -> String {
    let code = code(olga).await;
    begin(&Browser::new(&server.url), &code, OWN).await;
    let letter = server.letter().await;
    let link = letter.lines().find(|line| line.starts_with(&server.url));
    link.unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_finishes_in_another_browser_but_signs_nobody_in_there() {
    let server = clinic().await;
    let olga = staff(&server, "olga@example.test", ALL).await;
    grown(&olga).await;
    let link = link(&server, &olga).await;
    let other = Browser::new(&server.url);
    let page = other.open(&link).await;
    let done = other.submit(&page, "verify-form", &[]).await;
    assert_eq!(other.follow(done).await.url.path(), "/sign-in");
    let twice = other.open(&link).await;
    let twice = other.submit(&twice, "verify-form", &[]).await;
    assert_eq!(twice.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_enter_a_person_who_takes_the_account_over() {
    let server = clinic().await;
    let olga = staff(&server, "olga@example.test", ALL).await;
    let rita = json!({"given_name": "Rita", "family_name": "Roe", "birth_date": "1950-05-05",
        "patient_id": "pat-rita"});
    let made = olga.post(&consumers(""), rita.clone()).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    assert_eq!(made.body["patient_id"], "pat-rita");
    let id = made.text("id");
    assert!(made.location().ends_with(&consumers(&format!("/{id}"))));
    let again = olga.post(&consumers(""), rita.clone()).await;
    assert_eq!((again.status, again.code()), (409, "patient_id_taken"));
    let mut unborn = rita;
    unborn["birth_date"] = "2099-01-01".into();
    let refused = olga.post(&consumers(""), unborn).await;
    assert_eq!(refused.body["errors"][0]["field"], "birth_date");
    let narrow = staff(&server, "olga@example.test", "openid consumers:read").await;
    let refused = narrow.post(&consumers(""), json!({})).await;
    assert!([403, 422].contains(&refused.status));

    let issued = olga.post(&codes(&id), Value::Null).await;
    let browser = Browser::new(&server.url);
    let code = issued.text("handover_code");
    let page = begin(&browser, &code, "rita@example.test").await;
    let letter = server.letter().await;
    let done = browser
        .submit(&page, "code-form", &[("code", &digits(&letter))])
        .await;
    assert!(browser.follow(done).await.has("Hello, Rita"));
}

/// What was begun with a code that staff replaced cannot be finished.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_code_ends_what_was_begun_with_the_old_one() {
    let server: Server = clinic().await;
    let olga = staff(&server, "olga@example.test", ALL).await;
    grown(&olga).await;
    let first = code(&olga).await;
    let browser = Browser::new(&server.url);
    let page = begin(&browser, &first, OWN).await;
    let letter = server.letter().await;
    code(&olga).await;
    let late = browser
        .submit(&page, "code-form", &[("code", &digits(&letter))])
        .await;
    assert_eq!(late.status, 422);
}

/// 4.4: a link works once, however often it is used at once.
#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_who_use_one_link_of_a_hand_over_at_once_one_takes_over() {
    let server = clinic().await;
    let olga = staff(&server, "olga@example.test", ALL).await;
    grown(&olga).await;
    let link = link(&server, &olga).await;
    let mut open = Vec::new();
    for _ in 0..20 {
        let browser = Browser::new(&server.url);
        let page = browser.open(&link).await;
        open.push((browser, page));
    }
    let mut trying = tokio::task::JoinSet::new();
    for (browser, page) in open {
        trying.spawn(async move { browser.submit(&page, "verify-form", &[]).await.status });
    }
    let mut answers = trying.join_all().await;
    answers.sort_unstable();
    assert_eq!(answers[0], 303);
    assert_eq!(answers[1..], [422; 19]);
}
