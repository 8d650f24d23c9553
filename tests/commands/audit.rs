//! `tutela audit`: the head of the log, told by a server and checked against its database.
use serde_json::Value;

use super::tutela;
use crate::server::stopping::serve_and_stop;

/// SECURITY.md 9.1: heads are told, signed, where the database's owner does not reach.
#[test]
fn the_head_of_the_audit_log_is_told_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| tutela(folder.path(), &[&["audit"], arguments].concat());
    assert_eq!(tutela(folder.path(), &["migrate"]).code, 0);
    let early = run(&["head"]);
    assert_eq!(early.code, 1);
    assert!(early.err.contains("nothing is sealed yet"), "{}", early.err);

    let clinic = "[[organizations]]\nname = \"Clinic\"\n";
    std::fs::write(folder.path().join("clinic.toml"), clinic).unwrap();
    assert_eq!(tutela(folder.path(), &["apply", "clinic.toml"]).code, 0);
    let log = serve_and_stop(folder.path());
    let line = log
        .lines()
        .find(|line| line.contains("head of the audit log"));
    let told: Value = serde_json::from_str(line.expect(&log)).unwrap();
    let (row, hash) = (
        told["row"].as_i64().unwrap(),
        told["hash"].as_str().unwrap(),
    );
    assert!(row > 0 && hash.len() == 64, "{told}");

    let fits = |head: &str| run(&["verify", "--head", head]);
    let printed = run(&["head"]);
    assert_eq!((printed.code, printed.err.as_str()), (0, ""));
    for head in [
        told["signed"].as_str().unwrap(),
        printed.out.trim(),
        &format!("{row}:{hash}"),
    ] {
        let ended = fits(head);
        assert_eq!(ended.code, 0, "{head}: {}{}", ended.out, ended.err);
    }
    let ended = fits(&format!("{}:{hash}", row + 1_000_000));
    assert!(
        ended.code == 1 && ended.out.contains("its seal is missing"),
        "{}",
        ended.out
    );
    let ended = fits("1:beef");
    assert!(
        ended.code == 1 && ended.out.contains("rewritten"),
        "{}",
        ended.out
    );
    let ended = run(&["verify", "--json", "--head", "1:beef"]);
    let said: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(
        (&said["row"], &said["flaw"]),
        (&Value::from(1), &Value::from("rewritten"))
    );

    let forged = printed.out.trim().rsplit_once('.').unwrap().0.to_owned() + ".AAAA";
    for (head, expected) in [
        (forged.as_str(), "no head that this server signed"),
        ("words", "no head that this server signed"),
        ("x:beef", "ROW is not a number"),
    ] {
        let ended = fits(head);
        assert!(
            ended.code == 1 && ended.err.contains(expected),
            "{head}: {}",
            ended.err
        );
    }
}
