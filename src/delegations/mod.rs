//! Which machine may act for which provider (DOMAIN.md 8, 10).
//!
//! Owns `delegations`. A provider delegates himself, or an OWNER does; only a person can. A
//! delegation is never changed: it is revoked, and another one made. What a machine may
//! under it is bounded, at each use, by what the provider may at that moment.
mod delegate;
mod queries;
mod remove_machine;
mod revoke;

use crate::{
    access::{Context, ScopeSet},
    clock::Timestamp,
    id::{AccountId, DelegationId, OrganizationId, ServiceAccountId},
};

pub use delegate::{DelegateRefusal, NewDelegation, delegate};
pub use queries::{Filter, between, find, page};
pub use remove_machine::remove_machine;
pub use revoke::{revoke, revoke_all_of};

/// A provider's permission to a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// Its id: `act.relation_id`.
    pub id: DelegationId,
    /// Where.
    pub organization: OrganizationId,
    /// The machine that acts.
    pub service_account: ServiceAccountId,
    /// For whom.
    pub provider: AccountId,
    /// The most it may reach: `user/` scopes.
    pub scopes: ScopeSet,
    /// From when on.
    pub starts_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
    /// The provider himself, or an OWNER.
    pub granted_by: AccountId,
    /// When it was ended before its time.
    pub revoked_at: Option<Timestamp>,
}

/// Where a delegation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// In force, now or later.
    Active,
    /// Ended before its time.
    Revoked,
    /// Ended by itself.
    Expired,
}

impl Delegation {
    /// Whether the machine may act now, as far as this goes.
    pub fn authorises(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.starts_at <= now && now < self.ends_at
    }

    /// Where it stands.
    pub fn status(&self, now: Timestamp) -> Status {
        match self.revoked_at {
            Some(_) => Status::Revoked,
            None if self.ends_at <= now => Status::Expired,
            None => Status::Active,
        }
    }
}

/// What of `scopes` can be delegated at all: `user/` scopes, never what administers (N-16).
pub fn delegable(scopes: &ScopeSet) -> ScopeSet {
    scopes.only(Context::User)
}
