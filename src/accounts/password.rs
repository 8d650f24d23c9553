//! Passwords: the rules for new ones (I-07), and hashing with Argon2id in a bounded
//! pool off the runtime, so that a storm of sign-ins cannot take the server's
//! memory or its threads (SECURITY.md 5.5).
use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};
use std::time::Duration;

use argon2::{
    Algorithm, Argon2, KeyId, Params, ParamsBuilder, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use aws_lc_rs::hmac;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::common::is_common;
use crate::{
    random::Random,
    secret::{Fingerprint, Secret},
};

/// 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
/// Hashes that may wait for their turn.
const QUEUE: usize = 64;
/// Longest wait for a turn.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest password that is hashed at all, in bytes.
const LONGEST: usize = 1024;

/// Too many passwords are being checked; the same request may succeed later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked")]
pub struct Busy;

/// Hashes and checks passwords. Cheap to clone.
#[derive(Clone)]
pub struct Passwords(Arc<Pool>);

struct Pool {
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
    hashed: AtomicU64,
    hasher: Argon2<'static>,
    peppered: Argon2<'static>,
    /// The key behind short codes.
    codes: hmac::Key,
    /// Checked in place of a missing hash, so that every answer costs the same.
    dummy: String,
}

impl Passwords {
    /// A pool with one turn per core but one, and at least one. `pepper` is a server-side
    /// key that a stolen database does not hold.
    ///
    /// # Errors
    /// Argon2 refuses the parameters, which no configuration can change.
    pub fn new(pepper: [u8; 32], random: &dyn Random) -> Result<Self, argon2::Error> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        // A copy for the life of the process: Argon2 borrows its key.
        let pepper: &'static [u8] = Box::leak(Box::new(pepper));
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, pepper);
        let key_id = KeyId::new(digest.as_ref().get(..8).unwrap_or_default())?;
        let params = |key: Option<KeyId>| {
            let mut params = ParamsBuilder::new();
            params.m_cost(MEMORY_KIB).t_cost(PASSES).p_cost(1);
            if let Some(key) = key {
                params.keyid(key);
            }
            params.build()
        };
        let mut pool = Pool {
            turns: Arc::new(Semaphore::new(cores.saturating_sub(1).max(1))),
            waiting: AtomicUsize::new(0),
            hashed: AtomicU64::new(0),
            hasher: Argon2::new(Algorithm::Argon2id, Version::V0x13, params(None)?),
            peppered: Argon2::new_with_secret(
                pepper,
                Algorithm::Argon2id,
                Version::V0x13,
                params(Some(key_id))?,
            )?,
            codes: hmac::Key::new(hmac::HMAC_SHA256, &[b"short codes", pepper].concat()),
            dummy: String::new(),
        };
        pool.dummy = pool
            .hash(&Secret::random("", random), random)
            .unwrap_or_default();
        Ok(Self(Arc::new(pool)))
    }

    /// Whether `typed` is the password behind `stored`, a PHC string. With `None` the same
    /// work is done and the answer is no.
    ///
    /// # Errors
    /// Too many wait.
    pub async fn verify(&self, typed: Secret, stored: Option<String>) -> Result<bool, Busy> {
        self.run(move |pool| pool.verify(&typed, stored.as_deref()))
            .await
    }

    /// The place of the first of `stored` that `typed` is the password behind. A missing one
    /// costs the same as a wrong one.
    ///
    /// # Errors
    /// Too many wait.
    pub async fn find(
        &self,
        typed: Secret,
        stored: Vec<Option<String>>,
    ) -> Result<Option<usize>, Busy> {
        self.run(move |pool| {
            let mut places = stored.iter();
            places.position(|stored| pool.verify(&typed, stored.as_deref()))
        })
        .await
    }

    /// The PHC string to store for `password`.
    ///
    /// # Errors
    /// Too many wait.
    pub async fn hash(&self, password: Secret, random: Arc<dyn Random>) -> Result<String, Busy> {
        self.run(move |pool| pool.hash(&password, &*random))
            .await?
            .ok_or(Busy)
    }

    /// What the database keeps of a short `code` that belongs to `whose`: worth nothing without
    /// the server's key.
    pub fn code_hash(&self, whose: &str, code: &Secret) -> Fingerprint {
        Fingerprint::of(&self.mark(&[whose, code.expose()]))
    }

    /// A mark of `parts`, none of which holds a line's end, that only this server can make:
    /// 64 hexadecimal digits.
    pub(super) fn mark(&self, parts: &[&str]) -> String {
        hex::encode(hmac::sign(&self.0.codes, parts.join("\n").as_bytes()))
    }

    /// Hashes that were made or checked since the start: the work that all answers to a
    /// sign-in have in common.
    pub fn hashed(&self) -> u64 {
        self.0.hashed.load(Ordering::Relaxed)
    }

    /// Whether `stored` was made with other parameters or another pepper than today's.
    pub fn is_outdated(&self, stored: &str) -> bool {
        let Ok(hash) = PasswordHash::new(stored) else {
            return true;
        };
        Params::try_from(&hash).ok().is_none_or(|params| {
            let ours = self.0.peppered.params();
            params.keyid() != ours.keyid()
                || (params.m_cost(), params.t_cost()) != (MEMORY_KIB, PASSES)
        })
    }

    /// How many wait for their turn.
    pub fn waiting(&self) -> usize {
        self.0.waiting.load(Ordering::Relaxed)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Pool) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let place = Place::take(&self.0)?;
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.0.turns).acquire_owned());
        let Ok(Ok(turn)) = turn.await else {
            return Err(Busy);
        };
        drop(place);
        let pool = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(&pool)
        });
        done.await.map_err(|_| Busy)
    }
}

