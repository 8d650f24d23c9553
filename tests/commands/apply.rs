//! `tutela apply` as a shell sees it, alone and beside a running server.
use std::{path::Path, time::Duration};

use super::{Ended, tutela};
use crate::{
    faults::{Process, free_port, run},
    harness::{BOT, BOT_KEY, Database},
};

const CLINIC: &str = include_str!("../resources/clinic.toml");

fn apply(folder: &Path, text: &str, options: &[&str]) -> Ended {
    std::fs::write(folder.join("clinic.toml"), text).unwrap();
    tutela(folder, &[&["apply", "clinic.toml"], options].concat())
}

#[test]
fn a_second_run_finds_nothing_to_do_and_a_dry_run_does_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let dry = apply(folder.path(), CLINIC, &["--dry-run"]);
    assert_eq!(dry.code, 0, "{}", dry.err);
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(
        left.len(),
        1,
        "a plan makes no database and no keys: {left:?}"
    );

    let first = apply(folder.path(), CLINIC, &[]);
    assert_eq!((first.code, &first.out), (0, &dry.out), "{}", first.err);
    assert!(first.out.starts_with("+ organization Example Clinic\n"));
    let second = apply(folder.path(), CLINIC, &[]);
    assert_eq!((second.code, second.out.as_str()), (0, "no changes\n"));

    let other = CLINIC.replacen("name = \"Portal\"", "name = \"Entrance\"", 1);
    for _ in 0..2 {
        let dry = apply(folder.path(), &other, &["--dry-run", "--prune"]);
        assert_eq!(dry.out, "~ client web-portal (name)\n", "{}", dry.err);
        assert_eq!(dry.err, "Nothing was changed: this was a dry run.\n");
    }
}

#[test]
fn a_plan_makes_no_signing_keys_in_a_database_that_has_none() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tutela(folder.path(), &["migrate"]).code, 0);
    assert_eq!(apply(folder.path(), CLINIC, &["--dry-run"]).code, 0);
    assert!(!folder.path().join("keys").exists());
    let keys = tutela(folder.path(), &["keys", "list", "--json"]);
    assert!(!keys.out.contains("kid"), "{}", keys.out);
}

#[test]
fn a_plan_reads_the_key_encryption_key_where_the_server_does() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("kek"), "11".repeat(32)).unwrap();
    let from_setting = ["--keys-secret-file", "kek"];
    let made = apply(folder.path(), CLINIC, &from_setting);
    assert_eq!(made.code, 0, "{}", made.err);
    assert!(!folder.path().join("keys").exists());
    let plan = apply(
        folder.path(),
        CLINIC,
        &[&["--dry-run"], &from_setting[..]].concat(),
    );
    assert_eq!(
        (plan.code, plan.out.as_str()),
        (0, "no changes\n"),
        "{}",
        plan.err
    );
}

#[test]
fn every_mistake_is_told_at_once_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = CLINIC
        .replacen("[\"PROVIDER\"]", "[\"DOCTOR\"]", 1)
        .replacen("role = \"owner\"", "role = \"king\"", 1);
    let ended = apply(folder.path(), &wrong, &[]);
    assert_eq!((ended.code, ended.out.as_str()), (1, ""));
    for line in [
        "organizations[0].people[2].roles[0]: unknown role \"DOCTOR\"; one of ",
        "organizations[0].people[3].config.role: \"king\" is not \"owner\" or \"member\"",
    ] {
        assert!(ended.err.contains(line), "{}", ended.err);
    }
    assert!(!folder.path().join("data").exists());
}

async fn status(url: &str, key: &str) -> u16 {
    let request = reqwest::Client::new()
        .post(format!("{url}/token"))
        .basic_auth(BOT, Some(key))
        .form(&[("grant_type", "client_credentials")]);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_applied_beside_a_running_server_holds_at_once() {
    let database = Database::new().await;
    let file = database.path("clinic.toml");
    std::fs::write(&file, CLINIC).unwrap();
    run(&database, &["apply", &file]);
    let server = Process::start(&database, free_port(), None).await;
    assert_eq!(status(&server.url, BOT_KEY).await, 200);

    let fresh = "tsk_development_only_reminder_bot_2";
    std::fs::write(&file, CLINIC.replacen(BOT_KEY, fresh, 1)).unwrap();
    run(&database, &["apply", &file]);
    let old_ends = async {
        while status(&server.url, BOT_KEY).await == 200 {
            tokio::task::yield_now().await;
        }
    };
    // A second is promised; the rest is for a machine that is busy with other tests.
    let ended = tokio::time::timeout(Duration::from_secs(5), old_ends).await;
    assert!(ended.is_ok(), "the old key is still taken");
    assert_eq!(status(&server.url, fresh).await, 200);
}
