//! HCPs are made, edited, disabled and deleted.
use serde_json::{Value, json};

use super::{below, clinic, fault, faults, hcps, make, olga, organization, person};

#[tokio::test(flavor = "multi_thread")]
async fn a_professional_is_made_with_what_makes_one_known() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let clinic = make(&olga, organization("Northgate Clinic")).await;
    let mut sarah = below(
        person(" Sarah", "Chen ", "Sarah.Chen@Example.TEST"),
        &clinic,
    );
    sarah["phone"] = json!("0032 470 55.01.23");
    let made = olga.post(&hcps(""), sarah).await;
    let id = made.text("id");
    assert_eq!(made.status, 201, "{:?}", made.body);
    assert!(made.location().ends_with(&hcps(&format!("/{id}"))));
    assert_eq!(made.headers["etag"], "\"1\"");
    let expected = json!({
        "id": id, "database_id": super::DATABASE, "type": "professional",
        "first_name": "Sarah", "last_name": "Chen", "name": null,
        "email": "sarah.chen@example.test", "phone": "+32470550123", "parent_id": clinic,
        "status": "active", "version": 1, "last_access_at": null, "active_tokens": 0,
        "enrolled": false, "created_at": made.body["created_at"],
    });
    assert_eq!(made.body, expected);
    let shown = olga.get(&hcps(&format!("/{id}"))).await;
    assert_eq!(
        (shown.body, &shown.headers["etag"]),
        (expected, &made.headers["etag"])
    );
}

/// I-30, I-31.
#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused_field_by_field() {
    let server = clinic().await;
    let olga = olga(&server).await;
    make(&olga, person("Ann", "Lee", "ann@example.test")).await;
    let empty = olga
        .post(&hcps(""), json!({"type": "professional", "phone": "12"}))
        .await;
    assert_eq!((empty.status, empty.code()), (422, "validation"));
    let expected = [
        ("first_name", "required"),
        ("last_name", "required"),
        ("email", "required"),
        ("phone", "invalid"),
    ];
    let expected: Vec<_> = expected.map(|(f, c)| (f.to_owned(), c.to_owned())).into();
    assert_eq!(faults(&empty), expected);
    let unnamed = olga.post(&hcps(""), json!({"type": "organization"})).await;
    assert_eq!(faults(&unnamed), fault("name", "required"));
    let odd = olga.post(&hcps(""), json!({"type": "robot"})).await;
    assert_eq!(faults(&odd), fault("type", "unknown"));
    let taken = olga
        .post(&hcps(""), person("Bo", "Lee", " ANN@example.test"))
        .await;
    assert_eq!((taken.status, taken.code()), (409, "email_taken"));
    assert_eq!(faults(&taken), fault("email", "email_taken"));
    let bo = make(&olga, person("Bo", "Lee", "bo@example.test")).await;
    let place = hcps(&format!("/{bo}"));
    let moved = olga
        .patch(&place, json!({"email": "ann@example.test"}), "")
        .await;
    assert_eq!((moved.status, moved.code()), (409, "email_taken"));
    let none = olga.patch(&place, json!({"email": null}), "").await;
    assert_eq!(faults(&none), fault("email", "required"));
    let other = olga
        .patch(&place, json!({"type": "organization"}), "")
        .await;
    assert_eq!(faults(&other), fault("type", "immutable"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_needs_the_version_that_was_read() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let ann = make(&olga, person("Ann", "Lee", "ann@example.test")).await;
    let place = hcps(&format!("/{ann}"));
    let phone = json!({"phone": "+32470123456"});
    let first = olga.patch(&place, phone, "\"1\"").await;
    assert_eq!(
        (first.status, first.body["version"].as_i64()),
        (200, Some(2))
    );
    assert_eq!(first.headers["etag"], "\"2\"");
    let stale = olga.patch(&place, json!({"phone": null}), "\"1\"").await;
    assert_eq!((stale.status, stale.code()), (412, "stale"));
    assert_eq!(olga.delete_if(&place, "\"1\"").await.status, 412);
    let emptied = olga.patch(&place, json!({"phone": null}), "").await;
    assert_eq!(emptied.body["phone"], Value::Null);
    let disabled = olga.patch(&place, json!({"status": "disabled"}), "*").await;
    assert_eq!(disabled.text("status"), "disabled");
    let enabled = olga
        .patch(&place, json!({"status": "active"}), "\"4\"")
        .await;
    assert_eq!(enabled.text("status"), "active");
    let actions: Vec<_> = server.audited().await.into_iter().map(|e| e.0).collect();
    let of_hcps = actions.iter().filter(|a| a.starts_with("hcp_"));
    assert_eq!(
        of_hcps.collect::<Vec<_>>(),
        [
            "hcp_created",
            "hcp_changed",
            "hcp_changed",
            "hcp_disabled",
            "hcp_enabled"
        ]
    );
}

/// I-32.
#[tokio::test(flavor = "multi_thread")]
async fn i_32_the_tree_has_organizations_above_no_circles_and_eight_levels() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let mut levels = vec![make(&olga, organization("Level 1")).await];
    for level in 2..=8 {
        let next = below(
            organization(&format!("Level {level}")),
            levels.last().unwrap(),
        );
        levels.push(make(&olga, next).await);
    }
    let deep = below(
        person("Ann", "Lee", "ann@example.test"),
        levels.last().unwrap(),
    );
    let refused = olga.post(&hcps(""), deep).await;
    assert_eq!(faults(&refused), fault("parent_id", "too_deep"));
    let ann = below(person("Ann", "Lee", "ann@example.test"), &levels[6]);
    let ann = make(&olga, ann).await;
    let under_ann = olga.post(&hcps(""), below(organization("X"), &ann)).await;
    assert_eq!(
        faults(&under_ann),
        fault("parent_id", "parent_not_organization")
    );
    let top = hcps(&format!("/{}", levels[0]));
    for parent in [&levels[0], &levels[7]] {
        let circle = olga.patch(&top, json!({"parent_id": parent}), "").await;
        assert_eq!(faults(&circle), fault("parent_id", "parent_cycle"));
    }
    // A tree of two levels fits below the sixth level, one of three does not.
    let root = make(&olga, organization("Root")).await;
    let ward = make(&olga, below(organization("Ward"), &root)).await;
    let moved = json!({"parent_id": levels[5]});
    let place = hcps(&format!("/{root}"));
    let fits = olga.patch(&place, moved.clone(), "").await;
    assert_eq!(fits.status, 200, "{:?}", fits.body);
    let free = olga.patch(&place, json!({"parent_id": null}), "").await;
    assert_eq!(free.body["parent_id"], Value::Null);
    make(&olga, below(person("Bo", "Lee", "bo@example.test"), &ward)).await;
    let refused = olga.patch(&place, moved, "").await;
    assert_eq!(faults(&refused), fault("parent_id", "too_deep"));
}

