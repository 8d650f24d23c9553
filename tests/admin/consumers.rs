//! Consumers and guardianships in the console.
use super::{INA, at, clinic, console, press};
use crate::harness::{Browser, EMILY, JOHN, Page};

const ANN: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a11";
const MAX: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a23";
const OTTO: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a31";

fn person(account: &str) -> String {
    at(&format!("/consumers/{account}"))
}

/// The address of the first relation that the page links to.
fn relation(page: &Page) -> String {
    let (_, rest) = page.body.split_once(&at("/guardianships/")).unwrap();
    let id = rest.split_once('"').unwrap().0;
    at(&format!("/guardianships/{id}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn consumers_are_found_by_name_address_number_and_patient_id() {
    let server = clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let list = olga.open(&at("/consumers")).await;
    for name in ["John Doe", "Emily Doe", "Ann Roe"] {
        assert!(list.has(name), "{name}");
    }
    assert!(!list.has("Otto")); // N-15
    for (text, found, not) in [
        ("doe", "Emily Doe", "Ann Roe"),
        ("ANN R", "Ann Roe", "John Doe"),
        ("ann@ex", "Ann Roe", "John Doe"),
        ("0470 00 00 09", "Ann Roe", "John Doe"),
        ("pat-emily", "Emily Doe", "John Doe"),
        ("%25", "Nobody matches", "John Doe"),
        ("_", "Nobody matches", "John Doe"),
    ] {
        let page = olga.open(&at(&format!("/consumers?q={text}"))).await;
        assert!(page.has(found) && !page.has(not), "{text}: {}", page.body);
    }
    let (_, page) = console(&server, "john@example.test").await;
    assert_eq!(page.status, 403);
    let (carl, _) = console(&server, "carl@example.test").await;
    assert_eq!(carl.open(&at("/consumers")).await.status, 403); // config users see no patients
    assert_eq!(olga.open(&person(OTTO)).await.status, 404); // N-15
}

/// By staff on pages, and members by the API.
#[tokio::test(flavor = "multi_thread")]
async fn names_are_found_whatever_their_case_and_accents() {
    const STAFF: &str = r#"
[[organizations]]
id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001"
name = "Example Clinic"

[[organizations.people]]
given_name = "João"
family_name = "ÁVILA"
birth_date = "1984-05-02"
email = "joao@example.test"
password = "correct horse battery staple"
roles = ["PROVIDER"]
patient_id = "pat-joao"
"#;
    let server = clinic().await;
    server.apply(STAFF).await;
    let (olga, _) = console(&server, "olga@example.test").await;
    for text in ["joao", "JO%C3%83O", "%C3%A1vila", "joa%CC%83o%20av"] {
        for page in ["consumers", "members"] {
            let found = olga.open(&at(&format!("/{page}?q={text}"))).await;
            let is_only = found.has("João ÁVILA") && !found.has("Sarah Lee");
            assert!(is_only, "{page}, {text}: {}", found.body);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_enter_a_person_and_change_what_they_know_of_him() {
    let server = clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let form = olga.open(&at("/consumers/new")).await;
    let wrong = [
        ("given_name", ""),
        ("family_name", "Berg"),
        ("birth_date", "2099-01-01"),
        ("patient_id", "a\u{7}"),
    ];
    let again = olga.submit(&form, "consumer-form", &wrong).await;
    assert_eq!(again.status, 422);
    for field in ["given_name", "birth_date", "patient_id"] {
        assert!(again.has(&format!("{field}-error")), "{field}");
    }
    let mut right = [
        ("given_name", "Nora"),
        ("family_name", "Berg"),
        ("birth_date", "1990-02-03"),
        ("patient_id", "pat-john"),
    ];
    let taken = olga.submit(&form, "consumer-form", &right).await;
    assert!(taken.status == 422 && taken.has("Another person has this patient ID."));
    right[3].1 = "pat-nora";
    let made = olga.submit(&form, "consumer-form", &right).await;
    let page = olga.follow(made).await;
    assert!(page.has("Nora Berg") && page.has("pat-nora") && page.has("1990-02-03"));

    let change = [
        ("given_name", "Noor"),
        ("family_name", "Berg"),
        ("patient_id", "pat-ann"),
    ];
    let taken = olga.submit(&page, "consumer-form", &change).await;
    assert!(taken.status == 422 && taken.has("patient_id-error"));
    let change = [
        ("given_name", "Noor"),
        ("family_name", "Berg"),
        ("patient_id", "pat-noor"),
    ];
    let saved = olga.submit(&page, "consumer-form", &change).await;
    let page = olga.follow(saved).await;
    assert!(page.has("Noor Berg") && page.has("Saved.") && page.has("1990-02-03"));
    let held = olga
        .submit(&page, "status-form", &[("status", "suspended")])
        .await;
    let page = olga.follow(held).await;
    assert!(page.has("On hold."));
    let back = olga
        .submit(&page, "status-form", &[("status", "active")])
        .await;
    let page = olga.follow(back).await;
    assert!(page.has("They can go on."));

    // She has grown up: the code is shown once.
    let place = page.url.path().to_owned();
    let shown = press(&olga, &page, &format!("{place}/handover-code")).await;
    assert!(shown.has("id=\"handover-code\""));
    assert!(!olga.open(&place).await.has("id=\"handover-code\""));
}

async fn reason(olga: &Browser, page: &Page, form: &str, reason: &str) -> Page {
    let answer = olga.submit(page, form, &[("reason", reason)]).await;
    olga.follow(answer).await
}

/// N-02: every app loses access at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_relation_is_held_resumed_changed_and_ended_with_a_reason() {
    let server = clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let page = olga.open(&person(EMILY)).await;
    assert!(page.has("John Doe") && page.has("the father, as parent of a minor"));
    assert!(page.has("2036")); // comes of age
    let place = relation(&page);
    let page = olga.open(&place).await;
    assert!(page.has("John Doe for Emily Doe") && page.has("Can act."));

    let refused = reason(&olga, &page, "suspend-form", "x").await;
    assert!(refused.status == 409 && refused.has("suspend-error"));
    let held = reason(&olga, &page, "suspend-form", "a dispute").await;
    assert!(held.has("Cannot act: it is not in force."));
    let back = press(&olga, &held, &format!("{place}/resume")).await;
    assert!(back.has("In force again.") && back.has("Can act."));
    let twice = press(&olga, &held, &format!("{place}/resume")).await;
    assert!(twice.status == 409 && twice.has("It is in another state by now."));

    let mut fields = [
        ("last_day", "2026-01-01"),
        ("level", "limited"),
        ("ceiling", "user/*.rs"),
        ("evidence", ""),
    ];
    for (at, value, fault) in [(2, "", "last_day-error"), (0, "", "ceiling-error")] {
        let mut wrong = fields;
        wrong[at].1 = value;
        let refused = olga.submit(&back, "relation-form", &wrong).await;
        assert!(refused.status == 409 && refused.has(fault), "{fault}");
    }
    fields[0].1 = "2030-01-31";
    fields[2].1 = "patient/Immunization.rs";
    let saved = olga.submit(&back, "relation-form", &fields).await;
    let page = olga.follow(saved).await;
    assert!(page.has("31 Jan 2030") && page.has("patient/Immunization.rs"));

    let ended = reason(&olga, &page, "end-form", "the court decided").await;
    assert!(ended.has("Ended.") && ended.has("Nobody."));
    assert_eq!(olga.open(&place).await.status, 404);
    let audited = server.audited().await;
    for action in [
        "guardianship_suspended",
        "guardianship_resumed",
        "guardianship_changed",
        "guardianship_ended",
    ] {
        assert!(
            audited.contains(&(action.to_owned(), "done".to_owned())),
            "{action}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relation_whose_time_is_over_cannot_be_given_another_last_day() {
    let server = clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let page = olga.open(&person(EMILY)).await;
    let place = relation(&page);
    let page = olga.open(&place).await;
    let today = server.moment(0)[..10].to_owned();
    let fields = |last_day| {
        [
            ("last_day", last_day),
            ("level", "full"),
            ("ceiling", ""),
            ("evidence", ""),
        ]
    };
    let saved = olga.submit(&page, "relation-form", &fields(&today)).await;
    assert!(olga.follow(saved).await.has("Can act."));
    server.later(25 * 3600);
    let (olga, _) = console(&server, "olga@example.test").await;
    let page = olga.open(&place).await;
    assert!(!page.has("Can act."));
    let refused = olga
        .submit(&page, "relation-form", &fields("2030-01-31"))
        .await;
    assert_eq!(refused.status, 409);
    assert!(refused.has("Its time is over") && !refused.has("Can act."));
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_add_a_child_propose_a_further_guardian_approve_and_record_an_emancipation() {
    let server = clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let form = olga.open(&format!("{}/dependent", person(ANN))).await;
    let mut fields = [
        ("given_name", "Tim"),
        ("family_name", "Roe"),
        ("birth_date", "1990-01-01"),
        ("relationship", "MTH"),
    ];
    let refused = olga.submit(&form, "dependent-form", &fields).await;
    assert_eq!(refused.status, 422);
    let (status, words) = (refused.status, "This person has grown up already.");
    assert!(
        status == 422 && (refused.has(words) || refused.has("no_consumer")),
        "{}",
        refused.body
    );
    fields[2].1 = "2015-01-01";
    let added = olga.submit(&form, "dependent-form", &fields).await;
    let page = olga.follow(added).await;
    assert!(page.has("Added.") && page.has("Tim Roe"));

    let form = olga.open(&format!("{}/guardian", person(EMILY))).await;
    let mut fields = [
        ("guardian", "nobody@example.test"),
        ("relationship", "GRPRN"),
        ("basis", "court_order"),
        ("level", "full"),
        ("last_day", ""),
        ("evidence", ""),
    ];
    let refused = olga.submit(&form, "guardian-form", &fields).await;
    assert!(refused.status == 422 && refused.has("guardian-error"));
    fields[0].1 = "ann@example.test";
    let refused = olga.submit(&form, "guardian-form", &fields).await;
    assert!(refused.status == 422 && refused.has("evidence-error"));
    fields[5].1 = "file 7";
    let proposed = olga.submit(&form, "guardian-form", &fields).await;
    let page = olga.follow(proposed).await;
    assert!(page.has("Ann Roe") && page.has("by order of a court"));
    let (_, second) = page.body.rsplit_once(&at("/guardianships/")).unwrap();
    let place = at(&format!(
        "/guardianships/{}",
        second.split_once('"').unwrap().0
    ));
    let page = olga.open(&place).await;
    assert!(page.has("Waits for the answer") && page.has("Waits for your approval."));
    let approved = press(&olga, &page, &format!("{place}/approve")).await;
    assert!(approved.has("Approved.") && !approved.has("Waits for your approval."));
    let declined = press(&olga, &approved, &format!("{place}/decline")).await;
    assert!(declined.has("Declined."));

    let page = olga.open(&person(EMILY)).await;
    let refused = olga
        .submit(&page, "emancipate-form", &[("evidence", " ")])
        .await;
    assert!(refused.status == 422 && refused.has("evidence-error"));
    let done = olga
        .submit(&page, "emancipate-form", &[("evidence", "file 8")])
        .await;
    let page = olga.follow(done).await;
    assert!(page.has("Nobody acts as a parent any more.") && !page.has("John Doe"));
    assert!(page.has("Make a code"));
}

/// I-16: whoever is guardian sees no button, and the address refuses her.
#[tokio::test(flavor = "multi_thread")]
async fn i16_staff_decide_nothing_for_their_own_children() {
    let server = clinic().await;
    let (ina, _) = console(&server, "ina@example.test").await;
    let page = ina.open(&person(MAX)).await;
    assert!(page.has("This concerns you yourself"));
    for absent in ["emancipate-form", "/guardian\"", "name=\"birth_date\""] {
        assert!(!page.has(absent), "{absent}");
    }
    let place = relation(&page);
    let shown = ina.open(&place).await;
    assert!(shown.has("This concerns you yourself") && !shown.has("end-form"));
    let csrf = page.attribute("name=\"csrf\"", "value");
    let end = [("csrf", csrf.as_str()), ("reason", "I want to")];
    let refused = ina.post(&format!("{place}/end"), &end).await;
    assert!(refused.status == 409 && refused.has("This concerns you yourself"));
    let grow = [("csrf", csrf.as_str()), ("evidence", "I say so")];
    let refused = ina
        .post(&format!("{}/emancipate", person(MAX)), &grow)
        .await;
    assert_eq!(refused.status, 403);
    let older = [
        ("csrf", csrf.as_str()),
        ("given_name", "Max"),
        ("family_name", "Intake"),
        ("birth_date", "2000-01-01"),
    ];
    assert_eq!(ina.post(&person(MAX), &older).await.status, 403); // N-03
    for form in ["guardian", "dependent"] {
        let page = ina.open(&format!("{}/{form}", person(INA))).await;
        assert_eq!(page.status, 403, "{form}");
    }
}

/// SECURITY.md 6.5.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_signed_in_long_ago_signs_in_again_before_he_decides() {
    let server = clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let page = olga.open(&person(EMILY)).await;
    let place = relation(&page);
    let page = olga.open(&place).await;
    server.later(601);
    let refused = reason(&olga, &page, "end-form", "the court decided").await;
    assert_eq!(refused.url.path(), "/sign-in");
    let back = olga.sign_in(&refused, "olga@example.test").await;
    assert_eq!(back.url.path(), place);
    assert!(back.has("Can act."));
    let ended = reason(&olga, &back, "end-form", "the court decided").await;
    assert!(ended.has("Ended."));
}

/// The page answers by the rules that are enforced.
#[tokio::test(flavor = "multi_thread")]
async fn the_what_if_page_says_who_could_act_on_a_day_and_why_not() {
    let server = clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let ask = async |person: &str, day: &str| {
        let place = at(&format!("/what-if?person={person}&day={day}"));
        olga.open(&place).await
    };
    assert!(ask(EMILY, "").await.has("Can act."));
    let before = ask("pat-emily", "2036-09-13").await;
    assert!(before.has("Can act.") && before.has("14 Sep 2036"));
    let after = ask(EMILY, "2036-09-14").await;
    assert!(after.has("the patient has come of age"));
    assert!(ask(EMILY, "2020-01-01").await.has("it starts later"));
    assert!(ask(JOHN, "").await.has("Nobody."));
    for (person, day) in [("nobody", ""), (EMILY, "2026-02-30"), (OTTO, "")] {
        assert_eq!(ask(person, day).await.status, 422, "{person} {day}");
    }
}
