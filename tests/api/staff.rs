//! What staff see and decide: consumers, guardianships, the organization, the audit log.
use serde_json::{Value, json};

use super::{ANN_ID, Api, STAFF, client, token_of};
use crate::harness::{App, Browser, EMILY, JOHN, Server};

pub(super) const ORG: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001";
const OTHER: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0002";
pub(super) const INA: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a22";
pub(super) const MAX: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a23";
const OTTO: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a31";

pub(super) const ALL: &str = "openid org:read org:write consumers:read consumers:write guardianships:read guardianships:write audit:read";

/// Somebody of staff, with a token of the console for what he may do.
pub(super) async fn staff(server: &Server, username: &str, scope: &str) -> Api {
    let (app, browser) = (App::console(server), Browser::new(&server.url));
    let page = browser.open(&app.authorize(scope, &[])).await;
    let mut page = browser.sign_in(&page, username).await;
    if page.has("id=\"chooser-form\"") {
        page = browser.choose_kind(&page, "provider").await;
    }
    let tokens = app.redeem(&page.answer()["code"]).await;
    Api::bearer(server, tokens.access())
}

pub(super) async fn clinic() -> Server {
    let server = Server::spawn().await;
    server.apply(STAFF).await;
    server
}

fn guardianships(rest: &str) -> String {
    format!("/organizations/{ORG}/guardianships{rest}")
}

