//! `tutela service-account`.
use serde_json::Value;

use super::tutela;

const CLINIC: &str = "[[organizations]]\nname = \"Clinic\"\n";

#[test]
fn a_machine_is_registered_and_its_keys_made_and_ended_from_the_shell() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let all = [&["service-account"], arguments].concat();
        tutela(folder.path(), &all)
    };
    std::fs::write(folder.path().join("clinic.toml"), CLINIC).unwrap();
    assert_eq!(tutela(folder.path(), &["apply", "clinic.toml"]).code, 0);
    let wish = [
        "create",
        "--organization",
        "Clinic",
        "--name",
        "Bot",
        "--mode",
        "application",
    ];
    let made = run(&[&wish[..], &["--scope", "system/Patient.rs hcp:read"]].concat());
    assert_eq!((made.code, made.err.as_str()), (0, ""));
    let id = made.out.trim();
    let again = run(&wish);
    assert_eq!(again.code, 1);
    assert!(again.err.contains("already"), "{}", again.err);
    let beyond = run(&[&wish[..], &["--scope", "openid"]].concat());
    assert!(beyond.err.contains("cannot have openid"), "{}", beyond.err);

    let key = run(&["key", id, "--name", "first", "--days", "30"]);
    assert_eq!(key.code, 0, "{}", key.err);
    assert!(::tutela::service_accounts::is_well_formed(key.out.trim()));
    let long = run(&["key", id, "--name", "long", "--days", "400"]);
    assert!(long.err.contains("1 to 365 days"), "{}", long.err);
    let listed = || {
        let listed = run(&["list", "--organization", "Clinic", "--json"]);
        serde_json::from_str::<Value>(&listed.out).unwrap()
    };
    assert_eq!(listed()[0]["id"], id);
    assert_eq!(listed()[0]["api_keys"][0]["name"], "first");
    let people = run(&["list", "--organization", "Clinic"]);
    assert!(people.out.contains("Bot  [first until "), "{}", people.out);
    let next = run(&["rotate", id, "--name", "first", "--overlap-hours", "24"]);
    assert_eq!(next.code, 0, "{}", next.err);
    assert!(::tutela::service_accounts::is_well_formed(next.out.trim()));
    assert!(next.err.contains("The old key ends at "), "{}", next.err);
    assert_eq!(listed()[0]["api_keys"][1]["name"], "first 2");
    let twice = run(&["rotate", id, "--name", "first"]);
    assert!(twice.err.contains("was replaced before"), "{}", twice.err);
    let long = run(&["rotate", id, "--name", "first 2", "--overlap-hours", "721"]);
    assert!(long.err.contains("0 to 720 hours"), "{}", long.err);
    let address = ["public-keys", id, "--jwks-uri", "https://bot.example/jwks"];
    assert_eq!(run(&address).code, 0);
    let keys = |json: &str| {
        let file = folder.path().join("jwks.json");
        std::fs::write(&file, json).unwrap();
        run(&["public-keys", id, "--jwks", file.to_str().unwrap()])
    };
    let (x, y) = (
        "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    );
    let key = format!(r#""kty":"EC","crv":"P-256","alg":"ES256","x":"{x}","y":"{y}""#);
    let set = keys(&format!(r#"{{"keys":[{{{key}}}]}}"#));
    assert_eq!(set.code, 0, "{}", set.err);
    let private = keys(&format!(r#"{{"keys":[{{{key},"d":"AAAA"}}]}}"#));
    assert!(private.err.contains("a private key"), "{}", private.err);
    assert!(keys("[]").err.contains("no JWK set"));
    assert_eq!(run(&["public-keys", id, "--none"]).code, 0);
    assert_eq!(run(&["public-keys", id]).code, 2);
    assert_eq!(run(&["revoke", id, "--name", "first 2"]).code, 0);
    assert_eq!(run(&["revoke", id, "--name", "first"]).code, 0);
    assert_eq!(listed()[0]["api_keys"].as_array().unwrap().len(), 0);
    assert_eq!(run(&["revoke", id, "--name", "second"]).code, 1);
    let nowhere = run(&["list", "--organization", "Nowhere"]);
    assert_eq!(nowhere.code, 1);
    assert!(nowhere.err.contains("there is no organization \"Nowhere\""));
}
