//! The key-encryption key: as a file, as a setting, and changed for another.
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use tutela::{
    clock::{Clock, SystemClock},
    keys::{Alg, KekSource, Keys, Typ},
    secret::Secret,
};

use super::{ended, program, store, tutela};

const ANYWHERE: [&str; 5] = [
    "serve",
    "--listen",
    "127.0.0.1:0",
    "--admin-listen",
    "127.0.0.1:0",
];

/// A server of the program; it ends when this goes.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start(mut command: Command) -> Self {
        let command = command.args(ANYWHERE).stderr(Stdio::piped());
        let mut served = Self {
            child: command.spawn().unwrap(),
            url: String::new(),
        };
        let mut told = String::new();
        let stderr = served.child.stderr.take().unwrap();
        for line in BufReader::new(stderr).lines() {
            let line = line.unwrap();
            if let Ok(event) = serde_json::from_str::<Value>(&line)
                && event["message"] == "listening"
            {
                served.url = format!("http://{}", event["address"].as_str().unwrap());
                return served;
            }
            told.push_str(&line);
        }
        panic!("it did not start: {told}");
    }

    async fn jwks(&self) -> Value {
        let url = format!("{}/.well-known/openid-configuration", self.url);
        let discovery: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
        let url = discovery["jwks_uri"].as_str().unwrap().to_owned();
        reqwest::get(url).await.unwrap().json().await.unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

async fn open(folder: &Path, source: KekSource<'_>) -> Keys {
    let store = store(folder).await;
    let keys = Keys::open(&store, source).await.unwrap();
    store.close().await;
    keys
}

/// A token and a MAC, by which keys are known again.
fn signed(keys: &Keys) -> (String, [u8; 32]) {
    let token = keys.sign(Alg::ES256, Typ::IdToken, &(), SystemClock.now());
    (token.unwrap(), keys.mac("password pepper", &[]))
}

fn assert_holds(keys: &Keys, (token, mac): &(String, [u8; 32])) {
    assert!(keys.verify::<()>(Typ::IdToken, token).is_ok());
    assert_eq!(keys.mac("password pepper", &[]), *mac);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rewrapped_key_replaces_its_file_and_opens_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let server = Served::start(program(folder, &[]));
    let jwks = server.jwks().await;
    let early = tutela(folder, &["keys", "rewrap"]);
    assert_eq!(early.code, 1);
    assert!(early.err.contains("stop the server first"), "{}", early.err);
    drop(server);
    let dir = folder.join("keys");
    let source = KekSource::from(&dir);
    let before = signed(&open(folder, source).await);
    let old = fs::read(dir.join("key-encryption-key")).unwrap();

    for round in 0..2 {
        let ended = tutela(folder, &["keys", "rewrap"]);
        assert_eq!(ended.code, 0, "{}", ended.err);
        assert!(ended.out.starts_with("5 records: "), "{}", ended.out);
        assert_holds(&open(folder, source).await, &before);
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 2 + round);
    }
    assert_ne!(fs::read(dir.join("key-encryption-key")).unwrap(), old);
    assert_eq!(Served::start(program(folder, &[])).jwks().await, jwks);

    let store = store(folder).await;
    let mut tx = store.read().await.unwrap();
    let events: Vec<(String, String)> = tx
        .query("SELECT action, actor FROM audit_events WHERE action = 'key_encryption_key'")
        .all()
        .await
        .unwrap();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0].1, "keys rewrap");
    drop(tx);
    store.close().await;

    fs::write(dir.join("key-encryption-key"), old).unwrap();
    let ended = tutela(folder, &ANYWHERE);
    assert_eq!(ended.code, 1);
    assert!(
        ended.err.contains("is sealed with the key-encryption key"),
        "{}",
        ended.err
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rewrap_that_was_cut_short_is_finished_by_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let dir = folder.join("keys");
    drop(Served::start(program(folder, &[])));
    let before = signed(&open(folder, KekSource::from(&dir)).await);
    let file = |name: &str| dir.join(name);
    let old = fs::read(file("key-encryption-key")).unwrap();
    assert_eq!(tutela(folder, &["keys", "rewrap"]).code, 0);
    // as it was after the commit and before the new key took the old one's place
    fs::rename(file("key-encryption-key"), file("key-encryption-key.next")).unwrap();
    fs::write(file("key-encryption-key"), &old).unwrap();

    drop(Served::start(program(folder, &[])));
    assert!(!file("key-encryption-key.next").exists());
    assert_ne!(fs::read(file("key-encryption-key")).unwrap(), old);
    assert_holds(&open(folder, KekSource::from(&dir)).await, &before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_the_settings_needs_no_folder_and_is_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let with = |secret: &str, arguments: &[&str]| {
        let mut command = program(folder, arguments);
        command.env("TUTELA_KEYS_SECRET", secret);
        command
    };
    let first = hex::encode([0xa5; 32]);
    drop(Served::start(with(&first, &[])));
    assert!(!folder.join("keys").exists());
    let shown = ended(&mut with(&first, &["config", "--json"]));
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert!(!shown.out.contains(&first[..16]), "{}", shown.out);
    let doctor = ended(&mut with(&first, &["doctor"]));
    assert!(
        doctor
            .out
            .contains("keys: keys_secret opens 4 signing keys"),
        "{}",
        doctor.out
    );
    for (wrong, words) in [
        ("hunter2", "keys_secret: the value will not do"),
        (
            &hex::encode([1; 32]),
            "is sealed with the key-encryption key",
        ),
    ] {
        let refused = ended(&mut with(wrong, &ANYWHERE));
        assert_eq!(refused.code, 1);
        assert!(refused.err.contains(words), "{}", refused.err);
        assert!(!refused.err.contains(wrong), "{}", refused.err);
    }
    let forgotten = tutela(folder, &ANYWHERE);
    assert_eq!(forgotten.code, 1, "and no other is made");
    assert!(!folder.join("keys").exists());

    let secret = Secret::new(first.as_str());
    let source = KekSource::new(folder, Some(&secret));
    let before = signed(&open(folder, source).await);
    let nowhere = ended(&mut with(&first, &["keys", "rewrap"]));
    assert_eq!(nowhere.code, 1);
    assert!(nowhere.err.contains("--new-key-file"), "{}", nowhere.err);
    let rewrap = ["keys", "rewrap", "--new-key-file", "next.hex"];
    for _ in 0..2 {
        let done = ended(&mut with(&first, &rewrap));
        assert_eq!(done.code, 0, "{}", done.err);
    }
    assert_eq!(ended(&mut with(&first, &ANYWHERE)).code, 1);
    drop(Served::start(program(
        folder,
        &["--keys-secret-file", "next.hex"],
    )));
    let second = Secret::new(fs::read_to_string(folder.join("next.hex")).unwrap());
    assert_ne!(second.expose().trim(), first);
    assert_holds(
        &open(folder, KekSource::new(folder, Some(&second))).await,
        &before,
    );
}
