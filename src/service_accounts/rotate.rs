//! A key is replaced: a new one is made, both open for a while, then the old one ends by
//! itself. One deed, so that nobody forgets the second half of it.
use super::{ApiKey, KeyRefusal, NewKey, ServiceAccount, api_key, queries};
use crate::{
    audit::{Action, Doer},
    clock::Timestamp,
    id::ApiKeyId,
    secret::Secret,
    store::{StoreError, Tx},
};

/// The longest time for which the old key may go on, in seconds: 30 days.
pub const LONGEST_OVERLAP: i64 = 30 * 24 * 60 * 60;
/// The time for which it goes on where nobody says another, in seconds: 7 days.
pub const USUAL_OVERLAP: i64 = 7 * 24 * 60 * 60;

/// How a key is to be replaced.
#[derive(Debug, Clone)]
pub struct Rotation {
    /// The new key's name; the old one's with the next number when `None`.
    pub name: Option<String>,
    /// When the new key ends; after the old one's whole life, counted from now, when `None`.
    pub expires_at: Option<Timestamp>,
    /// The longest life the organization allows, in days.
    pub max_days: u32,
    /// Seconds for which the old key goes on; 0 ends it at once.
    pub overlap: i64,
}

/// A key that took another's place.
#[derive(Debug, Clone)]
pub struct Rotated {
    /// The new key.
    pub id: ApiKeyId,
    /// Shown once and never again (I-41).
    pub secret: Secret,
    /// When the old one ends.
    pub old_ends_at: Timestamp,
}

/// Why a key is not replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RotateRefusal {
    /// It has ended.
    Ended,
    /// Another key took its place before.
    Replaced,
    /// The old key would go on for less than nothing or more than 30 days.
    Overlap,
    /// The new key cannot be made.
    Key(KeyRefusal),
}

/// Makes a key in the place of `old`, a key of the account, which ends when the overlap is over
/// or, where that is sooner, when it would have. What was refused is not to be committed.
///
/// # Errors
/// The database is away.
pub async fn rotate_key(
    tx: &mut Tx,
    account: &ServiceAccount,
    old: &ApiKey,
    rotation: Rotation,
    by: &Doer,
) -> Result<Result<Rotated, RotateRefusal>, StoreError> {
    let now = tx.now();
    if !(0..=LONGEST_OVERLAP).contains(&rotation.overlap) {
        return Ok(Err(RotateRefusal::Overlap));
    }
    if !old.is_live(now) {
        return Ok(Err(RotateRefusal::Ended));
    }
    let new = NewKey {
        name: rotation.name.unwrap_or_else(|| next_name(account, old)),
        expires_at: rotation
            .expires_at
            .unwrap_or_else(|| same_life(old, rotation.max_days, now)),
        max_days: rotation.max_days,
    };
    let (id, secret) = match api_key::create_key(tx, account, new, by).await? {
        Ok(made) => made,
        Err(refusal) => return Ok(Err(RotateRefusal::Key(refusal))),
    };
    let until = now.plus_seconds(rotation.overlap).min(old.expires_at);
    if !queries::replace_key(tx, old.id, id, until).await? {
        return Ok(Err(RotateRefusal::Replaced));
    }
    api_key::record(tx, account, (Action::ApiKeyRotated, old.id), by).await?;
    if rotation.overlap == 0 {
        api_key::end_key(tx, account, old.id, by).await?;
    }
    Ok(Ok(Rotated {
        id,
        secret,
        old_ends_at: until,
    }))
}

/// The old key's whole life, counted from now, as far as that is allowed.
fn same_life(old: &ApiKey, max_days: u32, now: Timestamp) -> Timestamp {
    let life = old.expires_at.millis_since(old.created_at) / 1000;
    now.plus_seconds(life.min(i64::from(max_days) * 24 * 60 * 60))
}

/// The old key's name with the next number that is free: "first", "first 2", "first 3".
fn next_name(account: &ServiceAccount, old: &ApiKey) -> String {
    let (stem, number) = match old.name.rsplit_once(' ') {
        Some((stem, number)) => match number.parse::<u32>() {
            Ok(number) => (stem, number),
            Err(_) => (old.name.as_str(), 1),
        },
        None => (old.name.as_str(), 1),
    };
    let stem: String = stem.chars().take(50).collect();
    let is_free = |name: &String| account.keys.iter().all(|key| key.name != *name);
    let mut names = (number.saturating_add(1)..).map(|number| format!("{stem} {number}"));
    names.find(is_free).unwrap_or(stem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{secret::StoredSecret, service_accounts::Registration};

    fn key(name: &str, id: &str) -> ApiKey {
        ApiKey {
            id: id.parse().unwrap(),
            name: name.to_owned(),
            secret: StoredSecret::fast(&Secret::new("x")),
            created_at: Timestamp::from_seconds(0),
            expires_at: Timestamp::from_seconds(1000),
            revoked_at: None,
            last_used_at: None,
            replaced_by: None,
        }
    }

    #[test]
    fn the_next_name_is_the_first_number_that_is_free() {
        let id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0b01";
        let names = ["first", "first 3", "night shift"];
        let account = ServiceAccount {
            id: id.parse().unwrap(),
            organization: None,
            name: "Bot".to_owned(),
            is_active: true,
            registration: Registration::default(),
            keys: names.iter().map(|name| key(name, id)).collect(),
        };
        let next = |n: usize| next_name(&account, &account.keys[n]);
        assert_eq!(next(0), "first 2");
        assert_eq!(next(1), "first 4");
        assert_eq!(next(2), "night shift 2");
        assert_eq!(key(&"y".repeat(64), id).name.len(), 64);
        assert!(next_name(&account, &key(&"y".repeat(64), id)).len() <= 64);
    }

    #[test]
    fn a_new_key_lives_as_long_as_the_old_one_did() {
        let old = key("first", "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0b01");
        let now = Timestamp::from_seconds(500);
        assert_eq!(same_life(&old, 1, now), Timestamp::from_seconds(1500));
        assert_eq!(same_life(&old, 0, now), now);
    }
}
