//! The life of a signing key, and the policy that moves it on.
//!
//! ```text
//! published ──24 h──▶ active ──90 days──▶ retired ──the last token expires──▶ removed
//!   in JWKS             in JWKS, signs       in JWKS, verifies                  gone
//! ```
//! A key's moments are written when its successor is made, so every node reads
//! from the same row and its own clock in which state a key is, and all change at the
//! same moment without talking to each other.
use serde::Serialize;

use super::Alg;
use crate::clock::Timestamp;

/// How long a key signs, in seconds: 90 days.
const TERM: i64 = 90 * 24 * 3600;
/// How long a key is published before it signs, in seconds: a day. Longer than any
/// cache keeps the key set ([`super::Jwks`]).
pub(super) const NOTICE: i64 = 24 * 3600;
/// How long a key is kept after its last signature, in seconds: the longest life of a
/// token (one hour) and five minutes for clocks that differ.
pub(super) const AFTERLIFE: i64 = 3600 + 300;

/// The moments of a key's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Life {
    /// In the key set from here.
    pub published_at: Timestamp,
    /// Signs from here.
    pub active_at: Timestamp,
    /// Signs no more from here; `None` while no successor is known.
    pub retired_at: Option<Timestamp>,
    /// Not in the key set from here.
    pub removed_at: Option<Timestamp>,
}

/// Where a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// In the key set; does not sign yet.
    Published,
    /// Signs.
    Active,
    /// Signs no more; verifies what it signed.
    Retired,
    /// Good for nothing; its private half is forgotten.
    Removed,
}

impl Life {
    /// The state at `now`.
    pub fn state(&self, now: Timestamp) -> State {
        if self.removed_at.is_some_and(|at| at <= now) {
            State::Removed
        } else if self.retired_at.is_some_and(|at| at <= now) {
            State::Retired
        } else if self.active_at <= now {
            State::Active
        } else {
            State::Published
        }
    }

    /// When the successor of this key is to sign, once it is time to publish it.
    fn successor_due(&self, now: Timestamp) -> Option<Timestamp> {
        let ends = self.active_at.plus_seconds(TERM);
        let is_due = self.retired_at.is_none() && ends.plus_seconds(-NOTICE) <= now;
        is_due.then(|| ends.max(now.plus_seconds(NOTICE)))
    }
}

/// What the policy asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// There is no key: one that signs at once.
    First(Alg),
    /// The key's time ends: one that signs from that moment on.
    Next(Alg, Timestamp),
}

/// What the policy asks for at `now`, given every key.
pub(super) fn due(keys: &[(Alg, Life)], now: Timestamp) -> Vec<Due> {
    let of = |alg| keys.iter().filter(move |(a, _)| *a == alg);
    Alg::ALL
        .into_iter()
        .filter_map(
            |alg| match of(alg).find(|(_, life)| life.retired_at.is_none()) {
                None => Some(Due::First(alg)),
                Some((_, newest)) => newest.successor_due(now).map(|at| Due::Next(alg, at)),
            },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000 + seconds)
    }

    fn life(active_at: i64, ends: Option<i64>) -> Life {
        Life {
            published_at: at(active_at - NOTICE),
            active_at: at(active_at),
            retired_at: ends.map(at),
            removed_at: ends.map(|s| at(s + AFTERLIFE)),
        }
    }

    #[test]
    fn a_key_passes_through_its_four_states() {
        let life = life(0, Some(TERM));
        for (now, state) in [
            (-1, State::Published),
            (0, State::Active),
            (TERM - 1, State::Active),
            (TERM, State::Retired),
            (TERM + AFTERLIFE - 1, State::Retired),
            (TERM + AFTERLIFE, State::Removed),
        ] {
            assert_eq!(life.state(at(now)), state, "{now}");
        }
    }

    #[test]
    fn the_successor_is_published_a_day_before_the_term_ends() {
        for (now, expected) in [
            (0, None),
            (TERM - NOTICE - 1, None),
            (TERM - NOTICE, Some(TERM)),
            (TERM, Some(TERM + NOTICE)), // the server was off: never without notice
            (10 * TERM, Some(10 * TERM + NOTICE)),
        ] {
            assert_eq!(
                life(0, None).successor_due(at(now)),
                expected.map(at),
                "{now}"
            );
        }
        assert_eq!(life(0, Some(TERM)).successor_due(at(TERM)), None);
    }

    #[test]
    fn the_policy_looks_at_each_algorithm_by_itself() {
        let keys = [
            (Alg::RS256, life(0, Some(TERM))),
            (Alg::RS256, life(TERM, None)),
            (Alg::ES256, life(0, None)),
            (Alg::PS256, life(-TERM, Some(0))),
        ];
        assert_eq!(
            due(&keys, at(TERM - NOTICE)),
            [
                Due::First(Alg::PS256),
                Due::Next(Alg::ES256, at(TERM)),
                Due::First(Alg::EdDSA)
            ]
        );
    }
}
