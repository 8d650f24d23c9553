//! The audit log as a file, and what it keeps of refused changes.
use serde_json::{Value, json};
use tutela::audit::{self, Action, Event};

use super::{
    Api,
    staff::{ALL, ORG, clinic, consumers, staff},
};
use crate::harness::{EMILY, JOHN};

fn log(query: &str) -> String {
    format!("/organizations/{ORG}/audit{query}")
}

/// SECURITY.md 6.7. The file is read page by page, and holds every event once.
#[tokio::test(flavor = "multi_thread")]
async fn the_whole_log_comes_as_a_table_and_as_lines_without_a_formula() {
    let server = clinic().await;
    let olga = staff(&server, "olga@example.test", ALL).await;
    let reasons = ["=1", "+1", "-1", "@a", "\ta", "\ra"];
    let mut tx = server.write().await;
    for n in 0..1001 {
        let event = Event::done(Action::Emancipated)
            .about(EMILY)
            .within(Some(ORG.parse().unwrap()))
            .because(reasons[n % reasons.len()]);
        audit::record(&mut tx, event).await.unwrap();
    }
    tx.commit().await.unwrap();

    let lines = olga.text(&log("?format=ndjson&action=emancipated")).await;
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 1001);
    assert!(lines.is_sorted_by(|a, b| a["id"].as_str() > b["id"].as_str()));
    assert_eq!(lines[0]["subject"], EMILY);

    let table = olga.text(&log("?format=csv&action=emancipated")).await;
    let mut table = csv::Reader::from_reader(table.as_bytes());
    let at = table
        .headers()
        .unwrap()
        .iter()
        .position(|name| name == "reason");
    let rows: Vec<_> = table.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1001);
    for row in rows {
        let reason = row.get(at.unwrap()).unwrap();
        assert!(reason.starts_with('\''), "{reason}");
    }
    let refused = olga.get(&log("?format=xlsx")).await;
    assert_eq!(refused.status, 422);
    let refused = olga.get(&log("?format=csv&since=now")).await;
    assert_eq!(refused.status, 422);
    let exported = olga.get(&log("?action=audit_exported")).await;
    assert_eq!(exported.body["items"].as_array().unwrap().len(), 2);
}

/// SECURITY.md 9.2: who tried what, and why not; looking is not recorded.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_change_is_in_the_log() {
    let server = clinic().await;
    let ina = staff(
        &server,
        "ina@example.test",
        "openid consumers:read org:read",
    )
    .await;
    assert_eq!(ina.get(&log("")).await.status, 403);
    let place = consumers(&format!("/{EMILY}/emancipation"));
    let body = json!({"evidence_ref": "file 1"});
    assert_eq!(ina.post(&place, body).await.status, 403);
    let olga = staff(&server, "olga@example.test", ALL).await;
    let items = denied(&olga, "?action=denied").await;
    assert_eq!(items.len(), 1);
    let event = &items[0];
    assert_eq!(event["outcome"], "refused");
    assert_eq!(event["reason"], "insufficient_permission");
    assert_eq!(event["object"], format!("POST /api/v1{place}"));
    let john = Api::person(&server, "john@example.test", JOHN).await;
    let refused = john.post(&place, json!({"evidence_ref": "file 1"})).await;
    assert_eq!(refused.status, 403);
    let by_john = format!("?action=denied&person={JOHN}");
    assert_eq!(denied(&olga, &by_john).await.len(), 1);
}

/// The refusals, as soon as there is one: they are written a little later.
async fn denied(olga: &Api, query: &str) -> Vec<Value> {
    loop {
        let answer = olga.get(&log(query)).await;
        let items = answer.body["items"].as_array().unwrap();
        if !items.is_empty() {
            return items.clone();
        }
    }
}
