//! Large imports are taken in steps, and whatever happens meanwhile, each row once.
use reqwest::Method;
use serde_json::json;
use tutela::{audit::Doer, imports};

use super::staged::{actions, commit, imports as place, stage, undo};
use crate::{
    harness::Server,
    hcps::{DATABASE, clinic, hcps, make, olga, organization},
};

/// Rows of more than two steps, and the id of their import.
async fn staged(server: &Server) -> String {
    let olga = olga(server).await;
    let rows = (0..1100).map(|n| format!("Ann{n},Berg,ann{n}@example.test,BE,0470{n:06},\n"));
    stage(&olga, &rows.collect::<String>()).await
}

/// Somebody wants the import, and then his server ends.
async fn begun(server: &Server, id: &str) {
    let mut tx = server.write().await;
    let id = id.parse().unwrap();
    let import = imports::find(&mut tx, DATABASE.parse().unwrap(), id).await;
    let mut import = import.unwrap().unwrap();
    let doer = Doer::Machine("7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0b99".to_owned());
    let begun = imports::begin(&mut tx, &mut import, &doer, false).await;
    begun.unwrap().unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_begun_is_carried_out_by_whoever_starts_and_each_row_once() {
    let server = clinic().await;
    let id = staged(&server).await;
    begun(&server, &id).await;
    let olga = olga(&server).await;
    let shown = olga.get(&place(&format!("/{id}"))).await;
    assert_eq!(shown.text("status"), "committing");
    let counts = json!({"accepted": 1100, "rejected": 0, "created": 0});
    assert_eq!(shown.body["counts"], counts);
    let again = commit(&olga, &id).await;
    assert_eq!((again.status, again.code()), (409, "already_committed"));
    let early = undo(&olga, &id).await;
    assert_eq!((early.status, early.code()), (409, "not_committed"));

    // A node that starts carries on by itself, and here two others do.
    let other = server.another().await;
    let id_of = id.parse().unwrap();
    let (mut tell, mut tell_other) = (|_| {}, |_| {});
    let (one, two) = tokio::join!(
        imports::carry_out(server.store(), None, id_of, &mut tell),
        imports::carry_out(other.store(), None, id_of, &mut tell_other),
    );
    one.and(two).unwrap();
    let shown = olga.get(&place(&format!("/{id}"))).await;
    assert_eq!(shown.text("status"), "committed");
    let counts = json!({"accepted": 1100, "rejected": 0, "created": 1100});
    assert_eq!(shown.body["counts"], counts);
    let actions = actions(&olga).await;
    let committed = actions
        .iter()
        .filter(|name| *name == "hcp_import_committed");
    assert_eq!(committed.count(), 1);
    let last = olga.get(&hcps("?q=ann449@example.test")).await;
    assert_eq!(last.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(undo(&olga, &id).await.status, 200);
}

/// RFC 7240, section 4.1.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_prefers_not_to_wait_gets_202_and_asks_until_it_is_done() {
    let server = clinic().await;
    let id = staged(&server).await;
    let olga = olga(&server).await;
    let commits = place(&format!("/{id}/commit"));
    let headers = [("prefer", "handling=lenient, Respond-Async; wait=10")];
    let begun = olga.send_with(Method::POST, &commits, json!({}), &headers);
    let begun = begun.await;
    assert_eq!((begun.status, begun.text("id")), (202, id.clone()));
    let mut shown = begun;
    while shown.body["status"] == "committing" {
        shown = olga.get(&place(&format!("/{id}"))).await;
    }
    assert_eq!(shown.body["status"], "committed");
    assert_eq!(shown.body["counts"]["created"], 1100);
    assert_eq!(commit(&olga, &id).await.status, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_writes_meanwhile_has_his_turn() {
    let server = clinic().await;
    let id = staged(&server).await;
    let olga = olga(&server).await;
    let (taken, made) = tokio::join!(
        commit(&olga, &id),
        make(&olga, organization("Made meanwhile")),
    );
    assert_eq!(taken.body["counts"]["created"], 1100);
    assert_eq!(olga.get(&hcps(&format!("/{made}"))).await.status, 200);
}

/// What goes into a directory that is put away meanwhile is left out.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_imported_into_a_directory_that_was_put_away() {
    let server = clinic().await;
    let id = staged(&server).await;
    begun(&server, &id).await;
    let mut tx = server.write().await;
    let away = tx.query("UPDATE databases SET archived_at = 1 WHERE id = $1");
    away.bind(DATABASE).run().await.unwrap();
    tx.commit().await.unwrap();
    let (mut tell, id_of) = (|_| {}, id.parse().unwrap());
    let done = imports::carry_out(server.store(), None, id_of, &mut tell);
    done.await.unwrap();
    let mut tx = server.write().await;
    let import = imports::find(&mut tx, DATABASE.parse().unwrap(), id.parse().unwrap()).await;
    let import = import.unwrap().unwrap();
    assert_eq!(
        (import.status, import.rows_done),
        (imports::Status::Committed, 0)
    );
}
