//! `tutela hcp import`.
use std::{fs, path::Path};

use serde_json::{Value, json};

use super::{Ended, tutela};

const DATABASE: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0201";
const DIRECTORY: &str = include_str!("../hcps/hcps.toml");

/// A folder with a database, and a file of people.
fn folder(rows: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("clinic.toml"), DIRECTORY).unwrap();
    fs::write(
        path("people.csv"),
        format!("First Name,Last Name,Email Address\n{rows}"),
    )
    .unwrap();
    let applied = tutela(folder.path(), &["apply", "clinic.toml"]);
    assert_eq!(applied.code, 0, "{}", applied.err);
    folder
}

fn import(folder: &Path, more: &[&str]) -> Ended {
    let arguments = [
        &["hcp", "import", "--database", DATABASE, "people.csv"],
        more,
    ];
    tutela(folder, &arguments.concat())
}

fn json(ended: &Ended) -> Value {
    assert_eq!(ended.code, 0, "{}", ended.err);
    serde_json::from_str(&ended.out).unwrap()
}

#[test]
fn a_file_is_shown_and_with_commit_imported() {
    let folder = folder("Anna,Müller,anna@example.test\nBram,,bram\n");
    let folder = folder.path();
    let shown = import(folder, &[]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert_eq!(
        shown.out,
        "Row  Name         Email Address      Mobile Phone  Organization\n\
         2    Anna Müller  anna@example.test\n\
         1 accepted\n\n\
         Row  First Name  Last Name  Email Address  Reasons\n\
         3    Bram                   bram           missing_last_name invalid_email\n\
         1 rejected\n\n"
    );
    assert!(shown.err.contains("Nothing is made yet"), "{}", shown.err);
    let staged = json(&import(folder, &["--json"]));
    assert_eq!(
        staged["counts"],
        json!({"accepted": 1, "rejected": 1, "created": 0})
    );
    let taken = json(&import(folder, &["--json", "--commit"]));
    assert_eq!(taken["status"], "committed");
    assert_eq!(
        taken["counts"],
        json!({"accepted": 1, "rejected": 1, "created": 1})
    );
    let again = json(&import(folder, &["--json", "--commit"]));
    assert_eq!(again["rejected"][0]["reasons"], json!(["email_exists"]));
    assert_eq!(again["counts"]["created"], 0);
}

#[test]
fn what_cannot_be_imported_is_1_with_the_reason() {
    let folder = folder("");
    let path = folder.path();
    let unknown = tutela(
        path,
        &[
            "hcp",
            "import",
            "--database",
            &DATABASE.replace("0201", "0999"),
            "people.csv",
        ],
    );
    assert_eq!((unknown.code, unknown.out.as_str()), (1, ""));
    assert!(
        unknown.err.contains("there is no database with the id"),
        "{}",
        unknown.err
    );
    for (content, reason) in [
        ("", "the file is empty"),
        ("First Name,Email Address", "there is no column Last Name"),
        (
            "First Name,First Name,Last Name,Email Address",
            "there are two columns First Name",
        ),
        ("a\0b", "the file is none of"),
    ] {
        fs::write(path.join("people.csv"), content).unwrap();
        let ended = import(path, &[]);
        assert_eq!((ended.code, ended.out.as_str()), (1, ""));
        assert!(ended.err.contains(reason), "{}", ended.err);
    }
    fs::remove_file(path.join("people.csv")).unwrap();
    assert!(import(path, &[]).err.contains("cannot read people.csv"));
    assert_eq!(tutela(path, &["hcp", "import", "people.csv"]).code, 2);
}

#[test]
fn whoever_is_imported_is_invited_when_that_is_asked_for() {
    let folder = folder("Anna,Berg,anna@example.test\nBram,Roe,bram@example.test\n");
    let alone = import(folder.path(), &["--send-invitations"]);
    assert_eq!(alone.code, 2, "{}", alone.err);
    let taken = import(folder.path(), &["--commit", "--send-invitations"]);
    assert_eq!(taken.code, 0, "{}", taken.err);
    assert!(taken.err.contains("2 invitations leave"), "{}", taken.err);
}
