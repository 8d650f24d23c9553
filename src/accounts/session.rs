//! Browser sessions: who is signed in, since when, and how he proved it.
//!
//! A session is a row that a cookie leads to; the row holds only the SHA-256 of the
//! cookie. Its id is the `sid` of ID tokens and stays while one person uses one
//! browser: signing in again changes the cookie and the proof, not the id. A session
//! never holds a capacity (I-50).
//!
//! It is worth something within [`Limits`], which differ between organizations, so the
//! row itself lives as long as the longest of them may and every use names its own.
use std::net::IpAddr;

use super::{Authentication, session_queries};
use crate::{
    audit::{self, Action, Event},
    clock::Timestamp,
    grants::{self, Ending, Group},
    id::{AccountId, SessionId},
    secret::Fingerprint,
    store::{StoreError, Topic, Tx},
};

/// Seconds after signing in that a row lives at the most, whatever an organization allows.
pub(super) const LONGEST_SECONDS: i64 = 30 * 24 * 3600;
/// How often activity is written down.
const SEEN_EVERY_SECONDS: i64 = 60;

/// How long a session is worth something (SECURITY.md 5.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Seconds since it was last used.
    pub idle_seconds: i64,
    /// Seconds since its person proved who he is.
    pub absolute_seconds: i64,
}

impl Default for Limits {
    /// Half an hour idle, twelve hours in all.
    fn default() -> Self {
        Self {
            idle_seconds: 30 * 60,
            absolute_seconds: 12 * 3600,
        }
    }
}

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SignIn {
    /// Who.
    pub account: AccountId,
    /// `sid`.
    pub session: SessionId,
    /// How and when he proved it.
    pub authentication: Authentication,
    /// When he was last seen, to the minute.
    pub seen_at: Timestamp,
}

impl SignIn {
    /// Whether it is still worth something at `now`.
    pub fn is_within(&self, limits: Limits, now: Timestamp) -> bool {
        let is_less = |since, seconds: i64| now.millis_since(since) < seconds.saturating_mul(1000);
        is_less(self.seen_at, limits.idle_seconds)
            && is_less(self.authentication.auth_time, limits.absolute_seconds)
    }

    /// Whether it is time to call [`seen`].
    pub fn is_due(&self, now: Timestamp) -> bool {
        now.millis_since(self.seen_at) >= SEEN_EVERY_SECONDS * 1000
    }
}

/// What a cookie leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Somebody who is signed in, and what his browser's session remembers, as JSON.
    Open {
        /// Who.
        sign_in: SignIn,
        /// JSON.
        data: String,
    },
    /// A session that has ended: the cookie must not be used again.
    Ended,
}

/// A session to begin, or to go on with under a new proof.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Start {
    /// The session of the same person in this browser, which goes on.
    pub previous: Option<SessionId>,
    /// Who signed in.
    pub account: AccountId,
    /// How and when.
    pub authentication: Authentication,
    /// The client's address and what the browser calls itself, for the list of sessions.
    pub address: Option<IpAddr>,
    /// See `address`.
    pub user_agent: Option<String>,
}

/// Begins the session behind the cookie with fingerprint `cookie`. Any cookie that led
/// to it before is worthless.
///
/// # Errors
/// The database is away.
pub async fn start(
    tx: &mut Tx,
    cookie: &Fingerprint,
    start: &Start,
    data: &str,
) -> Result<SignIn, StoreError> {
    if let Some(previous) = start.previous
        && let Some(sign_in) = session_queries::renew(tx, previous, cookie, start).await?
    {
        tx.touch(Topic::Revocations); // the old cookie
        return Ok(sign_in);
    }
    session_queries::insert(tx, cookie, start, data).await
}

/// What the cookie with fingerprint `cookie` leads to. `None`: nothing that we know of.
///
/// # Errors
/// The database is away.
pub async fn find(tx: &mut Tx, cookie: &Fingerprint) -> Result<Option<Found>, StoreError> {
    session_queries::find(tx, cookie).await
}

/// The session with id `session`, if it is worth something within `limits`.
///
/// # Errors
/// The database is away.
pub async fn live(
    tx: &mut Tx,
    session: SessionId,
    limits: Limits,
) -> Result<Option<SignIn>, StoreError> {
    session_queries::live(tx, session, limits).await
}

/// Writes down that the session is in use. `None` when it has ended meanwhile.
///
/// # Errors
/// The database is away.
pub async fn seen(tx: &mut Tx, session: SessionId) -> Result<Option<SignIn>, StoreError> {
    session_queries::seen(tx, session).await
}

/// Stores what the browser's session remembers, as JSON.
///
/// # Errors
/// The database is away.
pub async fn remember(tx: &mut Tx, session: SessionId, data: &str) -> Result<(), StoreError> {
    tx.touch(Topic::Revocations); // what other nodes remember of it
    session_queries::remember(tx, session, data).await
}

/// Ends a session: its person signed out, or another signed in. `false` when it had
/// ended already.
///
/// # Errors
/// The database is away.
pub async fn end(tx: &mut Tx, session: SessionId) -> Result<bool, StoreError> {
    let Some(account) = session_queries::end(tx, session).await? else {
        return Ok(false);
    };
    tx.touch(Topic::Revocations);
    // What was granted for as long as the person is signed in ends, too (`online_access`).
    grants::revoke_all(tx, &Group::Session(session), Ending::SignedOut).await?;
    let event = Event::done(Action::SignOut).by(account).about(account);
    audit::record(tx, event.on(session)).await?;
    Ok(true)
}

/// Ends all sessions of `account`, save the one it is asked from; says how many.
///
/// # Errors
/// The database is away.
pub async fn end_all(
    tx: &mut Tx,
    account: AccountId,
    except: Option<SessionId>,
) -> Result<u64, StoreError> {
    tx.touch(Topic::Revocations);
    session_queries::end_all(tx, account, except).await
}

/// Ends every session of everybody; says how many.
///
/// # Errors
/// The database is away.
pub async fn end_every(tx: &mut Tx) -> Result<u64, StoreError> {
    tx.touch(Topic::Revocations);
    session_queries::end_every(tx).await
}

/// Deletes rows that no cookie can use any more.
///
/// # Errors
/// The database is away.
pub async fn sweep(tx: &mut Tx) -> Result<u64, StoreError> {
    session_queries::sweep(tx).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        accounts::{Acr, Amr},
        id::Id,
    };

    #[test]
    fn a_sign_in_lasts_until_one_of_its_limits() {
        let at = |minutes: i64| Timestamp::from_seconds(minutes * 60);
        let limits = Limits::default();
        let sign_in = |auth_time, seen_at| SignIn {
            account: Id::from_uuid(uuid::Uuid::nil()),
            session: Id::from_uuid(uuid::Uuid::nil()),
            authentication: Authentication {
                auth_time,
                amr: vec![Amr::Pwd],
                acr: Acr::Aal1,
            },
            seen_at,
        };
        for (signed_in, seen, now, is_within) in [
            (0, 0, 0, true),
            (0, 0, 29, true),
            (0, 0, 30, false),
            (0, 700, 719, true),
            (0, 715, 720, false),
        ] {
            let sign_in = sign_in(at(signed_in), at(seen));
            assert_eq!(
                sign_in.is_within(limits, at(now)),
                is_within,
                "{signed_in} {seen} {now}"
            );
        }
    }
}
