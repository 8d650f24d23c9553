//! What scopes reach, written out: pairs of a kind of record and a letter, so that narrowing is
//! an intersection and nothing else.
use std::collections::BTreeSet;

/// Kinds of record with one interaction each.
pub(super) type Reach = BTreeSet<(&'static str, char)>;
/// Scopes that reach no record.
pub(super) type Words = BTreeSet<String>;

/// `Other` stands for every kind that no scope of these tests names.
const RECORDS: [&str; 7] = [
    "Patient",
    "Immunization",
    "Appointment",
    "Communication",
    "Coverage",
    "Observation",
    "Other",
];

/// DOMAIN.md 4.3.
const LIMITED: &str = "patient/Patient.rs patient/Immunization.rs patient/Appointment.cruds \
    patient/Communication.crs patient/Coverage.rs";

/// What the `patient/` scopes of `text` reach.
pub(super) fn reach(text: &str) -> Reach {
    let mut all = Reach::new();
    for scope in text.split(' ') {
        let Some((kind, letters)) = scope
            .strip_prefix("patient/")
            .and_then(|rest| rest.split_once('.'))
        else {
            continue;
        };
        for record in RECORDS {
            if kind == "*" || kind == record {
                all.extend(letters.chars().map(|letter| (record, letter)));
            }
        }
    }
    all
}

/// The rest of `text`.
pub(super) fn words(text: &str) -> Words {
    let others = text.split(' ').filter(|s| !s.starts_with("patient/"));
    others.map(str::to_owned).collect()
}

/// What `access_level` full reaches.
pub(super) fn full() -> Reach {
    reach("patient/*.cruds")
}

/// What `access_level` limited reaches.
pub(super) fn limited() -> Reach {
    reach(LIMITED)
}

pub(super) fn common(one: &Reach, other: &Reach) -> Reach {
    one.intersection(other).copied().collect()
}