/// I-33, I-34, N-11.
#[tokio::test(flavor = "multi_thread")]
async fn i_34_deletion_is_final_and_leaves_no_orphans() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let clinic = make(&olga, organization("Clinic")).await;
    let ann = make(
        &olga,
        below(person("Ann", "Lee", "ann@example.test"), &clinic),
    )
    .await;
    let above = olga.delete(&hcps(&format!("/{clinic}"))).await;
    assert_eq!((above.status, above.code()), (409, "has_children"));
    let place = hcps(&format!("/{ann}"));
    assert_eq!(olga.delete(&place).await.status, 204);
    assert_eq!(olga.get(&place).await.status, 404);
    assert_eq!(olga.delete(&place).await.status, 404);
    let again = make(&olga, person("Ann", "Lee", "ann@example.test")).await;
    assert_ne!(again, ann);
    assert_eq!(olga.delete(&hcps(&format!("/{clinic}"))).await.status, 204);
    let log = olga
        .get(&format!(
            "/organizations/{}/audit?action=hcp_deleted",
            super::ORG
        ))
        .await;
    assert_eq!(log.body["items"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_sent_again_makes_nothing_anew() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let ann = person("Ann", "Lee", "ann@example.test");
    let first = olga.post_once(&hcps(""), ann.clone(), "k-1").await;
    let second = olga.post_once(&hcps(""), ann.clone(), "k-1").await;
    assert_eq!((second.status, &second.body), (201, &first.body));
    assert_eq!(second.location(), first.location());
    let other = person("Bo", "Lee", "bo@example.test");
    let reused = olga.post_once(&hcps(""), other.clone(), "k-1").await;
    assert_eq!(
        (reused.status, reused.code()),
        (422, "idempotency_key_reused")
    );
    assert_eq!(olga.post_once(&hcps(""), other, "k-2").await.status, 201);
    let taken = olga.post_once(&hcps(""), ann, "k-3").await;
    assert_eq!((taken.status, taken.code()), (409, "email_taken"));
    let endless = "k".repeat(256);
    let refused = olga.post_once(&hcps(""), organization("C"), &endless).await;
    assert_eq!(faults(&refused), fault("Idempotency-Key", "invalid"));
}

/// Two at once: one is first, the other hears of it, and nothing is lost or there twice.
#[tokio::test(flavor = "multi_thread")]
async fn two_who_edit_or_add_at_once_neither_lose_nor_double_anything() {
    let server = clinic().await;
    let (olga, again) = (olga(&server).await, olga(&server).await);
    let ann = make(&olga, person("Ann", "Lee", "ann@example.test")).await;
    let place = hcps(&format!("/{ann}"));
    let (one, other) = tokio::join!(
        olga.patch(&place, json!({"first_name": "Anna"}), "\"1\""),
        again.patch(&place, json!({"first_name": "Anne"}), "\"1\""),
    );
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    let kept = if one.status == 200 { &one } else { &other };
    let now = olga.get(&place).await;
    assert_eq!(now.text("first_name"), kept.text("first_name"));
    assert_eq!(now.body["version"], 2);

    let bo = || person("Bo", "Roe", "bo@example.test");
    let list = hcps("");
    let (one, other) = tokio::join!(olga.post(&list, bo()), again.post(&list, bo()));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    let found = olga.get(&hcps("?q=bo@example.test")).await;
    assert_eq!(found.body["items"].as_array().unwrap().len(), 1);
}
