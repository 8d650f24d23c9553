//! `docs/security.md` names the tests that prove each promise: they must exist.
use std::{fs, path::Path};

use super::files;

#[test]
fn every_test_that_a_promise_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/security.md")).unwrap();
    let sources = ["src", "tests"].map(|folder| files(&root.join(folder), "rs"));
    let sources: Vec<_> = sources
        .iter()
        .flatten()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let is_test = |word: &&str| word.matches('_').count() > 2 && !word.contains(' ');
    let named: Vec<_> = page.split('`').skip(1).step_by(2).filter(is_test).collect();
    assert!(named.len() > 100, "{}", named.len());
    let missing: Vec<_> = named
        .into_iter()
        .filter(|name| {
            let function = format!("fn {name}(");
            !sources.iter().any(|source| source.contains(&function))
        })
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}
