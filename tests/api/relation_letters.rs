//! What people are told of who acts for whom, and what they are not.
use serde_json::{Value, json};

use super::{
    ANN_ID, Api,
    staff::{ALL, ORG, clinic, consumers, staff},
};
use crate::harness::{Browser, EMILY, JOHN, Server};

const ANN: &str = "ann@example.test";
const JOHN_AT: &str = "john@example.test";
const OLGA: &str = "olga@example.test";

/// To whom, and what: the first sentences after the greeting, and the link.
type Told = (String, String, String);

fn part(letter: &str) -> Told {
    let to = letter.lines().find_map(|line| line.strip_prefix("To: "));
    let body = letter.split_once("\nHello ").unwrap().1;
    let said = body.split("\n\n").nth(1).unwrap();
    let link = body.lines().find(|line| line.starts_with("http"));
    (
        to.unwrap().to_owned(),
        said.to_owned(),
        link.unwrap().to_owned(),
    )
}

/// The letters that were written since the last time, by reader.
async fn told(server: &Server) -> Vec<Told> {
    let letters = server.letters().await;
    for secret in ["2018", "Emily Doe", "dispute", "case 7", "asked for"] {
        assert!(!letters.iter().any(|letter| letter.contains(secret)));
    }
    let mut told: Vec<Told> = letters.iter().map(|letter| part(letter)).collect();
    told.sort();
    told
}

/// Exactly these letters were written.
async fn hears(server: &Server, expected: &[(&str, &str)]) {
    let told = told(server).await;
    let told: Vec<(&str, &str)> = told
        .iter()
        .map(|(to, said, _)| (to.as_str(), said.as_str()))
        .collect();
    assert_eq!(told, expected);
}

fn guardianships(rest: &str) -> String {
    format!("/organizations/{ORG}/guardianships{rest}")
}

async fn proposed(olga: &Api) -> String {
    let proposal = json!({"guardian_account_id": ANN_ID, "dependent_account_id": EMILY,
        "relationship": "MTH", "basis": "parental"});
    let made = olga.post(&guardianships(""), proposal).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    made.text("id")
}

async fn done(api: &Api, place: &str, body: Value) {
    let answer = api.post(place, body).await;
    assert!(matches!(answer.status, 200 | 201 | 204), "{answer:?}");
}

const ASKED: &str =
    "Example Clinic asks you to act for Emily there. Nothing happens unless you say yes.";

