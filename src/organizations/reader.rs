//! Organizations kept in memory until one changes.
use std::sync::Arc;

use super::{Organization, queries};
use crate::{
    id::OrganizationId,
    store::{Cache, Store, StoreError, Topic},
};

/// How many are kept.
const CAPACITY: usize = 1024;

/// Looks organizations up. One per process.
pub struct Organizations(Cache<OrganizationId, Arc<Organization>>);

impl Organizations {
    /// Nothing kept yet.
    pub fn new() -> Self {
        Self(Cache::new(CAPACITY, &[Topic::Configuration]))
    }

    /// The organization with its resource servers. `None` when there is none. Asks the
    /// database only when a configuration has changed.
    ///
    /// # Errors
    /// The database is away.
    pub async fn get(
        &self,
        store: &Store,
        id: OrganizationId,
    ) -> Result<Option<Arc<Organization>>, StoreError> {
        self.0
            .get_or_load(store, &id, async || {
                let mut tx = store.read().await?;
                Ok(queries::get(&mut tx, id).await?.map(Arc::new))
            })
            .await
    }
}

impl Default for Organizations {
    fn default() -> Self {
        Self::new()
    }
}
