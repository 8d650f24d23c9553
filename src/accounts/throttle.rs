//! Slowing down those who guess (SECURITY.md 5.2).
//!
//! An attempt is counted before its secret is checked and uncounted when it was right,
//! so that a hundred guesses at once get no further than a hundred in a row. The
//! counters live in the database, so that nodes share them.
use crate::{
    clock::Timestamp,
    secret::Fingerprint,
    store::{StoreError, Tx},
};

/// What is counted, and for whom. The key itself is stored as a fingerprint.
#[derive(Debug, Clone)]
pub struct Counter {
    key: String,
    rule: Rule,
}

#[derive(Debug, Clone, Copy)]
enum Rule {
    /// After some failures in a row a wait, doubling each time up to a longest.
    InARow,
    /// So many failures within so many seconds.
    Within { failures: i64, seconds: i64 },
}

/// Failures in a row that cost no wait.
const FREE: i64 = 5;
/// The first wait and the longest, in seconds.
const FIRST_WAIT: i64 = 60;
const LONGEST_WAIT: i64 = 15 * 60;
/// Failures in a row after which a day has to pass.
const MOST: i64 = 100;
const DAY: i64 = 24 * 60 * 60;

impl Counter {
    /// Failed sign-ins of one account, or of one identifier that nobody owns.
    pub fn sign_in(whose: &str) -> Self {
        Self::new("sign-in", whose, Rule::InARow)
    }

    /// Failed sign-ins from one client address: `failures` in ten minutes.
    pub fn address(address: &str, failures: u32) -> Self {
        let rule = Rule::Within {
            failures: i64::from(failures),
            seconds: 600,
        };
        Self::new("address", address, rule)
    }

    /// Wrong secrets of one client from one address: 60 a minute.
    pub fn client_secret(client_id: &str, address: &str) -> Self {
        let rule = Rule::Within {
            failures: 60,
            seconds: 60,
        };
        Self::new("client-secret", &format!("{client_id}\n{address}"), rule)
    }

    /// Letters to one identifier that somebody asked for: 5 an hour.
    pub fn letters(identifier: &str) -> Self {
        let rule = Rule::Within {
            failures: 5,
            seconds: 3600,
        };
        Self::new("letters", identifier, rule)
    }

    /// Letters that ask one account to act for somebody, by whichever identifier: 5 an hour.
    pub fn asked(account: &str) -> Self {
        let rule = Rule::Within {
            failures: 5,
            seconds: 3600,
        };
        Self::new("asked", account, rule)
    }

    fn new(kind: &str, whose: &str, rule: Rule) -> Self {
        Self {
            key: format!("{kind}:{}", Fingerprint::of(whose).as_str()),
            rule,
        }
    }
}

/// How long to wait before the next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Whole seconds, at least 1.
    pub seconds: i64,
}

#[derive(Clone, Copy, sqlx::FromRow)]
struct Count {
    failures: i64,
    window_start: Timestamp,
}

/// Counts an attempt as failed until [`forgive`] says otherwise. `Err` when the next
/// attempt has to wait; then nothing is counted.
///
/// # Errors
/// The database is away.
pub async fn reserve(tx: &mut Tx, counter: &Counter) -> Result<Result<(), Wait>, StoreError> {
    let now = tx.now();
    let window = match counter.rule {
        Rule::InARow => DAY,
        Rule::Within { seconds, .. } => seconds,
    };
    // One statement: it starts the count, starts it anew when its time is over, or adds
    // to it, unless a wait stands.
    let counted: Option<Count> = tx
        .query(
            "INSERT INTO throttles (key, failures, window_start, blocked_until, updated_at)
             VALUES ($1, 1, $2, 0, $2)
             ON CONFLICT (key) DO UPDATE SET
               failures = CASE WHEN throttles.window_start <= $3 THEN 1 ELSE throttles.failures + 1 END,
               window_start = CASE WHEN throttles.window_start <= $3 THEN $2 ELSE throttles.window_start END,
               updated_at = $2
             WHERE throttles.blocked_until <= $2
             RETURNING failures, window_start",
        )
        .bind(counter.key.as_str())
        .bind(now)
        .bind(now.plus_seconds(-window))
        .optional()
        .await?;
    let Some(count) = counted else {
        return Ok(Err(standing_wait(tx, counter).await?));
    };
    if let Some(until) = blocked_until(counter.rule, count, now) {
        tx.query("UPDATE throttles SET blocked_until = $2, window_start = CASE WHEN $3 THEN $4 ELSE window_start END WHERE key = $1")
            .bind(counter.key.as_str())
            .bind(until)
            .bind(matches!(counter.rule, Rule::InARow))
            .bind(now)
            .run()
            .await?;
    }
    Ok(Ok(()))
}

/// The attempt was right: the count of failures in a row ends, others go one back.
///
/// # Errors
/// The database is away.
pub async fn forgive(tx: &mut Tx, counter: &Counter) -> Result<(), StoreError> {
    let statement = match counter.rule {
        Rule::InARow => "DELETE FROM throttles WHERE key = $1",
        Rule::Within { .. } => {
            "UPDATE throttles SET failures = failures - 1, blocked_until = 0
             WHERE key = $1 AND failures > 0"
        }
    };
    tx.query(statement)
        .bind(counter.key.as_str())
        .run()
        .await
        .map(drop)
}

/// Forgets counters that nobody has moved for two days.
///
/// # Errors
/// The database is away.
pub async fn sweep(tx: &mut Tx) -> Result<u64, StoreError> {
    let long_ago = tx.now().plus_days(-2);
    tx.query("DELETE FROM throttles WHERE updated_at < $1")
        .bind(long_ago)
        .run()
        .await
}

async fn standing_wait(tx: &mut Tx, counter: &Counter) -> Result<Wait, StoreError> {
    let now = tx.now();
    let row: Option<(Timestamp,)> = tx
        .query("SELECT blocked_until FROM throttles WHERE key = $1")
        .bind(counter.key.as_str())
        .optional()
        .await?;
    let millis = row.map_or(0, |(until,)| until.millis_since(now));
    Ok(Wait {
        seconds: (millis / 1000).max(0) + 1,
    })
}

fn blocked_until(rule: Rule, count: Count, now: Timestamp) -> Option<Timestamp> {
    match rule {
        Rule::InARow if count.failures >= MOST => Some(now.plus_days(1)),
        Rule::InARow if count.failures >= FREE => {
            let doublings = u32::try_from(count.failures - FREE)
                .unwrap_or(u32::MAX)
                .min(10);
            Some(now.plus_seconds((FIRST_WAIT << doublings).min(LONGEST_WAIT)))
        }
        Rule::Within { failures, seconds } if count.failures >= failures => {
            Some(count.window_start.plus_seconds(seconds))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_a_minute_to_a_quarter_of_an_hour() {
        let now = Timestamp::from_seconds(1_900_000_000);
        let wait = |failures| {
            let count = Count {
                failures,
                window_start: now,
            };
            blocked_until(Rule::InARow, count, now).map(|until| until.millis_since(now) / 60_000)
        };
        let waits: Vec<_> = [4, 5, 6, 7, 8, 9, 50, 100].into_iter().map(wait).collect();
        assert_eq!(
            waits,
            [
                None,
                Some(1),
                Some(2),
                Some(4),
                Some(8),
                Some(15),
                Some(15),
                Some(1440)
            ]
        );
    }
}
