//! Authentication tokens of HCPs.
use serde_json::{Value, json};

use super::{below, clinic, fault, faults, hcps, make, olga, organization, person};
use crate::{
    api::client::{Answer, Api},
    harness::{App, Server},
};

const DAY: i64 = 24 * 60 * 60;

fn tokens(hcp: &str, rest: &str) -> String {
    hcps(&format!("/{hcp}/tokens{rest}"))
}

/// A token of the HCP that lives for a day.
async fn issue(api: &Api, server: &Server, hcp: &str, name: &str) -> Answer {
    let new = json!({"name": name, "expires_at": server.moment(DAY)});
    let made = api.post(&tokens(hcp, ""), new).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    made
}

async fn is_active(server: &Server, token: &str) -> bool {
    let known = App::portal(server).introspect(token).await;
    if known["active"] == json!(false) {
        assert_eq!(known, json!({"active": false}));
    }
    known["active"] == json!(true)
}

/// N-12, I-36.
#[tokio::test(flavor = "multi_thread")]
async fn n_12_a_token_is_shown_once_and_stored_as_a_hash() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let ann = make(&olga, person("Ann", "Lee", "ann@example.test")).await;
    let made = issue(&olga, &server, &ann, " Nightly sync ").await;
    let secret = made.text("token");
    assert!(secret.starts_with("thcp_") && secret.len() == 5 + 43 + 6);
    assert_eq!(made.text("name"), "Nightly sync");
    assert_eq!(made.headers["cache-control"], "no-store");
    let place = tokens(&ann, &format!("/{}", made.text("id")));
    assert!(made.location().ends_with(&place));
    for path in [
        &place,
        &tokens(&ann, ""),
        &hcps(""),
        &hcps(&format!("/{ann}")),
    ] {
        let shown = olga.get(path).await;
        assert_eq!(shown.status, 200);
        assert!(!shown.body.to_string().contains(&secret[5..]), "{path}");
    }
    assert_eq!(
        olga.get(&hcps(&format!("/{ann}"))).await.body["active_tokens"],
        1
    );
    let mut tx = server.write().await;
    let rows: Vec<(String, String)> = tx
        .query("SELECT hash, name FROM hcp_tokens")
        .all()
        .await
        .unwrap();
    assert!(
        rows.iter()
            .all(|(hash, _)| !hash.contains(&secret[5..]) && hash.len() == 64)
    );
}

/// I-35, I-36.
#[tokio::test(flavor = "multi_thread")]
async fn i_35_names_of_one_hcps_tokens_differ_whatever_the_case() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let ann = make(&olga, person("Ann", "Lee", "ann@example.test")).await;
    let bo = make(&olga, person("Bo", "Lee", "bo@example.test")).await;
    let first = issue(&olga, &server, &ann, "Sync").await;
    server.later(2 * DAY); // those that expired count
    let olga = super::olga(&server).await;
    let name = |name: &str| json!({"name": name, "expires_at": server.moment(3 * DAY)});
    let taken = olga.post(&tokens(&ann, ""), name("sYNC ")).await;
    assert_eq!((taken.status, taken.code()), (409, "name_taken"));
    assert_eq!(faults(&taken), fault("name", "name_taken"));
    assert_eq!(olga.post(&tokens(&bo, ""), name("Sync")).await.status, 201);
    let place = tokens(&ann, &format!("/{}", first.text("id")));
    assert_eq!(olga.delete(&place).await.status, 204);
    assert_eq!(olga.post(&tokens(&ann, ""), name("sync")).await.status, 201);
    for (body, field, code) in [
        (name(" "), "name", "required"),
        (name(&"n".repeat(65)), "name", "too_long"),
        (name("a\u{7}b"), "name", "control_characters"),
        (
            json!({"name": "n", "expires_at": server.moment(0)}),
            "expires_at",
            "in_the_past",
        ),
        (
            json!({"name": "n", "expires_at": server.moment(368 * DAY)}),
            "expires_at",
            "too_late",
        ),
        (
            json!({"name": "n", "expires_at": "tomorrow"}),
            "expires_at",
            "invalid",
        ),
        (json!({"name": "n"}), "expires_at", "required"),
    ] {
        let refused = olga.post(&tokens(&ann, ""), body).await;
        assert_eq!(
            (refused.status, faults(&refused)),
            (422, fault(field, code))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_may_let_tokens_live_for_less_than_a_year() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let ann = make(&olga, person("Ann", "Lee", "ann@example.test")).await;
    let place = format!("/organizations/{}", super::ORG);
    let less = json!({"settings": {"hcp_token_max_days": 1}});
    assert_eq!(olga.patch(&place, less, "").await.status, 200);
    let new = json!({"name": "n", "expires_at": server.moment(2 * DAY)});
    let refused = olga.post(&tokens(&ann, ""), new).await;
    assert_eq!(faults(&refused), fault("expires_at", "too_late"));
    issue(&olga, &server, &ann, "short").await;
}

/// DOMAIN 9.2, 9.5, T-05.
#[tokio::test(flavor = "multi_thread")]
async fn introspection_says_whose_token_it_is() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let clinic = make(&olga, organization("Northgate")).await;
    let ann = make(
        &olga,
        below(person("Ann", "Lee", "ann@example.test"), &clinic),
    )
    .await;
    let made = issue(&olga, &server, &ann, "sync").await;
    let known = App::portal(&server).introspect(&made.text("token")).await;
    let seconds = |text: String| text.parse::<jiff::Timestamp>().unwrap().as_second();
    let expected = json!({
        "active": true, "token_type": "Bearer", "iss": server.url, "sub": ann,
        "principal_type": "hcp", "organization_id": super::ORG, "organization_name": "Example Clinic",
        "hcp_id": ann, "parent_organization_id": clinic,
        "purpose_of_use": ["urn:oid:2.16.840.1.113883.5.8#TREAT"],
        "iat": seconds(made.text("created_at")), "exp": seconds(made.text("expires_at")),
        "jti": made.text("id"),
    });
    assert_eq!(known, expected);
    let of_clinic = issue(&olga, &server, &clinic, "sync").await;
    let known = App::portal(&server)
        .introspect(&of_clinic.text("token"))
        .await;
    assert_eq!(
        (&known["purpose_of_use"], &known["parent_organization_id"]),
        (
            &json!(["urn:oid:2.16.840.1.113883.5.8#HOPERAT"]),
            &Value::Null
        )
    );
    // Whoever may not ask about the organization learns nothing; nor does a bearer of it act.
    for asker in [App::other_console(&server), App::bot(&server)] {
        assert_eq!(
            asker.introspect(&made.text("token")).await,
            json!({"active": false})
        );
    }
    let as_hcp = Api::bearer(&server, &made.text("token"));
    assert_eq!(as_hcp.get(&hcps("")).await.status, 401);
    let cut = made.text("token");
    assert!(!is_active(&server, &cut[..cut.len() - 1]).await);
}

