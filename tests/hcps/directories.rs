//! Solutions and databases.
use serde_json::json;

use super::{ORG, OTHER_DATABASE, clinic, make, olga, otto, person, staff};
use crate::api::client::Api;

async fn names(api: &Api, path: &str) -> Vec<String> {
    let list = api.get(path).await;
    let items = list.body["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn solutions_and_databases_are_made_renamed_and_put_away() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let solutions = format!("/organizations/{ORG}/solutions");
    let made = olga.post(&solutions, json!({"name": " Home care "})).await;
    assert_eq!(
        (made.status, made.text("name").as_str()),
        (201, "Home care")
    );
    let again = olga.post(&solutions, json!({"name": "Home care"})).await;
    assert_eq!((again.status, again.code()), (409, "name_taken"));
    assert_eq!(names(&olga, &solutions).await, ["Family app", "Home care"]);
    let solution = format!("{solutions}/{}", made.text("id"));
    let renamed = olga
        .patch(&solution, json!({"name": "Care at home"}), "")
        .await;
    assert_eq!(renamed.text("name"), "Care at home");
    let taken = olga
        .patch(&solution, json!({"name": "Family app"}), "")
        .await;
    assert_eq!((taken.status, taken.code()), (409, "name_taken"));

    let databases = format!("/solutions/{}/databases", made.text("id"));
    let database = olga.post(&databases, json!({"name": "North"})).await;
    assert_eq!(database.status, 201);
    let place = format!("{databases}/{}", database.text("id"));
    assert!(database.location().ends_with(&place));
    let renamed = olga.patch(&place, json!({"name": "South"}), "").await;
    assert_eq!(renamed.text("name"), "South");
    let hcps = format!("/databases/{}/hcps", database.text("id"));
    let ann = olga
        .post(&hcps, person("Ann", "Lee", "ann@example.test"))
        .await;
    assert_eq!(ann.status, 201);

    assert_eq!(olga.delete(&place).await.status, 204);
    for gone in [&place, &hcps, &format!("{hcps}/{}", ann.text("id"))] {
        assert_eq!(olga.get(gone).await.status, 404, "{gone}");
    }
    assert_eq!(names(&olga, &databases).await, [""; 0]);
    // The names of what is put away are free again.
    let south = olga.post(&databases, json!({"name": "South"})).await;
    assert_eq!(south.status, 201);
    assert_eq!(olga.delete(&solution).await.status, 204);
    assert_eq!(olga.get(&solution).await.status, 404);
    assert_eq!(names(&olga, &solutions).await, ["Family app"]);
    let again = olga.post(&solutions, json!({"name": "Care at home"})).await;
    assert_eq!(again.status, 201);
    assert_eq!(
        names(&olga, &solutions).await,
        ["Family app", "Care at home"]
    );
    let actions: Vec<_> = server.audited().await.into_iter().map(|e| e.0).collect();
    for action in [
        "solution_created",
        "solution_changed",
        "solution_archived",
        "database_created",
        "database_changed",
        "database_archived",
    ] {
        assert!(actions.iter().any(|a| a == action), "{action}");
    }
}

/// N-15.
#[tokio::test(flavor = "multi_thread")]
async fn n_15_another_organizations_directory_is_not_there() {
    let server = clinic().await;
    let (olga, otto) = (olga(&server).await, otto(&server).await);
    let ann = make(&olga, person("Ann", "Lee", "ann@example.test")).await;
    for path in [
        super::hcps(""),
        super::hcps(&format!("/{ann}")),
        format!("/organizations/{ORG}/solutions"),
        format!("/databases/{OTHER_DATABASE}/hcps/{ann}"),
        "/databases/7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0999/hcps".to_owned(),
        "/databases/main/hcps".to_owned(),
    ] {
        let answer = otto.get(&path).await;
        assert_eq!((answer.status, answer.code()), (404, "not_found"), "{path}");
    }
    let theirs = format!("/databases/{OTHER_DATABASE}/hcps");
    let made = otto
        .post(&theirs, person("Ann", "Lee", "ann@example.test"))
        .await;
    assert_eq!(made.status, 201, "an address is unique per database: I-31");
    let under = super::below(person("Bo", "Lee", "bo@example.test"), &ann);
    let refused = otto.post(&theirs, under).await;
    assert_eq!(
        super::faults(&refused),
        super::fault("parent_id", "unknown_parent_organization")
    );
    assert_eq!(olga.get(&theirs).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_only_reads_changes_nothing() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let ann = make(&olga, person("Ann", "Lee", "ann@example.test")).await;
    let mia = staff(&server, "mia@example.test", super::ALL).await;
    assert_eq!(mia.get(&super::hcps("")).await.status, 200);
    let place = super::hcps(&format!("/{ann}"));
    for refused in [
        mia.post(&super::hcps(""), super::organization("Clinic"))
            .await,
        mia.patch(&place, json!({"status": "disabled"}), "").await,
        mia.delete(&place).await,
        mia.get(&format!("/organizations/{ORG}/solutions")).await,
    ] {
        assert_eq!(
            (refused.status, refused.code()),
            (403, "insufficient_permission")
        );
    }
}
