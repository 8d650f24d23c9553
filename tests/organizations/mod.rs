//! Tenants, stored and looked up.
use std::sync::Arc;

use tutela::{
    clock::{ManualClock, Timestamp},
    id::OrganizationId,
    organizations::{
        self, NewOrganization, Organizations, ResourceServer, Settings, SigningAlg, Solution,
        Status,
    },
    store::{Store, Tx},
};

use crate::harness::Database;

async fn store(database: &Database) -> Store {
    let start = Timestamp::parse("2030-01-01T00:00:00Z").unwrap();
    database.store(Arc::new(ManualClock::at(start))).await
}

async fn clinic(tx: &mut Tx, name: &str) -> Option<OrganizationId> {
    let new = NewOrganization {
        id: None,
        name: name.to_owned(),
        status: Status::Active,
        settings: Settings::default(),
    };
    organizations::insert(tx, &new).await.unwrap()
}

#[tokio::test]
async fn an_organization_comes_back_as_it_was_stored() {
    let database = Database::new().await;
    let mut tx = store(&database).await.write().await.unwrap();
    let id = clinic(&mut tx, "Example Clinic").await.unwrap();
    let servers = [ResourceServer {
        audience: "https://fhir.example.test/r4".to_owned(),
        signing_alg: SigningAlg::RS256,
    }];
    organizations::put_resource_servers(&mut tx, id, &servers)
        .await
        .unwrap();

    let mut clinic = organizations::get(&mut tx, id).await.unwrap().unwrap();
    assert_eq!(clinic.settings, Settings::default());
    assert_eq!(
        clinic.signing_alg("https://fhir.example.test/r4"),
        SigningAlg::RS256
    );
    assert_eq!(
        clinic.signing_alg("https://elsewhere.test"),
        SigningAlg::ES256
    );

    clinic.settings.time_zone = "Europe/Brussels".parse().unwrap();
    clinic.settings.fhir_base_url = Some("https://fhir.example.test/r4".parse().unwrap());
    clinic.status = Status::Suspended;
    organizations::update(&mut tx, &clinic).await.unwrap();
    organizations::hold(&mut tx, id).await.unwrap();
    let by_name = organizations::by_name(&mut tx, "Example Clinic")
        .await
        .unwrap();
    assert_eq!(by_name.as_ref(), Some(&clinic));
    assert!(!clinic.is_active());
    assert_eq!(
        clinic.default_audiences(),
        ["https://fhir.example.test/r4", "self"]
    );
    assert_eq!(organizations::list(&mut tx).await.unwrap(), [clinic]);
}

#[tokio::test]
async fn a_name_is_given_once() {
    let database = Database::new().await;
    let mut tx = store(&database).await.write().await.unwrap();
    assert!(clinic(&mut tx, "Example Clinic").await.is_some());
    assert_eq!(clinic(&mut tx, "Example Clinic").await, None);
    assert!(clinic(&mut tx, "Another Clinic").await.is_some());
}

#[tokio::test]
async fn a_change_is_seen_by_the_next_look() {
    let database = Database::new().await;
    let store = store(&database).await;
    let known = Organizations::new();
    let mut tx = store.write().await.unwrap();
    let id = clinic(&mut tx, "Example Clinic").await.unwrap();
    let unknown: OrganizationId = tx.id();
    tx.commit().await.unwrap();

    let first = known.get(&store, id).await.unwrap().unwrap();
    let again = known.get(&store, id).await.unwrap().unwrap();
    assert!(Arc::ptr_eq(&first, &again), "kept in memory");
    assert_eq!(known.get(&store, unknown).await.unwrap(), None);

    let mut tx = store.write().await.unwrap();
    let mut changed = (*first).clone();
    changed.settings.access_token_ttl = 60;
    organizations::update(&mut tx, &changed).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(*known.get(&store, id).await.unwrap().unwrap(), changed);
}

/// A look-up must be possible in a handler, whose future moves between threads.
#[tokio::test]
async fn a_look_up_may_move_between_threads() {
    let database = Database::new().await;
    let store = store(&database).await;
    let known = Arc::new(Organizations::new());
    let mut tx = store.write().await.unwrap();
    let id = clinic(&mut tx, "Example Clinic").await.unwrap();
    tx.commit().await.unwrap();
    let look = tokio::spawn(async move { known.get(&store, id).await });
    assert!(look.await.unwrap().unwrap().is_some());
}

#[tokio::test]
async fn solutions_and_databases_have_names_of_their_own() {
    let database = Database::new().await;
    let mut tx = store(&database).await.write().await.unwrap();
    let organization_id = clinic(&mut tx, "Example Clinic").await.unwrap();
    let mut solution = Solution {
        id: tx.id(),
        organization_id,
        name: "Family app".to_owned(),
    };
    assert!(
        organizations::insert_solution(&mut tx, &solution)
            .await
            .unwrap()
    );
    let twin = Solution {
        id: tx.id(),
        ..solution.clone()
    };
    assert!(
        !organizations::insert_solution(&mut tx, &twin)
            .await
            .unwrap()
    );
    organizations::rename_solution(&mut tx, solution.id, "Portal")
        .await
        .unwrap();
    solution.name = "Portal".to_owned();
    assert_eq!(
        organizations::solutions(&mut tx, organization_id)
            .await
            .unwrap(),
        std::slice::from_ref(&solution)
    );

    let mut main = organizations::Database {
        id: tx.id(),
        solution_id: solution.id,
        name: "Main".to_owned(),
    };
    assert!(
        organizations::insert_database(&mut tx, &main)
            .await
            .unwrap()
    );
    assert!(
        !organizations::insert_database(&mut tx, &main)
            .await
            .unwrap()
    );
    organizations::rename_database(&mut tx, main.id, "First")
        .await
        .unwrap();
    main.name = "First".to_owned();
    assert_eq!(
        organizations::databases(&mut tx, solution.id)
            .await
            .unwrap(),
        [main]
    );
}
