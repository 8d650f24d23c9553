//! Values read from the database and kept while they are true.
use std::hash::Hash;

use super::{Store, Topic};

/// A bounded map whose entries are worth something only under the [`Topic`] versions
/// they were read under.
pub struct Cache<K, V> {
    topics: &'static [Topic],
    entries: quick_cache::sync::Cache<K, (Versions, V)>,
}

type Versions = [i64; 4];

impl<K: Eq + Hash + Clone, V: Clone> Cache<K, V> {
    /// A cache of at most `capacity` values that depend on rows of `topics`.
    pub fn new(capacity: usize, topics: &'static [Topic]) -> Self {
        Self {
            topics,
            entries: quick_cache::sync::Cache::new(capacity),
        }
    }

    /// The value, if it is known and still true; else `load`s and keeps it. What the
    /// load finds missing (`None`) is not kept, so that guesses fill no memory.
    ///
    /// # Errors
    /// Those of `load`.
    pub async fn get_or_load<Q, E>(
        &self,
        store: &Store,
        key: &Q,
        load: impl AsyncFnOnce() -> Result<Option<V>, E>,
    ) -> Result<Option<V>, E>
    where
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
        Q: quick_cache::Equivalent<K>,
    {
        let versions = self.versions(store);
        if let Some(versions) = versions
            && let Some((under, value)) = self.entries.get(key)
            && under == versions
        {
            return Ok(Some(value));
        }
        let loaded = Box::pin(load()).await?; // so that whoever finds it here carries no room for it
        if let (Some(versions), Some(value)) = (versions, &loaded) {
            self.entries
                .insert(key.to_owned(), (versions, value.clone()));
        }
        Ok(loaded)
    }

    /// The value, if it is known and still true.
    pub fn get<Q>(&self, store: &Store, key: &Q) -> Option<V>
    where
        Q: Eq + Hash + ?Sized,
        Q: quick_cache::Equivalent<K>,
    {
        let versions = self.versions(store)?;
        let (under, value) = self.entries.get(key)?;
        (under == versions).then_some(value)
    }

    /// The versions to [`Cache::put`] under, taken before the reading starts. `None`
    /// while nothing may be kept.
    pub fn versions(&self, store: &Store) -> Option<Versions> {
        let mut versions = [0; 4];
        for (slot, topic) in versions.iter_mut().zip(self.topics) {
            *slot = store.changes().version(*topic)?;
        }
        Some(versions)
    }

    /// Keeps `value`, which was read after `versions` were taken.
    pub fn put(&self, key: K, versions: Versions, value: V) {
        self.entries.insert(key, (versions, value));
    }

    /// How many values are kept.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.entries.len() == 0
    }
}
