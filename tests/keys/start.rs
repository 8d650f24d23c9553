//! What opening the keys makes, and when it refuses.
use std::{collections::BTreeSet, fs};

use tutela::keys::{self, Alg, KeyError, Keys, State, Typ, UnsealError};

use super::Place;

#[tokio::test]
async fn a_first_start_makes_one_active_key_per_algorithm_and_a_second_none() {
    let place = Place::new().await;
    let first = place.keys().await;
    let listed = keys::list(&place.store).await.unwrap();
    assert_eq!(listed.len(), 4);
    assert!(listed.iter().all(|key| key.state == State::Active));
    let algs: BTreeSet<Alg> = listed.iter().map(|key| key.alg).collect();
    assert_eq!(algs, BTreeSet::from(Alg::ALL));
    let second = place.keys().await;
    assert_eq!(first.jwks().json, second.jwks().json);
}

#[tokio::test]
async fn two_nodes_that_start_at_once_agree_on_the_same_keys() {
    let place = Place::new().await;
    let other = place.second_store().await;
    let folder = place.keys_dir();
    let (one, two) = tokio::join!(
        Keys::open(&place.store, &folder),
        Keys::open(&other, &folder)
    );
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(keys::list(&other).await.unwrap().len(), 4);
    assert_eq!(one.jwks().json, two.jwks().json);
    for alg in Alg::ALL {
        let token = one.sign(alg, Typ::IdToken, &(), place.now()).unwrap();
        assert!(two.verify::<()>(Typ::IdToken, &token).is_ok());
    }
    assert_eq!(one.mac("purpose", &[b"x"]), two.mac("purpose", &[b"x"]));
}

#[tokio::test]
async fn a_missing_key_encryption_key_stops_the_start_and_is_never_replaced() {
    let place = Place::new().await;
    drop(place.keys().await);
    fs::remove_dir_all(place.keys_dir()).unwrap();
    let error = Keys::open(&place.store, &place.keys_dir())
        .await
        .unwrap_err();
    assert!(matches!(error, KeyError::KekMissing { .. }));
    assert!(error.to_string().contains("restore it from a backup"));
    assert!(!place.keys_dir().exists());
}

#[tokio::test]
async fn another_key_encryption_key_stops_the_start() {
    let place = Place::new().await;
    drop(place.keys().await);
    fs::write(place.keys_dir().join("key-encryption-key"), [1; 32]).unwrap();
    let error = Keys::open(&place.store, &place.keys_dir())
        .await
        .unwrap_err();
    let KeyError::Sealed { reason, .. } = error else {
        panic!("{error}");
    };
    assert!(matches!(reason, UnsealError::OtherKey(_)));
    assert_eq!(keys::list(&place.store).await.unwrap().len(), 4);
}

#[tokio::test]
async fn an_exchanged_public_key_stops_the_start() {
    let place = Place::new().await;
    drop(place.keys().await);
    let mut tx = place.store.write().await.unwrap();
    tx.query("UPDATE signing_keys SET public_key = '00' WHERE alg = $1")
        .bind("ES256".to_owned())
        .run()
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let error = Keys::open(&place.store, &place.keys_dir())
        .await
        .unwrap_err();
    assert!(matches!(
        error,
        KeyError::Sealed {
            reason: UnsealError::Damaged,
            ..
        }
    ));
}

#[tokio::test]
async fn a_secret_at_rest_opens_only_in_its_place() {
    let place = Place::new().await;
    let keys = place.keys().await;
    let sealed = keys.seal(&["credentials", "1"], b"seed", place.store.random());
    assert_eq!(
        **keys.unseal(&["credentials", "1"], &sealed).unwrap(),
        *b"seed"
    );
    assert!(keys.unseal(&["credentials", "2"], &sealed).is_err());
}