/// Whoever does it himself is told nothing of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_further_guardian_is_asked_and_everybody_concerned_hears_what_becomes_of_it() {
    let server = clinic().await;
    let olga = staff(&server, OLGA, ALL).await;
    let ann = Api::person(&server, ANN, ANN_ID).await;
    let id = proposed(&olga).await;
    let care = format!("{}/account/care", server.url);
    assert_eq!(
        told(&server).await,
        [(ANN.to_owned(), ASKED.to_owned(), care)]
    );
    done(&ann, &format!("/me/guardianships/{id}/accept"), Value::Null).await;
    let said_yes = "the person whom you asked to act for somebody at Example Clinic said yes.";
    let page = format!("{}/admin/{ORG}/consumers/{EMILY}", server.url);
    assert_eq!(
        told(&server).await,
        [(OLGA.to_owned(), said_yes.to_owned(), page)]
    );
    let staff_does = async |deed: &str, body: Value| {
        done(&olga, &guardianships(&format!("/{id}/{deed}")), body).await;
    };
    staff_does("approve", Value::Null).await;
    let begun = [
        (ANN, "you can act for Emily at Example Clinic now."),
        (JOHN_AT, "Ann Roe can act for Emily at Example Clinic now."),
    ];
    hears(&server, &begun).await;
    staff_does("suspend", json!({"reason": "a dispute about custody"})).await;
    let held = "you cannot act for Emily at Example Clinic for the time being. The organization put it on hold.";
    hears(&server, &[(ANN, held)]).await;
    staff_does("resume", Value::Null).await;
    hears(
        &server,
        &[(ANN, "you can act for Emily at Example Clinic again.")],
    )
    .await;
    done(&ann, &format!("/me/guardianships/{id}/end"), Value::Null).await;
    hears(&server, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_is_told_to_the_staff_who_asked_and_theirs_to_whoever_was_asked() {
    let server = clinic().await;
    let olga = staff(&server, OLGA, ALL).await;
    let ann = Api::person(&server, ANN, ANN_ID).await;
    let id = proposed(&olga).await;
    hears(&server, &[(ANN, ASKED)]).await;
    done(
        &ann,
        &format!("/me/guardianships/{id}/decline"),
        Value::Null,
    )
    .await;
    let said_no = "the person whom you asked to act for somebody at Example Clinic said no.";
    hears(&server, &[(OLGA, said_no)]).await;
    let id = proposed(&olga).await;
    hears(&server, &[(ANN, ASKED)]).await;
    done(
        &olga,
        &guardianships(&format!("/{id}/decline")),
        Value::Null,
    )
    .await;
    let withdrawn = "you are no longer asked to act for Emily at Example Clinic. There is nothing to answer any more.";
    hears(&server, &[(ANN, withdrawn)]).await;
    // Approved first, it begins with her yes, and she knows that she said it.
    let id = proposed(&olga).await;
    done(
        &olga,
        &guardianships(&format!("/{id}/approve")),
        Value::Null,
    )
    .await;
    hears(&server, &[(ANN, ASKED)]).await;
    done(&ann, &format!("/me/guardianships/{id}/accept"), Value::Null).await;
    let began = "Ann Roe can act for Emily at Example Clinic now.";
    let said_yes = "the person whom you asked to act for somebody at Example Clinic said yes.";
    hears(&server, &[(JOHN_AT, began), (OLGA, said_yes)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guardian_hears_what_staff_do_to_his_right_and_not_what_he_does() {
    let server = clinic().await;
    let olga = staff(&server, OLGA, ALL).await;
    let john = Api::person(&server, JOHN_AT, JOHN).await;
    let max = json!({"given_name": "Max", "family_name": "Doe", "birth_date": "2020-03-01", "relationship": "FTH"});
    done(&john, "/me/dependents", max).await;
    hears(&server, &[]).await;
    let mia = json!({"given_name": "Mia", "family_name": "Doe", "birth_date": "2021-03-01", "relationship": "FTH"});
    let dependents = consumers(&format!("/{JOHN}/dependents"));
    let added = olga.post(&dependents, mia).await;
    assert_eq!(added.status, 201, "{:?}", added.body);
    hears(
        &server,
        &[(JOHN_AT, "you can act for Mia at Example Clinic now.")],
    )
    .await;
    let end = guardianships(&format!("/{}/end", added.text("id")));
    done(&olga, &end, json!({"reason": "asked for by phone"})).await;
    hears(
        &server,
        &[(JOHN_AT, "you can no longer act for Mia at Example Clinic.")],
    )
    .await;
    let emancipation = consumers(&format!("/{EMILY}/emancipation"));
    done(&olga, &emancipation, json!({"evidence_ref": "case 7"})).await;
    hears(
        &server,
        &[(
            JOHN_AT,
            "you can no longer act for Emily at Example Clinic.",
        )],
    )
    .await;
}

fn grant(server: &Server, identifier: &str) -> Value {
    json!({"identifier": identifier, "ends_at": server.moment(90 * 86_400), "access_level": "limited"})
}

/// N-01: what becomes of it tells the one who asks nothing before somebody says yes.
#[tokio::test(flavor = "multi_thread")]
async fn n_01_a_proxy_is_asked_and_only_a_yes_comes_back() {
    let server = clinic().await;
    let john = Api::person(&server, JOHN_AT, JOHN).await;
    let ann = Api::person(&server, ANN, ANN_ID).await;
    let ask = async |identifier: &str| {
        let asked = john.post("/me/proxies", grant(&server, identifier)).await;
        assert_eq!((asked.status, asked.body), (202, Value::Null));
        let listed = john.get("/me/proxies").await;
        listed.body["items"][0]["id"].as_str().unwrap().to_owned()
    };
    let asks =
        "John asks you to act for them at Example Clinic. Nothing happens unless you say yes.";
    let asked_ann = async |identifier: &str| {
        let id = ask(identifier).await;
        let (to, said, link) = part(&server.letter().await);
        assert_eq!((to.as_str(), said.as_str()), (ANN, asks));
        assert_eq!(link, format!("{}/account/care", server.url));
        id
    };
    let nobody = ask("nobody@example.test").await;
    assert_eq!(
        john.delete(&format!("/me/proxies/{nobody}")).await.status,
        204
    );
    let id = asked_ann(ANN).await;
    done(
        &ann,
        &format!("/me/guardianships/{id}/decline"),
        Value::Null,
    )
    .await;
    assert_eq!(john.delete(&format!("/me/proxies/{id}")).await.status, 204);
    let id = asked_ann("+32470000009").await;
    assert_eq!(john.delete(&format!("/me/proxies/{id}")).await.status, 204);
    hears(&server, &[]).await;

    let id = asked_ann(ANN).await;
    done(&ann, &format!("/me/guardianships/{id}/accept"), Value::Null).await;
    let began = "Ann Roe can act for you at Example Clinic now.".to_owned();
    let page = format!("{}/account/proxies", server.url);
    assert_eq!(told(&server).await, [(JOHN_AT.to_owned(), began, page)]);
    done(&ann, &format!("/me/guardianships/{id}/end"), Value::Null).await;
    let over = "Ann Roe can no longer act for you at Example Clinic.";
    hears(&server, &[(JOHN_AT, over)]).await;
    let id = asked_ann(ANN).await;
    done(&ann, &format!("/me/guardianships/{id}/accept"), Value::Null).await;
    assert_eq!(told(&server).await.len(), 1);
    assert_eq!(john.delete(&format!("/me/proxies/{id}")).await.status, 204);
    hears(
        &server,
        &[(ANN, "you can no longer act for John at Example Clinic.")],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_said_no_and_is_asked_again_can_say_yes_until_it_is_taken_back() {
    let server = clinic().await;
    let john = Api::person(&server, JOHN_AT, JOHN).await;
    let ann = Api::person(&server, ANN, ANN_ID).await;
    let asked = async || {
        let asked = john.post("/me/proxies", grant(&server, ANN)).await;
        assert_eq!(asked.status, 202);
        server.letter().await;
        let listed = ann.get("/me/dependents").await;
        listed.body["items"][0]["id"].as_str().unwrap().to_owned()
    };
    let first = asked().await;
    done(
        &ann,
        &format!("/me/guardianships/{first}/decline"),
        Value::Null,
    )
    .await;
    let second = asked().await;
    let listed = john.get("/me/proxies").await.body;
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(listed["items"][0]["id"], *first); // as if she had not answered
    assert_eq!(
        john.delete(&format!("/me/proxies/{first}")).await.status,
        204
    );
    let late = ann
        .post(&format!("/me/guardianships/{second}/accept"), Value::Null)
        .await;
    assert_eq!((late.status, late.code()), (404, "not_found"));
}

/// Who asks again means what he says last, and sees it as it will be.
#[tokio::test(flavor = "multi_thread")]
async fn who_asks_again_with_less_grants_less() {
    let server = clinic().await;
    let john = Api::person(&server, JOHN_AT, JOHN).await;
    let ann = Api::person(&server, ANN, ANN_ID).await;
    let asked = async |level: &str| {
        let mut grant = grant(&server, ANN);
        grant["access_level"] = json!(level);
        assert_eq!(john.post("/me/proxies", grant).await.status, 202);
        server.letter().await;
        let listed = john.get("/me/proxies").await.body;
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
        assert_eq!(listed["items"][0]["access_level"], level);
        let listed = ann.get("/me/dependents").await.body;
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
        listed["items"][0]["id"].as_str().unwrap().to_owned()
    };
    let accept = async |id: &str| {
        let place = format!("/me/guardianships/{id}/accept");
        ann.post(&place, Value::Null).await
    };
    let full = asked("full").await;
    let limited = asked("limited").await;
    assert_eq!(accept(&full).await.status, 404);
    let accepted = accept(&limited).await;
    assert_eq!(accepted.status, 200);
    assert_eq!(accepted.body["access_level"], "limited");
    // The one that came of it stands in place of what was asked, and ends with it.
    let listed = john.get("/me/proxies").await.body;
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(listed["items"][0]["id"], *limited);
    let place = format!("/me/proxies/{limited}");
    assert_eq!(john.delete(&place).await.status, 204);
    assert_eq!(john.get("/me/proxies").await.body["items"], json!([]));
}

/// N-01: nor does it show when whoever was asked closes his account.
#[tokio::test(flavor = "multi_thread")]
async fn n_01_what_was_asked_stays_when_nobody_is_there_any_more() {
    let server = clinic().await;
    let john = Api::person(&server, JOHN_AT, JOHN).await;
    let asked = john.post("/me/proxies", grant(&server, ANN)).await;
    assert_eq!(asked.status, 202);
    server.letter().await;
    let before = john.get("/me/proxies").await.body;
    let ann = Browser::new(&server.url);
    let page = ann.open("/sign-in").await;
    ann.sign_in(&page, ANN).await;
    let page = ann.open("/account/security/close").await;
    let typed = [("confirmation", ANN)];
    let closed = ann.submit(&page, "close-form", &typed).await;
    assert_eq!(closed.status, 303);
    assert_eq!(john.get("/me/proxies").await.body, before);
}

/// Nobody's inbox is filled by asking and taking back.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_asked_again_and_again_gets_five_letters_an_hour() {
    let server = clinic().await;
    let john = Api::person(&server, JOHN_AT, JOHN).await;
    let ann = Api::person(&server, ANN, ANN_ID).await;
    for time in 1..=6 {
        let asked = john.post("/me/proxies", grant(&server, ANN)).await;
        assert_eq!(asked.status, 202);
        while ann.get("/me/dependents").await.body["items"] == json!([]) {
            tokio::task::yield_now().await;
        }
        assert_eq!(
            server.letters().await.len(),
            usize::from(time <= 5),
            "{time}"
        );
        let listed = john.get("/me/proxies").await;
        let id = listed.body["items"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(john.delete(&format!("/me/proxies/{id}")).await.status, 204);
    }
}

/// Ann has a number beside her address, and gets no text; Kim has nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn who_has_a_number_and_no_e_mail_address_gets_a_text() {
    const KIM: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a91";
    let server = clinic().await;
    let kim = format!(
        r#"
[[organizations]]
id = "{ORG}"
name = "Example Clinic"

[[organizations.people]]
id = "{KIM}"
given_name = "Kim"
family_name = "Moe"
birth_date = "1981-01-01"
phone = "+32470000031"
password = "correct horse battery staple"
patient_id = "pat-kim"
"#
    );
    server.apply(&kim).await;
    let olga = staff(&server, OLGA, ALL).await;
    let proposal = json!({"guardian_account_id": KIM, "dependent_account_id": EMILY,
        "relationship": "MTH", "basis": "parental"});
    let made = olga.post(&guardianships(""), proposal).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    hears(&server, &[("+32470000031", ASKED)]).await;
}
