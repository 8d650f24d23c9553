//! How much machines ask for: what holds one back that asks for too much, and how many tokens
//! each got on which day.
//!
//! Both are counted in memory, so a request costs a look into a map. The pace is each node's
//! own; the tokens of a day are added to the table `service_account_days` every few seconds and
//! known from there to every node, so a daily quota may be overrun by what the nodes issue
//! within those seconds.
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{ServiceAccount, usage_queries};
use crate::{
    clock::Timestamp,
    id::ServiceAccountId,
    store::{Store, StoreError},
};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// The tokens of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct DayOfUse {
    /// Days since the epoch, in UTC.
    pub day: i64,
    /// How many.
    pub tokens: i64,
}

/// The day of `at`, in days since the epoch.
pub const fn day_of(at: Timestamp) -> i64 {
    at.millis().div_euclid(DAY)
}

/// What this node counts.
#[derive(Debug, Default)]
pub struct Usage(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// When each machine's present minute would be used up, in microseconds since the epoch.
    paces: HashMap<ServiceAccountId, i64>,
    days: HashMap<(ServiceAccountId, i64), OneDay>,
}

#[derive(Debug, Clone, Copy, Default)]
struct OneDay {
    /// What the table said last.
    known: i64,
    /// What was issued here since.
    fresh: i64,
}

impl Usage {
    /// Lets a request of the machine through, or says after how many seconds to try again.
    pub fn admit(&self, account: &ServiceAccount, now: Timestamp) -> Result<(), i64> {
        let limits = account.registration.limits;
        if limits.is_none() {
            return Ok(());
        }
        let mut counts = self.counts();
        if let Some(quota) = limits.tokens_per_day {
            let day = counts.days.get(&(account.id, day_of(now)));
            if day.is_some_and(|day| day.known + day.fresh >= i64::from(quota)) {
                return Err((DAY - now.millis().rem_euclid(DAY)) / 1000 + 1);
            }
        }
        match limits.requests_per_minute {
            Some(most) => counts.pace(account.id, i64::from(most), now.millis() * 1000),
            None => Ok(()),
        }
    }

    /// The machine got a token.
    pub fn count(&self, account: ServiceAccountId, now: Timestamp) {
        let mut counts = self.counts();
        counts.days.entry((account, day_of(now))).or_default().fresh += 1;
    }

    /// Adds what was issued to the table, and learns what other nodes issued.
    ///
    /// # Errors
    /// The database is away; what was not added waits for the next time.
    pub async fn flush(&self, store: &Store) -> Result<(), StoreError> {
        let fresh = self.counts().fresh();
        if fresh.is_empty() {
            return Ok(());
        }
        let mut tx = store.write().await?;
        let mut totals = Vec::new();
        for (account, day, tokens) in fresh {
            let total = usage_queries::add(&mut tx, account, day, tokens).await?;
            totals.push((account, day, tokens, total));
        }
        tx.commit().await?;
        let today = day_of(store.now());
        let mut counts = self.counts();
        for (account, day, tokens, total) in totals {
            if let Some(counted) = counts.days.get_mut(&(account, day)) {
                counted.known = total;
                counted.fresh -= tokens;
            }
        }
        counts.forget(today, store.now().millis() * 1000);
        Ok(())
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    /// A minute's requests may come at once; what was used comes back evenly (GCRA).
    fn pace(&mut self, account: ServiceAccountId, most: i64, now: i64) -> Result<(), i64> {
        const MICROS: i64 = MINUTE * 1000;
        let used_up = self.paces.entry(account).or_default();
        let next = (*used_up).max(now) + MICROS / most.max(1);
        let over = next - now - MICROS;
        if over > 0 {
            return Err(over / 1_000_000 + 1);
        }
        *used_up = next;
        Ok(())
    }

    /// What the table does not know yet, in a steady order: nodes do not wait for each other
    /// crosswise.
    fn fresh(&self) -> Vec<(ServiceAccountId, i64, i64)> {
        let mut fresh: Vec<_> = self
            .days
            .iter()
            .filter(|(_, day)| day.fresh > 0)
            .map(|((account, day), counted)| (*account, *day, counted.fresh))
            .collect();
        fresh.sort_unstable();
        fresh
    }

    /// Drops days that are over and paces that nobody keeps any more.
    fn forget(&mut self, today: i64, now: i64) {
        self.days
            .retain(|(_, day), counted| *day >= today || counted.fresh > 0);
        self.paces.retain(|_, used_up| *used_up > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service_accounts::{Limits, Registration};

    const ID: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0b01";

    fn machine(limits: Limits) -> ServiceAccount {
        ServiceAccount {
            id: ID.parse().unwrap(),
            organization: None,
            name: "Bot".to_owned(),
            is_active: true,
            registration: Registration {
                limits,
                ..Registration::default()
            },
            keys: Vec::new(),
        }
    }

    #[test]
    fn a_minutes_requests_may_come_at_once_and_come_back_evenly() {
        let bot = machine(Limits {
            requests_per_minute: Some(3),
            tokens_per_day: None,
        });
        let usage = Usage::default();
        let at = Timestamp::from_seconds;
        for _ in 0..3 {
            assert_eq!(usage.admit(&bot, at(1000)), Ok(()));
        }
        assert_eq!(usage.admit(&bot, at(1000)), Err(21));
        assert_eq!(usage.admit(&bot, at(1019)), Err(2));
        assert_eq!(usage.admit(&bot, at(1020)), Ok(()));
        assert_eq!(usage.admit(&bot, at(1020)), Err(21));
        assert_eq!(usage.admit(&bot, at(2000)), Ok(()));
    }

    #[test]
    fn a_days_tokens_are_used_up_until_midnight() {
        let bot = machine(Limits {
            requests_per_minute: None,
            tokens_per_day: Some(2),
        });
        let usage = Usage::default();
        let evening = Timestamp::from_seconds(24 * 3600 - 60);
        for _ in 0..2 {
            assert_eq!(usage.admit(&bot, evening), Ok(()));
            usage.count(bot.id, evening);
        }
        assert_eq!(usage.admit(&bot, evening), Err(61));
        assert_eq!(usage.admit(&bot, evening.plus_seconds(61)), Ok(()));
    }

    #[test]
    fn a_machine_without_limits_is_never_held_back() {
        let bot = machine(Limits::default());
        let usage = Usage::default();
        for _ in 0..1000 {
            usage.count(bot.id, Timestamp::from_seconds(0));
            assert_eq!(usage.admit(&bot, Timestamp::from_seconds(0)), Ok(()));
        }
    }
}
