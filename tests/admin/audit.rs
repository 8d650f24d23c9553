//! The audit log in the console.
use super::{at, clinic, console};
use crate::harness::EMILY;

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_read_in_plain_words_filtered_and_taken_as_a_file() {
    let server = clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let page = olga.open(&at(&format!("/consumers/{EMILY}"))).await;
    let change = [
        ("given_name", "Emily"),
        ("family_name", "=Doe"),
        ("patient_id", "pat-emily"),
    ];
    olga.submit(&page, "consumer-form", &change).await;
    let emancipated = [("evidence", "=HYPERLINK(1)")];
    olga.submit(&page, "emancipate-form", &emancipated).await;

    let log = olga.open(&at("/audit")).await;
    for words in ["Changed a consumer", "Olga Owner", "for Emily =Doe", "Done"] {
        assert!(log.has(words), "{words}: {}", log.body);
    }
    for (query, found) in [
        ("action=person_changed", true),
        ("action=member_changed", false),
        ("person=olga@example.test", true),
        ("person=pat-emily", true),
        ("person=nobody@example.test", false),
        ("client=family-app", false),
        ("outcome=refused", false),
        ("since=2026-12-01&until=2026-12-01", true),
        ("until=2026-11-30", false),
    ] {
        let page = olga.open(&at(&format!("/audit?{query}"))).await;
        assert_eq!(page.has("for Emily =Doe"), found, "{query}");
    }
    let wrong = olga.open(&at("/audit?since=yesterday")).await;
    assert!(wrong.status == 422 && wrong.has("since-error"));

    let csv = olga.open(&at("/audit?format=csv&action=emancipated")).await;
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    assert!(csv.has("'=HYPERLINK(1)") && !csv.has(",=HYPERLINK")); // SECURITY.md 6.7
    assert_eq!(csv.body.lines().count(), 2);
    let (john, _) = console(&server, "ina@example.test").await;
    let theirs = john.open(&at("/audit")).await;
    assert_eq!(theirs.status, 403);
    assert!(!john.open(&at("/consumers")).await.has("Audit log"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_rights_finds_the_console_from_the_account() {
    let server = clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    assert!(olga.open("/account").await.has("href=\"/admin\""));
    let (john, _) = console(&server, "john@example.test").await;
    assert!(!john.open("/account").await.has("href=\"/admin\""));
}
