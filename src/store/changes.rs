//! What has changed since something was kept in memory.
//!
//! A topic is a group of rows whose changes are rare and whose reading is frequent.
//! Every commit that changes such rows raises the topic's version in the table
//! `change_marks` and in this process; other processes look at the table twice a
//! second. A process that could not look for two seconds keeps nothing: it asks
//! the database each time.
use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{Duration, Instant},
};

use super::{Store, StoreError};

/// How often other processes' changes are looked for.
const INTERVAL: Duration = Duration::from_millis(500);
/// How long the last look is good for.
const FRESH: Duration = Duration::from_secs(2);

/// A group of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Organizations, clients, service accounts, API keys and delegations.
    Configuration,
    /// Accounts, profiles, relations, memberships and config grants.
    People,
    /// Grants, sessions and tokens that were revoked.
    Revocations,
    /// Signing keys.
    Keys,
    /// What people allowed applications.
    Consents,
}

impl Topic {
    const ALL: [Self; 5] = [
        Self::Configuration,
        Self::People,
        Self::Revocations,
        Self::Keys,
        Self::Consents,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::People => "people",
            Self::Revocations => "revocations",
            Self::Keys => "keys",
            Self::Consents => "consents",
        }
    }
}

/// The versions this process knows.
pub struct Changes {
    versions: [AtomicI64; Topic::ALL.len()],
    /// Milliseconds from `started` to the last look; negative before the first.
    looked_at: AtomicI64,
    started: Instant,
}

impl Changes {
    pub(super) fn new() -> Self {
        Self {
            versions: Default::default(),
            looked_at: AtomicI64::new(-1),
            started: Instant::now(),
        }
    }

    /// The topic's version; what was read under the same version is still true.
    #[expect(clippy::indexing_slicing, reason = "there is one for each topic")]
    const fn version_of(&self, topic: Topic) -> &AtomicI64 {
        &self.versions[topic as usize]
    }

    /// `None` while other processes' changes might be missed: keep nothing then.
    pub fn version(&self, topic: Topic) -> Option<i64> {
        let looked_at = self.looked_at.load(Ordering::Acquire);
        let fresh = i64::try_from(FRESH.as_millis()).unwrap_or(i64::MAX);
        (looked_at >= 0 && self.elapsed() - looked_at <= fresh)
            .then(|| self.version_of(topic).load(Ordering::Acquire))
    }

    pub(super) fn moved(&self, topic: Topic, version: i64) {
        self.version_of(topic).fetch_max(version, Ordering::AcqRel);
    }

    fn elapsed(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    async fn look(&self, store: &Store) -> Result<(), StoreError> {
        let began = self.elapsed();
        let mut tx = store.read().await?;
        let marks: Vec<(String, i64)> = tx
            .query("SELECT topic, version FROM change_marks")
            .all()
            .await?;
        for topic in Topic::ALL {
            if let Some((_, version)) = marks.iter().find(|(name, _)| name == topic.name()) {
                self.moved(topic, *version);
            }
        }
        self.looked_at.store(began, Ordering::Release);
        Ok(())
    }
}

impl Store {
    /// Looks for other processes' changes, now and twice a second, until dropped.
    pub async fn watch_changes(&self) {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.changes().look(self).await {
                tracing::warn!(%error, "cannot see other nodes' changes; nothing is served from memory");
            }
        }
    }

    /// Looks once for other processes' changes.
    ///
    /// # Errors
    /// The database is away.
    pub async fn see_changes(&self) -> Result<(), StoreError> {
        self.changes().look(self).await
    }
}
