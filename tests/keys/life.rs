//! Rotation, by policy and by command.
use serde_json::Value;
use tutela::keys::{self, Alg, Keys, Refusal, State, Typ};

use super::Place;

const DAY: i64 = 24 * 3600;
const HOUR: i64 = 3600;
const MINUTE: i64 = 60;

fn kid_of(token: &str) -> String {
    let header = jsonwebtoken::decode_header(token).unwrap();
    header.kid.unwrap()
}

fn signing(place: &Place, keys: &Keys, alg: Alg) -> String {
    kid_of(&keys.sign(alg, Typ::IdToken, &(), place.now()).unwrap())
}

fn published(keys: &Keys) -> Vec<String> {
    let set: Value = serde_json::from_str(&keys.jwks().json).unwrap();
    let list = set["keys"].as_array().unwrap().iter();
    list.map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

async fn state(place: &Place, kid: &str) -> State {
    let list = keys::list(&place.store).await.unwrap();
    list.iter().find(|key| key.kid == kid).unwrap().state
}

#[tokio::test]
async fn a_key_is_published_a_day_signs_ninety_and_is_kept_for_its_last_token() {
    let place = Place::new().await;
    let keys = place.keys().await;
    let first = signing(&place, &keys, Alg::ES256);

    place.pass(&keys, 89 * DAY - HOUR).await;
    assert_eq!(published(&keys).len(), 4);

    place.pass(&keys, HOUR).await;
    assert_eq!(published(&keys).len(), 8);
    assert_eq!(signing(&place, &keys, Alg::ES256), first);

    place.pass(&keys, DAY - HOUR).await;
    let last = keys
        .sign(Alg::ES256, Typ::AccessToken, &(), place.now())
        .unwrap();
    assert_eq!(kid_of(&last), first);

    place.pass(&keys, HOUR + MINUTE).await;
    let second = signing(&place, &keys, Alg::ES256);
    assert_ne!(second, first);
    assert_eq!(state(&place, &first).await, State::Retired);
    assert!(published(&keys).contains(&first));
    assert!(keys.verify::<()>(Typ::AccessToken, &last).is_ok());

    place.pass(&keys, HOUR).await;
    assert!(keys.verify::<()>(Typ::AccessToken, &last).is_ok());

    place.pass(&keys, 5 * MINUTE).await;
    assert_eq!(state(&place, &first).await, State::Removed);
    assert_eq!(published(&keys).len(), 4);
    assert!(keys.verify::<()>(Typ::AccessToken, &last).is_err());
    let mut tx = place.store.read().await.unwrap();
    let kept: Vec<(String,)> = tx
        .query("SELECT kid FROM signing_keys WHERE private_key <> ''")
        .all()
        .await
        .unwrap();
    assert_eq!(kept.len(), 4);
}

#[tokio::test]
async fn a_server_that_was_off_for_a_year_still_announces_before_it_changes() {
    let place = Place::new().await;
    let keys = place.keys().await;
    let first = signing(&place, &keys, Alg::RS256);
    place.pass(&keys, 365 * DAY).await;
    assert_eq!(signing(&place, &keys, Alg::RS256), first);
    place.pass(&keys, DAY).await;
    assert_ne!(signing(&place, &keys, Alg::RS256), first);
}

#[tokio::test]
async fn two_nodes_make_one_successor() {
    let place = Place::new().await;
    let (one, other) = (place.keys().await, place.second_store().await);
    let two = Keys::open(&other, &place.keys_dir()).await.unwrap();
    place.clock.advance_seconds(90 * DAY);
    let (a, b) = tokio::join!(one.maintain(&place.store), two.maintain(&other));
    assert_eq!(a.unwrap().len() + b.unwrap().len(), 4);
    one.reload(&place.store).await.unwrap();
    two.reload(&other).await.unwrap();
    assert_eq!(published(&one).len(), 8);
    assert_eq!(one.jwks().json, two.jwks().json);
}

#[tokio::test]
async fn rotating_by_hand_publishes_now_and_signs_tomorrow() {
    let place = Place::new().await;
    let keys = place.keys().await;
    let first = signing(&place, &keys, Alg::EdDSA);

    let change = rotate(&place, &keys, Alg::EdDSA).await.unwrap();
    assert_eq!(change.ends.as_deref(), Some(&*first));
    assert!(published(&keys).contains(&change.successor));
    assert_eq!(signing(&place, &keys, Alg::EdDSA), first);
    assert_eq!(
        rotate(&place, &keys, Alg::EdDSA).await,
        Err(Refusal::UnderWay)
    );

    place.pass(&keys, DAY).await;
    assert_eq!(signing(&place, &keys, Alg::EdDSA), change.successor);
}

async fn rotate(place: &Place, keys: &Keys, alg: Alg) -> Result<keys::Change, Refusal> {
    let successor = keys.successor(&place.store, alg).await.unwrap();
    let mut tx = place.store.write().await.unwrap();
    let answer = keys::rotate(&mut tx, successor).await.unwrap();
    tx.commit().await.unwrap();
    keys.reload(&place.store).await.unwrap();
    answer
}

async fn retire(place: &Place, keys: &Keys, alg: Alg, kid: &str) -> Result<keys::Change, Refusal> {
    let spare = keys.successor(&place.store, alg).await.unwrap();
    let mut tx = place.store.write().await.unwrap();
    let answer = keys::retire(&mut tx, kid, spare).await.unwrap();
    tx.commit().await.unwrap();
    answer
}

#[tokio::test]
async fn an_emergency_removal_reaches_other_nodes_and_ends_every_token_of_the_key() {
    let place = Place::new().await;
    let (one, other) = (place.keys().await, place.second_store().await);
    let two = Keys::open(&other, &place.keys_dir()).await.unwrap();
    let token = two.sign(Alg::ES256, Typ::AccessToken, &(), place.now());
    let token = token.unwrap();
    let stolen = kid_of(&token);

    let change = retire(&place, &one, Alg::ES256, &stolen).await.unwrap();
    other.see_changes().await.unwrap();
    two.reload_if_changed(&other).await.unwrap();

    assert_eq!(signing(&place, &two, Alg::ES256), change.successor);
    assert!(two.verify::<()>(Typ::AccessToken, &token).is_err());
    assert!(!published(&two).contains(&stolen));
    assert_eq!(published(&two).len(), 4);
    assert_eq!(
        retire(&place, &one, Alg::ES256, &stolen).await,
        Err(Refusal::Removed)
    );
    assert_eq!(
        retire(&place, &one, Alg::EdDSA, &stolen).await,
        Err(Refusal::Unknown)
    );
}

#[tokio::test]
async fn removing_either_key_of_a_rotation_under_way_leaves_the_other_signing() {
    let place = Place::new().await;
    let keys = place.keys().await;
    let first = signing(&place, &keys, Alg::ES256);

    let waiting = rotate(&place, &keys, Alg::ES256).await.unwrap().successor;
    let change = retire(&place, &keys, Alg::ES256, &waiting).await.unwrap();
    assert_eq!(change.successor, first);
    place.pass(&keys, 2 * DAY).await;
    assert_eq!(signing(&place, &keys, Alg::ES256), first);

    let waiting = rotate(&place, &keys, Alg::ES256).await.unwrap().successor;
    let change = retire(&place, &keys, Alg::ES256, &first).await.unwrap();
    assert_eq!(change.successor, waiting);
    keys.reload(&place.store).await.unwrap();
    assert_eq!(signing(&place, &keys, Alg::ES256), waiting);
    assert_eq!(published(&keys).len(), 4);
}
