//! Redeeming codes (SECURITY.md 1.1 to 1.4).
use std::collections::BTreeMap;

use super::SCOPE;
use crate::harness::{App, Browser, EMILY, JOHN, Server, claims};

#[tokio::test(flavor = "multi_thread")]
async fn a_father_obtains_tokens_for_his_daughter_that_name_both() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let code = app.code(&browser, SCOPE, EMILY).await;
    let tokens = app.redeem(&code).await;
    assert_eq!(tokens.status, 200, "{:?}", tokens.body);
    assert_eq!(tokens.headers["cache-control"], "no-store");
    assert_eq!(tokens.body["patient"], "pat-emily");
    assert_eq!(tokens.body["need_patient_banner"], true);
    assert_eq!(tokens.body["expires_in"], 300);
    let access = claims(tokens.access());
    assert_eq!(access["sub"], EMILY);
    assert_eq!(access["act"]["sub"], JOHN); // N-05, T-04
    assert_eq!(access["act"]["relationship"], "FTH");
    assert_eq!(access["consumer_kind"], "dependent");
    assert_eq!(access["patient"], "pat-emily");
    assert_eq!(
        access["purpose_of_use"][0],
        "urn:oid:2.16.840.1.113883.5.8#FAMRQT"
    );
    let id = claims(tokens.body["id_token"].as_str().unwrap());
    assert_eq!((&id["sub"], &id["act"]), (&access["sub"], &access["act"])); // T-10
    assert_eq!(id["nonce"], "n-1");
    assert_eq!(id.get("email"), None); // T-12, N-08
    let info = app.userinfo(tokens.access()).await.body;
    assert_eq!(
        (&info["sub"], &info["act"]),
        (&access["sub"], &access["act"])
    );
    assert_eq!(info.get("email"), None);
    let seen = App::portal(&server).introspect(tokens.access()).await;
    for (name, value) in access.as_object().unwrap() {
        assert_eq!(&seen[name], value, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_acting_for_himself_has_no_actor_and_his_own_address() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let tokens = app.redeem(&app.code(&browser, SCOPE, JOHN).await).await;
    let access = claims(tokens.access());
    assert_eq!(access["sub"], JOHN);
    assert_eq!(access.get("act"), None);
    assert_eq!(access["consumer_kind"], "patient");
    assert_eq!(
        access["fhirUser"],
        "https://fhir.example.test/r4/Patient/pat-john"
    );
    assert_eq!(tokens.body["expires_in"], 600);
    assert_eq!(
        app.userinfo(tokens.access()).await.body["email"],
        "john@example.test"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bound_value_is_checked_and_a_refused_attempt_burns_the_code() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    for changes in [
        [(
            "code_verifier",
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK",
        )],
        [("code_verifier", "")],
        [("redirect_uri", "http://127.0.0.1:7001/callback/")],
        [("redirect_uri", "")],
        [("redirect_uri", "http://127.0.0.1:7001/callbacK")],
    ] {
        let code = app.code(&browser, SCOPE, EMILY).await;
        let refused = app.redeem_with(&code, &changes).await;
        assert_eq!(
            (refused.status, refused.error()),
            (400, "invalid_grant"),
            "{changes:?}"
        );
        let again = app.redeem(&code).await;
        assert_eq!(
            (again.status, again.error()),
            (400, "invalid_grant"),
            "{changes:?}"
        );
    }
    let code = app.code(&browser, SCOPE, EMILY).await;
    let foreign = App::portal(&server).redeem(&code).await;
    assert_eq!(foreign.error(), "invalid_grant");
    let code = app.code(&browser, SCOPE, EMILY).await;
    server.later(61);
    assert_eq!(app.redeem(&code).await.error(), "invalid_grant");
    assert_eq!(app.redeem("tac_made_up").await.error(), "invalid_grant");
    assert_eq!(
        app.redeem_with(&code, &[("code", "")]).await.error(),
        "invalid_request"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_code_ends_what_was_born_from_it() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let code = app.code(&browser, SCOPE, EMILY).await;
    let tokens = app.redeem(&code).await;
    assert_eq!(app.redeem(&code).await.error(), "invalid_grant");
    assert_eq!(app.userinfo(tokens.access()).await.status, 401);
    assert_eq!(app.refresh(tokens.refresh()).await.error(), "invalid_grant");
    let portal = App::portal(&server);
    assert_eq!(portal.introspect(tokens.access()).await["active"], false);
    let audited = server.audited().await;
    assert!(audited.contains(&("code_replayed".to_owned(), "refused".to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_redemptions_at_once_one_succeeds() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    for _ in 0..20 {
        let code = app.code(&browser, SCOPE, EMILY).await;
        let attempts: Vec<_> = (0..100)
            .map(|_| {
                let (app, code) = (app.clone(), code.clone());
                tokio::spawn(async move { app.redeem(&code).await })
            })
            .collect();
        let mut answers = BTreeMap::new();
        for attempt in attempts {
            let answer = attempt.await.unwrap();
            *answers
                .entry((answer.status, answer.error().to_owned()))
                .or_insert(0) += 1;
        }
        let expected = [
            ((200, String::new()), 1),
            ((400, "invalid_grant".to_owned()), 99),
        ];
        assert_eq!(answers, BTreeMap::from(expected));
    }
}