pub(super) fn consumers(rest: &str) -> String {
    format!("/organizations/{ORG}/consumers{rest}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_further_guardian_starts_once_staff_approve_and_he_accepts() {
    let server = clinic().await;
    let olga = staff(&server, "olga@example.test", ALL).await;
    let proposal = json!({"guardian_account_id": ANN_ID, "dependent_account_id": EMILY,
        "relationship": "MTH", "basis": "parental"});
    let made = olga.post(&guardianships(""), proposal.clone()).await;
    assert_eq!(
        (made.status, made.text("status").as_str()),
        (201, "pending"),
        "{:?}",
        made.body
    );
    let id = made.text("id");
    let again = olga.post(&guardianships(""), proposal).await;
    assert_eq!((again.status, again.code()), (409, "guardianship_exists")); // I-13
    let approved = olga
        .post(&guardianships(&format!("/{id}/approve")), Value::Null)
        .await;
    assert_eq!(
        (approved.status, approved.text("status").as_str()),
        (200, "pending")
    );
    let twice = olga
        .post(&guardianships(&format!("/{id}/approve")), Value::Null)
        .await;
    assert_eq!((twice.status, twice.code()), (409, "wrong_state"));
    let ann = Api::person(&server, "ann@example.test", ANN_ID).await;
    let accepted = ann
        .post(&format!("/me/guardianships/{id}/accept"), Value::Null)
        .await;
    assert_eq!(accepted.text("status"), "active");
    let tokens = token_of(&server, "ann@example.test", EMILY, "openid offline_access").await;

    let hold = guardianships(&format!("/{id}/suspend"));
    let held = olga
        .post(&hold, json!({"reason": "parents disagree"}))
        .await;
    assert_eq!(held.text("status"), "suspended");
    let portal = App::portal(&server);
    assert_eq!(
        portal.refresh(tokens.refresh()).await.error(),
        "invalid_grant"
    ); // N-02
    let resumed = olga
        .post(&guardianships(&format!("/{id}/resume")), Value::Null)
        .await;
    assert_eq!(resumed.text("status"), "active");
    let end = guardianships(&format!("/{id}/end"));
    let unsaid = olga.post(&end, json!({"reason": ""})).await;
    assert_eq!(
        unsaid.body["errors"][0],
        json!({"field": "reason", "code": "required"})
    );
    assert_eq!(
        olga.post(&end, json!({"reason": "court decided"}))
            .await
            .status,
        204
    );
    assert_eq!(
        olga.get(&guardianships(&format!("/{id}"))).await.status,
        404
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn i_16_nobody_decides_on_a_relation_of_his_own_whatever_his_staff_role() {
    let server = clinic().await;
    let ina = staff(
        &server,
        "ina@example.test",
        "openid consumers:read consumers:write guardianships:read guardianships:write",
    )
    .await;
    let found = ina.get(&guardianships(&format!("?dependent={MAX}"))).await;
    let id = found.body["items"][0]["id"].as_str().unwrap().to_owned();
    let (reason, place) = (
        json!({"reason": "my own child"}),
        guardianships(&format!("/{id}")),
    );
    for (path, body) in [
        ("suspend", reason.clone()),
        ("end", reason),
        ("approve", Value::Null),
        ("resume", Value::Null),
    ] {
        let refused = ina.post(&format!("{place}/{path}"), body).await;
        assert_eq!(
            (refused.status, refused.code()),
            (403, "own_relation"),
            "{path}"
        );
    }
    let longer = json!({"access_level": "full", "evidence_ref": "assent-1"});
    let refused = ina.patch(&place, longer, "").await;
    assert_eq!(refused.code(), "own_relation");
    // N-03: the birth date of one's own dependent, and his emancipation.
    let younger = json!({"birth_date": "2022-01-01"});
    let refused = ina.patch(&consumers(&format!("/{MAX}")), younger, "").await;
    assert_eq!(refused.code(), "own_relation");
    let emancipation = json!({"evidence_ref": "e-1"});
    let refused = ina
        .post(&consumers(&format!("/{MAX}/emancipation")), emancipation)
        .await;
    assert_eq!(refused.code(), "own_relation");
    let refused = ina
        .post(&consumers(&format!("/{INA}/dependents")), json!({"given_name": "A", "family_name": "B", "birth_date": "2020-01-01", "relationship": "MTH"}))
        .await;
    assert_eq!(refused.code(), "own_relation");
}

#[tokio::test(flavor = "multi_thread")]
async fn emancipation_and_a_corrected_birth_date_end_a_guardians_tokens_at_once() {
    let server = clinic().await;
    let olga = staff(&server, "olga@example.test", ALL).await;
    for place in [format!("/{EMILY}"), format!("/{EMILY}/emancipation")] {
        let tokens = token_of(&server, "john@example.test", EMILY, "openid offline_access").await;
        let portal = App::portal(&server);
        let changed = if place.ends_with("emancipation") {
            olga.post(&consumers(&place), json!({"evidence_ref": "court-7"}))
                .await
        } else {
            olga.patch(&consumers(&place), json!({"birth_date": "2000-09-14"}), "")
                .await
        };
        assert_eq!(changed.status, 200, "{:?}", changed.body);
        assert_eq!(
            portal.refresh(tokens.refresh()).await.error(),
            "invalid_grant",
            "{place}"
        ); // N-02
        let minor = json!({"birth_date": "2018-09-14"});
        assert_eq!(
            olga.patch(&consumers(&format!("/{EMILY}")), minor, "")
                .await
                .status,
            200
        );
    }
    let again = json!({"evidence_ref": "court-7"});
    let again = olga
        .post(&consumers(&format!("/{EMILY}/emancipation")), again)
        .await;
    assert_eq!((again.status, again.code()), (409, "wrong_state"));
}

#[tokio::test(flavor = "multi_thread")]
async fn n_15_another_organizations_things_are_as_absent_ones() {
    let server = clinic().await;
    let olga = staff(&server, "olga@example.test", ALL).await;
    let absent = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1cffff";
    let body = |path: String| {
        let olga = &olga;
        async move {
            let answer = olga.get(&path).await;
            (answer.status, answer.body.to_string())
        }
    };
    let missing = body(format!("/organizations/{absent}")).await;
    assert_eq!(missing.0, 404);
    for path in [
        format!("/organizations/{OTHER}"),
        format!("/organizations/{OTHER}/consumers"),
        format!("/organizations/{OTHER}/consumers/{OTTO}"),
        format!("/organizations/{OTHER}/guardianships"),
        format!("/organizations/{OTHER}/audit"),
        consumers(&format!("/{OTTO}")),
        consumers(&format!("/{absent}")),
        consumers("/x"),
        guardianships(&format!("/{absent}")),
    ] {
        assert_eq!(body(path.clone()).await, missing, "{path}");
    }
    // A guardian of another tenant cannot be proposed either.
    let proposal = json!({"guardian_account_id": OTTO, "dependent_account_id": EMILY,
        "relationship": "FTH", "basis": "parental"});
    assert_eq!(olga.post(&guardianships(""), proposal).await.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn n_10_n_17_rights_are_those_held_now_and_no_consumers() {
    let server = clinic().await;
    let portal = client::tokens(
        &server,
        "john@example.test",
        JOHN,
        "openid account",
        &format!("{}/api", server.url),
    )
    .await;
    let john = Api::bearer(&server, portal.access());
    let refused = john.get(&consumers("")).await;
    assert_eq!(
        (refused.status, refused.code()),
        (403, "insufficient_permission")
    );
    let ina = staff(
        &server,
        "ina@example.test",
        "openid consumers:read audit:read org:read",
    )
    .await;
    assert_eq!(ina.get(&consumers("")).await.status, 200);
    for path in [
        format!("/organizations/{ORG}/audit"),
        format!("/organizations/{ORG}"),
    ] {
        assert_eq!(ina.get(&path).await.status, 403, "{path}");
    }
    server
        .apply(&STAFF.replace("roles = [\"INTAKE_STAFF\"]", "roles = [\"MEMBER\"]"))
        .await;
    let refused = ina.get(&consumers("")).await;
    assert!([401, 403].contains(&refused.status), "{}", refused.status);
}

#[tokio::test(flavor = "multi_thread")]
async fn consumers_are_listed_in_pages_and_a_forged_cursor_is_refused() {
    let server = clinic().await;
    let olga = staff(&server, "olga@example.test", ALL).await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = olga.get(&consumers(&format!("?limit=2{cursor}"))).await;
        assert_eq!(page.status, 200, "{:?}", page.body);
        let items = page.body["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        seen.extend(
            items
                .iter()
                .map(|item| item["id"].as_str().unwrap().to_owned()),
        );
        match page.body["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let mut sorted = seen.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), 5); // John, Emily, Ann, Ina, Max
    assert_eq!(seen.len(), 5);
    for query in ["?cursor=AAAA", "?limit=0", "?limit=101", "?limit=1&limit=2"] {
        assert_eq!(olga.get(&consumers(query)).await.status, 422, "{query}");
    }
    let foreign = cursor.replace("&cursor=", "?cursor=");
    let elsewhere = olga.get(&guardianships(&foreign)).await;
    assert_eq!(elsewhere.status, 422);
    let found = olga.get(&consumers("?patient_id=pat-john")).await;
    assert_eq!(found.body["items"][0]["id"], JOHN);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_change_with_a_version_and_every_fault_is_named() {
    let server = clinic().await;
    let olga = staff(&server, "olga@example.test", ALL).await;
    let place = format!("/organizations/{ORG}");
    let before = olga.get(&place).await;
    let tag = before.headers["etag"].to_str().unwrap().to_owned();
    let change = json!({"settings": {"refresh_days": 10}});
    let changed = olga.patch(&place, change.clone(), &tag).await;
    assert_eq!(
        (changed.status, &changed.body["settings"]["refresh_days"]),
        (200, &json!(10))
    );
    let stale = olga.patch(&place, change, &tag).await;
    assert_eq!((stale.status, stale.code()), (412, "stale"));
    let wrong = json!({"settings": {"refresh_days": 0, "colour": "red"}, "name": ""});
    let refused = olga.patch(&place, wrong, "").await;
    let mut fields: Vec<_> = refused.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["field"].as_str().unwrap().to_owned())
        .collect();
    fields.sort();
    assert_eq!(fields, ["name", "settings.colour"]);
    let taken = olga
        .patch(&place, json!({"name": "Other Clinic"}), "")
        .await;
    assert_eq!((taken.status, taken.code()), (409, "name_taken"));
    let audit = olga
        .get(&format!("{place}/audit?action=organization_changed"))
        .await;
    assert_eq!(audit.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(audit.body["items"][0]["outcome"], "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn suspending_a_person_ends_his_tokens_and_sign_in() {
    let server = clinic().await;
    let olga = staff(&server, "olga@example.test", ALL).await;
    let tokens = token_of(&server, "john@example.test", JOHN, "openid offline_access").await;
    let suspended = json!({"status": "suspended"});
    let changed = olga
        .patch(&consumers(&format!("/{JOHN}")), suspended, "")
        .await;
    assert_eq!(changed.text("status"), "suspended");
    assert_eq!(
        App::portal(&server).refresh(tokens.refresh()).await.error(),
        "invalid_grant"
    );
    let closed = olga
        .patch(
            &consumers(&format!("/{JOHN}")),
            json!({"status": "closed"}),
            "",
        )
        .await;
    assert_eq!(closed.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_if_tells_who_could_act_on_a_day_and_why_not() {
    let server = clinic().await;
    let olga = staff(&server, "olga@example.test", ALL).await;
    let place = format!("/organizations/{ORG}/what-if?dependent={EMILY}");
    let judged = async |at: &str| {
        let answer = olga.get(&format!("{place}&at={at}")).await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        assert_eq!(answer.body["majority_at"], "2036-09-14T00:00:00Z");
        answer.body["relations"][0].clone()
    };
    let child = judged("2027-01-01T00:00:00Z").await;
    assert_eq!(
        (&child["authorises"], &child["why_not"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(child["scope_ceiling"], "patient/*.cruds");
    assert_eq!(child["until"], "2031-09-14T00:00:00Z"); // adolescence narrows it
    let adolescent = judged("2032-01-01T00:00:00Z").await;
    assert!(
        adolescent["scope_ceiling"]
            .as_str()
            .unwrap()
            .contains("patient/Immunization.rs")
    );
    assert_eq!(adolescent["until"], "2036-09-14T00:00:00Z");
    let last = judged("2036-09-13T23:59:59.999Z").await;
    assert_eq!(last["authorises"], true);
    let adult = judged("2036-09-14T00:00:00Z").await;
    assert_eq!(
        (&adult["authorises"], &adult["why_not"]),
        (&json!(false), &json!("majority"))
    );
    assert_eq!(olga.get(&format!("{place}&at=tomorrow")).await.status, 422);
    let foreign = format!("/organizations/{ORG}/what-if?dependent={OTTO}");
    assert_eq!(olga.get(&foreign).await.status, 404);
}
