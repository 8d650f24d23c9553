//! In which capacity somebody acts, looked up at each use.
//!
//! A [`Capacity`] says what was chosen; a [`Standing`] says that it holds now and what
//! follows from it: names, roles, the patient in context, the scope ceiling, and until
//! when all this is true by itself. Everything that issues or judges a token asks
//! [`Standings::get`]; the answer is kept in memory until a commit touches one of
//! its rows or its own end comes (DOMAIN.md 15).
mod acting;
mod choices;
mod seats;
mod standing;

use std::sync::Arc;

use crate::{
    delegations::Delegation,
    grants::{Capacity, Grant},
    id::{AccountId, ServiceAccountId},
    organizations::Organizations,
    store::{Cache, Store, StoreError, Topic},
};

pub use acting::Acting;
pub use choices::{Choice, Detail};
pub use seats::{Seat, seats};
pub use standing::{Actor, ConsumerKind, Role, Standing, standing};

/// Reads standings, and keeps them in memory while they are true.
pub struct Standings {
    own: Cache<Capacity, Arc<Standing>>,
    /// In which capacities an account may act, if they hold.
    candidates: Cache<AccountId, Arc<[Capacity]>>,
    acting: Cache<Acting, Arc<Standing>>,
    /// What a provider delegated to a machine, newest first.
    delegations: Cache<(ServiceAccountId, AccountId), Arc<[Delegation]>>,
}

impl Default for Standings {
    fn default() -> Self {
        let topics = &[Topic::Configuration, Topic::People];
        Self {
            own: Cache::new(8192, topics),
            candidates: Cache::new(8192, topics),
            acting: Cache::new(4096, topics),
            delegations: Cache::new(4096, topics),
        }
    }
}

impl Standings {
    /// What follows from the capacity now. `None` when it does not hold: a relation,
    /// membership or grant ended, or the person, actor or organization is not active.
    ///
    /// # Errors
    /// The database is away.
    pub async fn get(
        &self,
        store: &Store,
        organizations: &Organizations,
        capacity: &Capacity,
    ) -> Result<Option<Arc<Standing>>, StoreError> {
        if let Some(standing) = self.own.get(store, capacity)
            && standing.holds_at(store.now())
        {
            return Ok(Some(standing));
        }
        let versions = self.own.versions(store);
        let organization = organizations.get(store, capacity.organization()).await?;
        let Some(organization) = organization else {
            return Ok(None);
        };
        let mut tx = store.read().await?;
        let found = standing(&mut tx, organization, capacity)
            .await?
            .map(Arc::new);
        if let (Some(versions), Some(standing)) = (versions, &found) {
            self.own.put(*capacity, versions, Arc::clone(standing));
        }
        Ok(found)
    }

    /// What follows from acting for another now; `None` as for [`Standings::get`].
    ///
    /// # Errors
    /// The database is away.
    pub async fn acting(
        &self,
        store: &Store,
        organizations: &Organizations,
        relation: &Acting,
    ) -> Result<Option<Arc<Standing>>, StoreError> {
        if let Acting::Guardian(capacity) = relation {
            return self.get(store, organizations, capacity).await;
        }
        if let Some(standing) = self.acting.get(store, relation)
            && standing.holds_at(store.now())
        {
            return Ok(Some(standing));
        }
        let versions = self.acting.versions(store);
        let organization = organizations.get(store, relation.organization()).await?;
        let Some(organization) = organization else {
            return Ok(None);
        };
        let mut tx = store.read().await?;
        let found = acting::acting(&mut tx, organization, relation)
            .await?
            .map(Arc::new);
        if let (Some(versions), Some(standing)) = (versions, &found) {
            self.acting.put(*relation, versions, Arc::clone(standing));
        }
        Ok(found)
    }

    /// What follows from the capacity of a grant now, without the roles that were given
    /// since it was made (T-02). `None` as for [`Standings::get`], and when none of the
    /// roles is left.
    ///
    /// # Errors
    /// The database is away.
    pub async fn of_grant(
        &self,
        store: &Store,
        organizations: &Organizations,
        grant: &Grant,
    ) -> Result<Option<Arc<Standing>>, StoreError> {
        let found = self.get(store, organizations, &grant.capacity).await?;
        Ok(found.and_then(|standing| standing.within(grant.roles.as_deref())))
    }
}
