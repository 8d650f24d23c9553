//! The program as a shell sees it: what it prints where, and how it ends.
mod apply;
mod audit;
mod hcp;
mod keypair;
mod keys;
mod service_accounts;

use std::{path::Path, process::Command, sync::Arc};

use tutela::{
    clock::{Clock, SystemClock},
    random::SeededRandom,
    secret::Secret,
    store::{Options, Schema, Store},
};

/// How a run of the program ended.
struct Ended {
    code: i32,
    out: String,
    err: String,
}

/// The program in `folder`, with none of the settings of whoever runs the tests.
fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tutela"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TUTELA_")) {
        command.env_remove(name);
    }
    command.args(arguments).current_dir(folder);
    command
}

fn tutela(folder: &Path, arguments: &[&str]) -> Ended {
    ended(&mut program(folder, arguments))
}

fn ended(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    Ended {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

async fn store(folder: &Path) -> Store {
    let options = Options {
        url: Secret::new(format!(
            "sqlite:{}",
            folder.join("data/tutela.db").display()
        )),
        schema: Schema::Require,
    };
    let random = Arc::new(SeededRandom::new(1));
    Store::open(&options, Arc::new(SystemClock), random)
        .await
        .unwrap()
}

#[test]
fn wrong_usage_is_2_and_a_wrong_setting_is_1_with_its_cure() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tutela(folder.path(), &["bogus"]).code, 2);
    assert_eq!(tutela(folder.path(), &["--no-migrate", "config"]).code, 2);
    let ended = tutela(folder.path(), &["serve", "--listen", "80"]);
    assert_eq!(ended.code, 1);
    assert_eq!(
        ended.err,
        "tutela: the configuration has a fault\n\nlisten: \"80\" will not do\n  \
         from      the flag --listen\n  expected  an IP address and a port\n  \
         example   --listen 127.0.0.1:8080\n"
    );
    assert_eq!(ended.out, "");
}

#[test]
fn the_effective_configuration_is_data_with_secrets_masked() {
    let folder = tempfile::tempdir().unwrap();
    let secret = "postgres://me:hunter2@db.test/tutela";
    let arguments = ["config", "--json", "--database-url", secret];
    let ended = tutela(folder.path(), &arguments);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    assert!(!ended.out.contains("hunter2"));
    let shown: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    let url = shown
        .as_array()
        .unwrap()
        .iter()
        .find(|e| e["key"] == "database_url");
    assert_eq!(url.unwrap()["value"], "postgres://…@db.test/tutela");
    assert_eq!(url.unwrap()["source"], "the flag --database-url");
}

#[test]
fn migrate_says_whether_the_schema_is_there_and_makes_it() {
    let folder = tempfile::tempdir().unwrap();
    let check = || tutela(folder.path(), &["migrate", "--check"]).code;
    assert_eq!(check(), 1);
    assert!(
        !folder.path().join("data/tutela.db").exists(),
        "a check makes nothing"
    );
    assert_eq!(tutela(folder.path(), &["migrate"]).code, 0);
    assert_eq!(check(), 0);
}

#[test]
fn doctor_ends_with_1_when_something_fails() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tutela(folder.path(), &["doctor"]).code, 0);
    let ended = tutela(folder.path(), &["doctor", "--listen", "80"]);
    assert_eq!(ended.code, 1);
    assert!(
        ended.out.contains("FAILURE  configuration: "),
        "{}",
        ended.out
    );
    assert!(ended.out.contains("cure: "), "{}", ended.out);
}

/// SECURITY.md 10: restoring must not revive what was revoked after the backup.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_comes_back_whole_but_with_every_session_ended() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| tutela(folder.path(), arguments);
    assert_eq!(run(&["migrate"]).code, 0);
    let open = store(folder.path()).await;
    let mut tx = open.write().await.unwrap();
    tx.query(
        "INSERT INTO sessions (id, cookie_hash, data, created_at, last_seen_at, expires_at)
         VALUES ('s', 'c', '{}', 0, 0, 0)",
    )
    .run()
    .await
    .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        run(&["backup", "copy.db"]).code,
        0,
        "a copy is taken while it runs"
    );
    assert_eq!(
        run(&["backup", "copy.db"]).code,
        1,
        "nothing is overwritten"
    );
    let ended = run(&["restore", "copy.db"]);
    assert_eq!(ended.code, 1);
    assert!(
        ended.err.contains("is in use; stop the server first"),
        "{}",
        ended.err
    );
    open.close().await;

    let ended = run(&["restore", "copy.db"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    let restored = store(folder.path()).await;
    let mut tx = restored.read().await.unwrap();
    let (ended_at,): (Option<i64>,) = tx
        .query("SELECT ended_at FROM sessions WHERE id = 's'")
        .one()
        .await
        .unwrap();
    assert!(ended_at.is_some_and(|at| at <= SystemClock.now().millis()));
    let events: Vec<(String,)> = tx
        .query("SELECT action FROM audit_events")
        .all()
        .await
        .unwrap();
    assert_eq!(events, [("restored".to_owned(),)]);
    drop(tx);
    restored.close().await;
    assert!(folder.path().join("data/tutela.db.before-restore").exists());
}

#[test]
fn a_damaged_foreign_or_empty_file_is_not_put_back() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| tutela(folder.path(), arguments);
    assert_eq!(run(&["migrate"]).code, 0);
    assert_eq!(run(&["backup", "copy.db"]).code, 0);
    let copy = std::fs::read(folder.path().join("copy.db")).unwrap();
    let before = std::fs::read(folder.path().join("data/tutela.db")).unwrap();
    for (name, bytes) in [
        ("cut.db", &copy[..copy.len() / 2]),
        ("empty.db", &[]),
        ("words.db", b"these are just words"),
    ] {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        assert_eq!(run(&["restore", name]).code, 1, "{name}");
        let now = std::fs::read(folder.path().join("data/tutela.db")).unwrap();
        assert!(now == before, "{name}");
    }
    let left: Vec<_> = std::fs::read_dir(folder.path().join("data"))
        .unwrap()
        .collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn an_operator_gets_its_key_once_and_no_two_have_one_name() {
    let folder = tempfile::tempdir().unwrap();
    let ended = tutela(folder.path(), &["operator", "create"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.out.starts_with("tsk_") && ended.out.lines().count() == 1);
    assert!(!ended.err.contains("tsk_"));
    assert_eq!(tutela(folder.path(), &["operator", "create"]).code, 1);
}
