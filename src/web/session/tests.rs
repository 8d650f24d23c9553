use super::*;
use crate::{
    accounts::{self, Acr, Amr, Authentication, NewAccount, Standing, session::Limits},
    clock::{Clock, ManualClock, Timestamp},
    id::{AccountId, SessionId},
    random::SeededRandom,
    secret::Secret,
    store::{Options, Schema},
};

struct Place {
    _folder: tempfile::TempDir,
    clock: Arc<ManualClock>,
    store: Store,
    sessions: Sessions,
}

impl Place {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("t.db").display());
        let options = Options {
            url: Secret::new(url),
            schema: Schema::Migrate,
        };
        let clock = Arc::new(ManualClock::at(Timestamp::from_seconds(1_900_000_000)));
        let dice = Arc::new(SeededRandom::new(1));
        let store = Store::open(&options, clock.clone(), dice).await.unwrap();
        Self {
            _folder: folder,
            clock,
            sessions: Sessions::new(store.clone()),
            store,
        }
    }

    async fn person(&self) -> AccountId {
        let mut tx = self.store.write().await.unwrap();
        let new = NewAccount {
            id: None,
            standing: Standing::Primary,
            given_name: "Ann".to_owned(),
            family_name: "Doe".to_owned(),
            birth_date: None,
        };
        let id = accounts::insert_account(&mut tx, new).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A new cookie, and what is behind it.
    async fn sign_in(&self, account: AccountId, previous: Option<SessionId>) -> (Id, SignIn) {
        let start = Start {
            previous,
            account,
            authentication: Authentication {
                auth_time: self.clock.now(),
                amr: vec![Amr::Pwd],
                acr: Acr::Aal1,
            },
            address: None,
            user_agent: None,
        };
        let mut record = blank();
        let start = serde_json::to_value(start).unwrap();
        record.data.insert(key::START.to_owned(), start);
        self.sessions.create(&mut record).await.unwrap();
        let sign_in = record.data[key::SIGN_IN].clone();
        (record.id, read(sign_in).unwrap())
    }

    async fn behind(&self, cookie: &Id) -> Option<SignIn> {
        let record = self.sessions.load(cookie).await.unwrap()?;
        Some(read(record.data.get(key::SIGN_IN)?.clone()).unwrap())
    }

    async fn live(&self, session: SessionId, limits: Limits) -> Option<SignIn> {
        let mut tx = self.store.read().await.unwrap();
        session::live(&mut tx, session, limits).await.unwrap()
    }

    async fn rows(&self) -> i64 {
        let mut tx = self.store.read().await.unwrap();
        let count = tx.query("SELECT COUNT(*) FROM sessions").one::<(i64,)>();
        count.await.unwrap().0
    }
}

fn blank() -> Record {
    Record {
        id: Id(0),
        data: Default::default(),
        expiry_date: time::OffsetDateTime::UNIX_EPOCH,
    }
}

#[tokio::test]
async fn a_stranger_fills_no_table() {
    let place = Place::open().await;
    let mut record = blank();
    place.sessions.create(&mut record).await.unwrap();
    place.sessions.save(&record).await.unwrap();
    let loaded = place.sessions.load(&record.id).await.unwrap().unwrap();
    assert_ne!(record.id, Id(0));
    assert_eq!(loaded, record);
    assert_eq!(place.rows().await, 0);
}

#[tokio::test]
async fn the_row_keeps_only_the_hash_of_the_cookie() {
    let place = Place::open().await;
    let (cookie, _) = place.sign_in(place.person().await, None).await;
    let mut tx = place.store.read().await.unwrap();
    let row = tx.query("SELECT cookie_hash FROM sessions");
    let (kept,): (String,) = row.one().await.unwrap();
    assert_eq!(kept, fingerprint(&cookie).as_str());
}

#[tokio::test]
async fn the_same_person_keeps_the_sid_and_loses_the_old_cookie() {
    let place = Place::open().await;
    let ann = place.person().await;
    let (old, first) = place.sign_in(ann, None).await;
    assert_eq!(place.behind(&old).await.unwrap(), first);
    let (new, second) = place.sign_in(ann, Some(first.session)).await;
    assert_eq!(second.session, first.session);
    assert_eq!(place.behind(&old).await, None);
    assert_eq!(place.behind(&new).await.unwrap(), second);
    let bob = place.person().await;
    let (_, third) = place.sign_in(bob, Some(first.session)).await;
    assert_ne!(third.session, first.session, "nobody takes it over");
}

#[tokio::test]
async fn an_ended_session_is_gone_from_memory() {
    let place = Place::open().await;
    place.store.see_changes().await.unwrap(); // from here on things are kept in memory
    let ann = place.person().await;
    let (phone, on_phone) = place.sign_in(ann, None).await;
    let (laptop, _) = place.sign_in(ann, None).await;
    assert!(place.behind(&phone).await.is_some());

    let mut tx = place.store.write().await.unwrap();
    assert!(session::end(&mut tx, on_phone.session).await.unwrap());
    assert!(!session::end(&mut tx, on_phone.session).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(place.sessions.load(&phone).await.unwrap(), None);
    assert!(place.behind(&laptop).await.is_some());

    let mut tx = place.store.write().await.unwrap();
    assert_eq!(session::end_all(&mut tx, ann, None).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(place.behind(&laptop).await, None);
}

#[tokio::test]
async fn a_session_is_live_within_the_limits_asked_for() {
    let place = Place::open().await;
    let (cookie, sign_in) = place.sign_in(place.person().await, None).await;
    let usual = Limits::default();
    let patient = Limits {
        idle_seconds: 3600,
        ..usual
    };
    assert!(place.live(sign_in.session, usual).await.is_some());
    place.clock.advance_seconds(40 * 60);
    assert!(place.live(sign_in.session, usual).await.is_none());
    assert!(place.live(sign_in.session, patient).await.is_some());

    let seen = place.sessions.seen(&cookie, &sign_in).await.unwrap();
    assert!(seen.unwrap().seen_at > sign_in.seen_at);
    assert!(place.live(sign_in.session, usual).await.is_some());

    place.clock.advance_seconds(12 * 3600);
    place.sessions.seen(&cookie, &sign_in).await.unwrap();
    assert!(place.live(sign_in.session, usual).await.is_none());
}

#[tokio::test]
async fn a_suspended_person_has_no_session() {
    let place = Place::open().await;
    place.store.see_changes().await.unwrap();
    let ann = place.person().await;
    let (cookie, _) = place.sign_in(ann, None).await;
    assert!(place.behind(&cookie).await.is_some());
    let mut tx = place.store.write().await.unwrap();
    let mut account = accounts::account(&mut tx, ann).await.unwrap().unwrap();
    account.status = accounts::Status::Suspended;
    accounts::update_account(&mut tx, &account).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(place.behind(&cookie).await, None);
}
