//! `tutela keypair`.
use super::tutela;

#[test]
fn a_pair_is_made_here_and_only_its_owner_may_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0c01";
    let made = tutela(
        folder.path(),
        &["keypair", "--out", "pair.json", "--hcp-id", id],
    );
    assert_eq!(made.code, 0, "{}", made.err);
    let file = folder.path().join("pair.json");
    let pair: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(
        (&pair["hcp_id"], &pair["algorithm"]),
        (&id.into(), &"RSA-OAEP-256".into())
    );
    let (public, private) = (pair["public_key"].as_str(), pair["private_key"].as_str());
    let (public, private) = (public.unwrap(), private.unwrap());
    assert_eq!(made.out.trim(), public);
    let key = tutela::hcps::PublicKey::from_hex(public).unwrap();
    assert_eq!(key.to_hex(), public);
    assert!(tutela::hcps::holds_private(private.as_bytes()));
    assert!(!made.err.contains(private));
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    let again = tutela(folder.path(), &["keypair", "--out", "pair.json"]);
    assert_eq!(again.code, 1, "a pair is never written over");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_pair_is_printed_as_json() {
    let folder = tempfile::tempdir().unwrap();
    let made = tutela(folder.path(), &["keypair", "--json"]);
    let pair: serde_json::Value = serde_json::from_str(&made.out).unwrap();
    let names: Vec<_> = pair.as_object().unwrap().keys().collect();
    assert_eq!(names, ["algorithm", "public_key", "private_key"]);
}