/// N-11.
#[tokio::test(flavor = "multi_thread")]
async fn n_11_a_token_ends_with_itself_its_hcp_and_its_directory() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let ann = make(&olga, person("Ann", "Lee", "ann@example.test")).await;
    let place = hcps(&format!("/{ann}"));
    let token = issue(&olga, &server, &ann, "one").await.text("token");
    assert!(is_active(&server, &token).await);
    olga.patch(&place, json!({"status": "disabled"}), "").await;
    assert!(!is_active(&server, &token).await, "disabled");
    olga.patch(&place, json!({"status": "active"}), "").await;
    assert!(is_active(&server, &token).await, "enabled again");
    let second = issue(&olga, &server, &ann, "two").await;
    let one = tokens(&ann, &format!("/{}", second.text("id")));
    assert_eq!(olga.delete(&one).await.status, 204);
    assert_eq!(olga.delete(&one).await.status, 404);
    assert!(!is_active(&server, &second.text("token")).await, "deleted");
    let bo = make(&olga, person("Bo", "Lee", "bo@example.test")).await;
    let of_bo = issue(&olga, &server, &bo, "one").await.text("token");
    assert_eq!(olga.delete(&place).await.status, 204);
    assert!(!is_active(&server, &token).await, "its HCP was deleted");
    assert!(is_active(&server, &of_bo).await);
    let solutions = olga
        .get(&format!("/organizations/{}/solutions", super::ORG))
        .await;
    let solution = solutions.body["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let database = format!("/solutions/{solution}/databases/{}", super::DATABASE);
    assert_eq!(olga.delete(&database).await.status, 204);
    assert!(
        !is_active(&server, &of_bo).await,
        "its directory is archived"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_expires_by_itself() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let ann = make(&olga, person("Ann", "Lee", "ann@example.test")).await;
    let token = issue(&olga, &server, &ann, "one").await.text("token");
    server.later(DAY - 10);
    assert!(is_active(&server, &token).await);
    server.later(10);
    assert!(!is_active(&server, &token).await);
    let olga = super::olga(&server).await;
    let shown = olga.get(&hcps(&format!("/{ann}"))).await;
    assert_eq!(shown.body["active_tokens"], 0);
    let listed = olga.get(&tokens(&ann, "")).await;
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_use_is_noted_at_most_once_a_minute_and_changes_no_version() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let ann = make(&olga, person("Ann", "Lee", "ann@example.test")).await;
    let made = issue(&olga, &server, &ann, "one").await;
    let place = tokens(&ann, &format!("/{}", made.text("id")));
    let used = async || olga.get(&place).await.body["last_used_at"].clone();
    assert_eq!(used().await, Value::Null);
    assert!(is_active(&server, &made.text("token")).await);
    let first = used().await;
    assert!(first.is_string());
    server.later(30);
    assert!(is_active(&server, &made.text("token")).await);
    assert_eq!(used().await, first);
    server.later(40);
    assert!(is_active(&server, &made.text("token")).await);
    let second = used().await;
    assert_ne!(second, first);
    let shown = olga.get(&hcps(&format!("/{ann}"))).await;
    assert!(shown.body["last_access_at"].is_string());
    assert_eq!(shown.headers["etag"], "\"1\"");
}