/// A place in the queue.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(pool: &'a Pool) -> Result<Self, Busy> {
        if pool.waiting.fetch_add(1, Ordering::Relaxed) >= QUEUE {
            pool.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(Busy);
        }
        Ok(Self(&pool.waiting))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Pool {
    fn verify(&self, typed: &Secret, stored: Option<&str>) -> bool {
        let typed = normalised(typed);
        let right = self.matches(&typed, stored.unwrap_or(&self.dummy));
        right && stored.is_some() && typed.len() <= LONGEST
    }

    fn matches(&self, typed: &str, stored: &str) -> bool {
        let Ok(hash) = PasswordHash::new(stored) else {
            return false;
        };
        let is_peppered = Params::try_from(&hash).is_ok_and(|p| !p.keyid().is_empty());
        let hasher = if is_peppered {
            &self.peppered
        } else {
            &self.hasher
        };
        let typed = typed.as_bytes();
        let typed = typed.get(..LONGEST).unwrap_or(typed);
        self.hashed.fetch_add(1, Ordering::Relaxed);
        hasher.verify_password(typed, &hash).is_ok()
    }

    fn hash(&self, password: &Secret, random: &dyn Random) -> Option<String> {
        let mut salt = [0; 16];
        random.fill(&mut salt);
        self.hashed.fetch_add(1, Ordering::Relaxed);
        let hash: PasswordHash = self
            .peppered
            .hash_password_with_salt(normalised(password).as_bytes(), &salt)
            .ok()?;
        Some(hash.to_string())
    }
}

/// NFC, so that one password typed on two keyboards is one password.
fn normalised(password: &Secret) -> Zeroizing<String> {
    Zeroizing::new(password.expose().nfc().collect())
}

/// Why a password cannot be taken as a new one. The name is the stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordFault {
    /// Fewer characters than the rule asks for.
    TooShort,
    /// More than 256 characters.
    TooLong,
    /// Among the most common passwords.
    Common,
    /// Holds the identifier or the name of its owner.
    Personal,
}

/// Checks a new password (I-07): at least `shortest` characters (15 where it is the only
/// factor, 8 with a second), at most 256, not common, not made of `own_words`.
///
/// # Errors
/// The first rule it breaks.
pub fn check_new_password(
    password: &Secret,
    shortest: usize,
    own_words: &[&str],
) -> Result<(), PasswordFault> {
    let text = normalised(password);
    let length = text.chars().count();
    if length < shortest {
        return Err(PasswordFault::TooShort);
    }
    if length > 256 || text.len() > LONGEST {
        return Err(PasswordFault::TooLong);
    }
    let lower = Zeroizing::new(text.to_lowercase());
    let holds = |word: &&str| word.chars().count() >= 4 && lower.contains(&word.to_lowercase());
    if own_words.iter().any(holds) {
        return Err(PasswordFault::Personal);
    }
    let mut distinct: Vec<char> = lower.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < 5 || is_common(&lower) {
        return Err(PasswordFault::Common);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    #[tokio::test]
    async fn the_right_password_matches_and_nothing_else() {
        let passwords = Passwords::new([7; 32], &SeededRandom::new(1)).unwrap();
        let stored = passwords
            .hash(
                Secret::new("cafe\u{301} au lait"),
                Arc::new(SeededRandom::new(2)),
            )
            .await
            .unwrap();
        assert!(!passwords.is_outdated(&stored));
        for (typed, right) in [
            ("café au lait", true),
            ("café au lai", false),
            ("café au lait\0", false),
            ("", false),
        ] {
            let answer = passwords
                .verify(Secret::new(typed), Some(stored.clone()))
                .await;
            assert_eq!(answer, Ok(right), "{typed}");
        }
        assert_eq!(
            passwords.verify(Secret::new("café au lait"), None).await,
            Ok(false)
        );
    }

    #[test]
    fn new_passwords_obey_the_rules() {
        let check =
            |text: &str| check_new_password(&Secret::new(text), 15, &["john@example.test", "John"]);
        assert_eq!(check("fourteen chars"), Err(PasswordFault::TooShort));
        assert_eq!(check(&"long ".repeat(60)), Err(PasswordFault::TooLong));
        assert_eq!(
            check("correcthorsebatterystaple"),
            Err(PasswordFault::Common)
        );
        assert_eq!(check("aaaaaaaaaaaaaaaaaaaa"), Err(PasswordFault::Common));
        assert_eq!(
            check("my name is JOHN, hello"),
            Err(PasswordFault::Personal)
        );
        assert_eq!(check("a walk along the river"), Ok(()));
    }
}
