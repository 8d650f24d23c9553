//! Passwords that everybody tries first (I-07). The list holds those of published breaches
//! that have eight characters or more, in lower case.
use std::{collections::HashSet, sync::LazyLock};

static LIST: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// Whether `password`, in lower case, is on the list: as it is, without the digits and marks
/// around it, or several times over.
pub(super) fn is_common(password: &str) -> bool {
    let core = password.trim_matches(|c: char| !c.is_alphabetic());
    [password, core, unit(password), unit(core)]
        .iter()
        .any(|text| LIST.contains(text))
}

/// What `text` is a repetition of: the whole, if of nothing shorter.
fn unit(text: &str) -> &str {
    let ends = text.char_indices().map(|(at, _)| at).skip(1);
    ends.filter(|at| text.len().is_multiple_of(*at))
        .find(|at| {
            text.get(..*at)
                .is_some_and(|unit| unit.repeat(text.len() / at) == text)
        })
        .and_then(|at| text.get(..at))
        .unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_tries_first_is_known_in_its_usual_disguises() {
        for common in [
            "correcthorsebatterystaple",
            "passwordpassword",
            "password12345678!",
            "1234567890123456",
            "iloveyouiloveyou1",
        ] {
            assert!(is_common(common), "{common}");
        }
        for rare in [
            "a walk along the river",
            "jumping over seven puddles",
            "",
            "ß",
        ] {
            assert!(!is_common(rare), "{rare}");
        }
    }

    #[test]
    fn the_list_holds_what_can_be_asked_for() {
        assert!(LIST.len() > 15_000);
        assert!(
            LIST.iter()
                .all(|word| word.len() >= 8 && *word == word.to_lowercase())
        );
    }
}
