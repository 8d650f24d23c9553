//! Declared secrets, as they are written in a file.
use argon2::{Params, password_hash::phc::PasswordHash};

use super::{declared::DeclaredSecret, node::Object};
use crate::secret::{Secret, StoredSecret};

/// A secret of a machine, given in one of three ways: as it is, as a hash, in a file.
pub(super) fn secret(object: &Object<'_>, names: [&'static str; 3]) -> Option<DeclaredSecret> {
    let is_hash = |text: &str| match StoredSecret::parse(text) {
        Some(StoredSecret::Slow(phc)) => is_password_hash(&phc),
        Some(StoredSecret::Fast(_)) => true,
        None => false,
    };
    let expected = "expected sha256: and 64 hex digits, or an Argon2id PHC string";
    read(object, names, (is_hash, expected))
}

/// A person's password. A fast hash will not do: no sign-in would ever be checked by it.
pub(super) fn password(object: &Object<'_>) -> Option<DeclaredSecret> {
    let names = ["password", "password_hash", "password_file"];
    read(
        object,
        names,
        (is_password_hash, "expected an Argon2id PHC string"),
    )
}

/// Whether any of the ways was used, well or badly.
pub(super) fn is_given(object: &Object<'_>, names: [&'static str; 3]) -> bool {
    names.iter().any(|name| object.map.contains_key(*name))
}

/// Whether a password can be checked by `text`.
fn is_password_hash(text: &str) -> bool {
    PasswordHash::new(text).is_ok_and(|hash| {
        hash.algorithm.as_str() == "argon2id"
            && hash.salt.is_some()
            && hash.hash.is_some()
            && Params::try_from(&hash).is_ok()
    })
}

fn read(
    object: &Object<'_>,
    names: [&'static str; 3],
    (is_hash, expected): (impl Fn(&str) -> bool, &str),
) -> Option<DeclaredSecret> {
    let [plain, hash, file] = names;
    let given = [object.text(plain), object.text(hash), object.text(file)];
    if given.iter().flatten().count() > 1 {
        object.fault(plain, format!("give one of {plain}, {hash} and {file}"));
        return None;
    }
    match given {
        [Some(text), _, _] => not_empty(object, plain, &text),
        [_, Some(text), _] if is_hash(&text) => Some(DeclaredSecret::Stored(text)),
        [_, Some(_), _] => {
            object.fault(hash, expected);
            None
        }
        [_, _, Some(path)] => match std::fs::read_to_string(&path) {
            Ok(text) => not_empty(object, file, text.trim_end_matches(['\r', '\n'])),
            Err(error) => {
                object.fault(file, format!("cannot read {path}: {error}"));
                None
            }
        },
        _ => None,
    }
}

fn not_empty(object: &Object<'_>, name: &'static str, text: &str) -> Option<DeclaredSecret> {
    if text.trim().is_empty() {
        object.fault(name, "must not be empty");
        return None;
    }
    Some(DeclaredSecret::Plain(Secret::new(text)))
}
