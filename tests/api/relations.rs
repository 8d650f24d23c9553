//! `/api/v1/me/…`: dependents, guardianships, proxies.
use serde_json::{Value, json};

use super::{Api, staff, token_of};
use crate::harness::{EMILY, JOHN, Server};

fn max() -> Value {
    json!({"given_name": "Max", "family_name": "Doe", "birth_date": "2020-03-01", "relationship": "FTH"})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guardian_adds_a_new_minor_and_acts_for_him_until_he_resigns() {
    let server = Server::spawn().await;
    let john = Api::person(&server, "john@example.test", JOHN).await;
    let made = john.post("/me/dependents", max()).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    assert_eq!(made.body["status"], "active");
    assert_eq!(made.body["basis"], "parental");
    assert_eq!(made.body["verification"], "self_asserted");
    let (id, max) = (made.text("id"), made.text("dependent_account_id"));
    assert!(
        made.location()
            .ends_with(&format!("/me/guardianships/{id}"))
    );
    let listed = john.get("/me/dependents").await;
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 2); // Emily and Max
    assert_eq!(listed.body["next"], Value::Null);

    let tokens = token_of(&server, "john@example.test", &max, "openid offline_access").await;
    let ended = john
        .post(&format!("/me/guardianships/{id}/end"), Value::Null)
        .await;
    assert_eq!(ended.status, 204);
    let app = crate::harness::App::portal(&server);
    assert_eq!(app.refresh(tokens.refresh()).await.error(), "invalid_grant"); // N-02
    let again = john
        .post(&format!("/me/guardianships/{id}/end"), Value::Null)
        .await;
    assert_eq!(again.status, 404);
    let audited = server.audited().await;
    for action in ["dependent_added", "guardianship_ended"] {
        assert!(
            audited.contains(&(action.to_owned(), "done".to_owned())),
            "{action}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn n_03_only_a_minor_with_a_possible_birthday_is_added_i_11() {
    let server = Server::spawn().await;
    let john = Api::person(&server, "john@example.test", JOHN).await;
    for (field, value, code) in [
        ("birth_date", "1999-01-01", "not_a_minor"),
        ("birth_date", "2099-01-01", "invalid"),
        ("birth_date", "1899-01-01", "invalid"),
        ("birth_date", "2020-02-30", "invalid"),
        ("birth_date", "01.03.2020", "invalid"),
        ("given_name", "  ", "required"),
        ("given_name", "a\u{7}", "control_characters"),
        ("relationship", "UNCLE", "unknown"),
    ] {
        let mut body = max();
        body[field] = value.into();
        let refused = john.post("/me/dependents", body).await;
        assert_eq!(refused.status, 422, "{field} {value}");
        let fault = json!({"field": field, "code": code});
        assert_eq!(refused.body["errors"][0], fault, "{value}");
    }
    let mut body = max();
    body["patient_id"] = "pat-john".into(); // only staff give one
    let refused = john.post("/me/dependents", body).await;
    assert_eq!(refused.body["errors"][0]["code"], "unknown_field");
    let listed = john.get("/me/dependents").await;
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 1);
}

/// The limits are the organization's, and 20 and 10 where it has none of its own.
#[tokio::test(flavor = "multi_thread")]
async fn i_14_nobody_cares_for_more_than_so_many_nor_is_cared_for_by_more() {
    let server = Server::spawn().await;
    server.apply(super::STAFF).await;
    let john = Api::person(&server, "john@example.test", JOHN).await;
    for n in 1..20 {
        let made = john.post("/me/dependents", max()).await; // Emily is the first
        assert_eq!(made.status, 201, "{n}");
    }
    let refused = john.post("/me/dependents", max()).await;
    assert_eq!(
        (refused.status, refused.code()),
        (409, "too_many_dependents")
    );
    let listed = john.get("/me/dependents").await;
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 20);

    let olga = staff::staff(&server, "olga@example.test", staff::ALL).await;
    let propose = || {
        json!({"guardian_account_id": super::ANN_ID, "dependent_account_id": EMILY,
            "relationship": "MTH", "basis": "parental"})
    };
    let place = format!("/organizations/{}/guardianships", staff::ORG);
    let organization = format!("/organizations/{}", staff::ORG);
    for (most, status) in [(1, 409), (2, 201)] {
        let settings = json!({"settings": {"max_guardians": most}});
        let changed = olga.patch(&organization, settings, "").await;
        assert_eq!(changed.status, 200, "{:?}", changed.body);
        let answer = olga.post(&place, propose()).await;
        assert_eq!(answer.status, status, "{most}: {:?}", answer.body);
        if status == 409 {
            assert_eq!(answer.code(), "too_many_guardianships");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn n_06_a_delegated_token_changes_no_relation_and_a_foreign_one_is_not_there() {
    let server = Server::spawn().await;
    let api = format!("{}/api", server.url);
    let delegated = super::token(&server, EMILY, "openid account", &api).await;
    let delegated = Api::bearer(&server, &delegated);
    let refused = delegated.post("/me/dependents", max()).await;
    assert_eq!((refused.status, refused.code()), (403, "delegated_token"));
    let john = Api::person(&server, "john@example.test", JOHN).await;
    for id in [JOHN, "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0fff", "x"] {
        let absent = john
            .post(&format!("/me/guardianships/{id}/end"), Value::Null)
            .await;
        assert_eq!((absent.status, absent.code()), (404, "not_found"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i_12_an_adult_grants_a_proxy_who_accepts_and_either_ends_it() {
    let server = Server::spawn().await;
    server.apply(super::STAFF).await;
    let john = Api::person(&server, "john@example.test", JOHN).await;
    let ann = Api::person(&server, "ann@example.test", super::ANN_ID).await;
    let grant = |identifier: &str, days: i64| json!({"identifier": identifier, "ends_at": server.moment(days * 86_400), "access_level": "limited"});
    // N-01: the same answer for somebody and for nobody.
    for identifier in ["ann@example.test", "nobody@example.test"] {
        let answer = john.post("/me/proxies", grant(identifier, 90)).await;
        assert_eq!(
            (answer.status, answer.body),
            (202, Value::Null),
            "{identifier}"
        );
    }
    for days in [-1, 600] {
        let refused = john
            .post("/me/proxies", grant("ann@example.test", days))
            .await;
        assert_eq!(refused.body["errors"][0]["field"], "ends_at", "{days}");
    }
    let proxies = john.get("/me/proxies").await;
    let listed = proxies.body["items"].as_array().unwrap();
    assert_eq!(listed.len(), 2);
    server.letter().await; // she is asked after the answer
    for proxy in listed {
        assert_eq!(proxy["status"], "pending");
        assert_eq!(proxy["guardian_account_id"], Value::Null);
        // As a relation it is not there for him, whether or not there is one.
        let id = proxy["id"].as_str().unwrap();
        for deed in ["", "/accept"] {
            let place = format!("/me/guardianships/{id}{deed}");
            let early = match deed {
                "" => john.get(&place).await,
                _ => john.post(&place, Value::Null).await,
            };
            assert_eq!((early.status, early.code()), (404, "not_found"));
        }
    }
    let relations = john.get("/me/guardianships").await;
    assert_eq!(relations.body["items"].as_array().unwrap().len(), 1); // Emily
    let nobody = listed[1]["id"].as_str().unwrap();
    let ended = john
        .post(&format!("/me/guardianships/{nobody}/end"), Value::Null)
        .await;
    assert_eq!(ended.status, 204);
    let id = listed[0]["id"].as_str().unwrap();
    let accepted = ann
        .post(&format!("/me/guardianships/{id}/accept"), Value::Null)
        .await;
    assert_eq!(
        (accepted.status, &accepted.body["status"]),
        (200, &json!("active"))
    );
    let tokens = token_of(&server, "ann@example.test", JOHN, "openid").await;
    let claims = crate::harness::claims(tokens.access());
    assert_eq!(claims["consumer_kind"], "patient");
    assert_eq!(claims["act"]["relation_id"], id);
    assert_eq!(john.delete(&format!("/me/proxies/{id}")).await.status, 204);
    assert_eq!(john.get("/me/proxies").await.body["items"], json!([]));
}

/// DOMAIN.md 3: what the clock ended stays over, a new relation takes its place.
#[tokio::test(flavor = "multi_thread")]
async fn staff_do_not_bring_back_a_relation_whose_time_is_over() {
    let server = super::staff::clinic().await;
    let olga = super::staff::staff(&server, "olga@example.test", super::staff::ALL).await;
    let place = |rest: &str| format!("/organizations/{}/guardianships{rest}", super::staff::ORG);
    let found = olga.get(&place(&format!("?dependent={EMILY}"))).await;
    let id = found.body["items"][0]["id"].as_str().unwrap().to_owned();
    let relation = place(&format!("/{id}"));
    let until = |seconds: i64| json!({"ends_at": server.moment(seconds)});
    assert_eq!(olga.patch(&relation, until(60), "").await.status, 200);
    server.later(61);
    for change in [
        until(86_400),
        json!({"evidence_ref": "file 9"}),
        json!({"access_level": "limited"}),
    ] {
        let refused = olga.patch(&relation, change, "").await;
        assert_eq!((refused.status, refused.code()), (409, "wrong_state"));
    }
    let shown = olga.get(&relation).await;
    assert_eq!(shown.body["evidence_ref"], Value::Null);
    let john = crate::harness::Browser::new(&server.url);
    let app = crate::harness::App::family(&server);
    let page = john.open(&app.authorize("openid", &[])).await;
    let page = john.sign_in(&page, "john@example.test").await;
    assert!(!page.has("Emily"));
    let proposal = json!({"guardian_account_id": JOHN, "dependent_account_id": EMILY,
        "relationship": "FTH", "basis": "parental"});
    assert_eq!(olga.post(&place(""), proposal).await.status, 201);
}
