//! For whom a person acts, and who acts for him.
use super::own::{form, signed_in};
use crate::harness::{App, JOHN, Server};

const CARE: &str = "/account/care";
const PROXIES: &str = "/account/proxies";
/// Another adult of the clinic, and Emily's mother, who is asked to act for her.
pub(super) const ANN: &str = r#"
[[organizations]]
id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001"
name = "Example Clinic"

[[organizations.people]]
id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a11"
given_name = "Ann"
family_name = "Roe"
birth_date = "1980-01-01"
email = "ann@example.test"
password = "correct horse battery staple"
consumer = true
"#;

fn max<'a>(born: &'a str, relationship: &'a str) -> [(&'a str, &'a str); 4] {
    [
        ("given_name", "Max"),
        ("family_name", "Doe"),
        ("birth_date", born),
        ("relationship", relationship),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parent_adds_a_child_acts_for_him_and_stops_acting_for_him() {
    let server = Server::spawn().await;
    let john = signed_in(&server, "john@example.test").await;
    let page = john.open(CARE).await;
    assert!(page.has("Emily Doe") && page.has("Born 2018. You are the father."));
    let page = john.open("/account/care/add").await;
    for (born, relationship) in [
        ("1999-01-01", "FTH"),
        ("2099-01-01", "FTH"),
        ("yesterday", "FTH"),
        ("2020-03-01", "POWATT"),
    ] {
        let refused = john
            .submit(&page, "dependent-form", &max(born, relationship))
            .await;
        assert_eq!(refused.status, 422, "{born}"); // N-03, I-11
        assert!(refused.has("value=\"Max\"") && refused.has("aria-invalid=\"true\""));
    }
    let added = john
        .submit(&page, "dependent-form", &max("2020-03-01", "FTH"))
        .await;
    let page = john.follow(added).await;
    assert!(
        page.has("Max Doe") && page.has("role=\"status\""),
        "{}",
        page.body
    );

    let app = App::family(&server);
    let (before, _) = page.body.split_once(">Max Doe</h2>").unwrap();
    let id = before.rsplit_once("id=\"for-").unwrap().1;
    let id = id.split_once('"').unwrap().0.to_owned();
    let chooser = john.open(&app.authorize("openid", &[])).await;
    assert!(chooser.has("Max Doe"));
    let ended = john.submit(&page, &format!("end-{id}"), &[]).await;
    assert!(!john.follow(ended).await.has("Max Doe"));
    let chooser = john.open(&app.authorize("openid", &[])).await;
    assert!(!chooser.has("Max Doe"));
}

/// N-01: whether anybody has the identifier is not to be seen, before nor after he says no.
#[tokio::test(flavor = "multi_thread")]
async fn n_01_a_proxy_who_is_asked_looks_like_nobody_until_he_accepts() {
    let server = Server::spawn().await;
    server.apply(ANN).await;
    let john = signed_in(&server, "john@example.test").await;
    let ask = |who: &'static str, until: &'static str| {
        [
            ("identifier", who),
            ("ends_at", until),
            ("access_level", "limited"),
        ]
    };
    let page = john.open(PROXIES).await;
    for until in ["2026-11-01", "2028-12-31", ""] {
        let refused = john
            .submit(&page, "proxy-form", &ask("ann@example.test", until))
            .await;
        assert_eq!(refused.status, 422, "{until}"); // I-12
    }
    let mut shown = Vec::new();
    for who in ["ann@example.test", "abe@example.test"] {
        let asked = john
            .submit(&page, "proxy-form", &ask(who, "2027-03-31"))
            .await;
        let page = john.follow(asked).await;
        assert!(page.has(who) && !page.has("Ann Roe"));
        let end = form(&page, "end-");
        let csrf = page.attribute("name=\"csrf\"", "value");
        let body = page.body.replace(who, "WHO").replace(&end[4..], "ID");
        shown.push(body.replace(&csrf, "CSRF"));
        if who.starts_with("ann") {
            server.letter().await; // she is asked after the answer
            let ann = signed_in(&server, "ann@example.test").await;
            let asked = ann.open(CARE).await;
            assert!(asked.has("John Doe"), "{}", asked.body);
            ann.submit(&asked, &form(&asked, "decline-"), &[]).await;
            assert!(!ann.open(CARE).await.has("John Doe"));
            assert!(john.open(PROXIES).await.has(who)); // nothing tells of the no
        }
        john.submit(&page, &end, &[]).await;
        assert!(!john.open(PROXIES).await.has(who));
    }
    assert_eq!(shown[0], shown[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adult_asks_another_who_accepts_and_takes_it_back() {
    let server = Server::spawn().await;
    server.apply(ANN).await;
    let john = signed_in(&server, "john@example.test").await;
    let page = john.open(PROXIES).await;
    let fields = [
        ("identifier", "ann@example.test"),
        ("ends_at", "2027-03-31"),
        ("access_level", "full"),
    ];
    john.submit(&page, "proxy-form", &fields).await;
    server.letter().await; // Ann is asked after the answer
    let ann = signed_in(&server, "ann@example.test").await;
    let page = ann.open(CARE).await;
    let accepted = ann.submit(&page, &form(&page, "accept-"), &[]).await;
    assert!(ann.follow(accepted).await.has("role=\"status\""));
    let app = App::family(&server);
    let chooser = ann.open(&app.authorize("openid", &[])).await;
    assert!(chooser.has(JOHN));

    let page = john.open(PROXIES).await;
    assert!(page.has("Ann Roe") && !page.has("ann@example.test")); // N-19
    let sarah = signed_in(&server, "sarah@example.test").await;
    let csrf = sarah
        .open("/account")
        .await
        .attribute("name=\"csrf\"", "value");
    let end = form(&page, "end-");
    let address = format!("{PROXIES}/{}/end", &end[4..]);
    let foreign = sarah.post(&address, &[("csrf", &csrf)]).await;
    assert_eq!(foreign.status, 404);
    john.submit(&page, &end, &[]).await;
    assert!(!john.open(PROXIES).await.has("Ann Roe"));
    assert!(!ann.open(CARE).await.has("John Doe"));
}
