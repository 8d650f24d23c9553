//! People who configure an organization: Owners, and Members with what an Owner granted
//! them (DOMAIN.md 7).
//!
//! Owns `config_grants`. An organization keeps at least one active Owner (I-40).
mod change;
mod queries;

use serde::{Deserialize, Serialize};

use crate::{
    access::{ConfigRole, Permission, Permissions},
    clock::Timestamp,
    id::{AccountId, OrganizationId},
};

pub use change::{ConfigChange, ConfigRefusal, are_grantable, change, end, granted, join};
pub use queries::{
    ConfigUser, accounts_of, config_grant, config_user, config_users, is_last_owner, of_account,
    put,
};

/// Where a config grant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The person was asked and has not answered.
    Invited,
    /// The person configures here.
    Active,
    /// Over.
    Ended,
}

impl Status {
    /// As it is stored and shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Ended => "ended",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [Self::Invited, Self::Active, Self::Ended]
            .into_iter()
            .find(|status| status.name() == name)
    }
}

/// A permission that an Owner granted to a Member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// Which.
    pub permission: Permission,
    /// By whom. `None` when it was declared.
    pub granted_by: Option<AccountId>,
    /// When.
    pub granted_at: Timestamp,
}

/// Somebody's right to configure an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigGrant {
    /// Who.
    pub account: AccountId,
    /// Where.
    pub organization: OrganizationId,
    /// Owner or Member.
    pub role: ConfigRole,
    /// What was granted to a Member; empty for an Owner.
    pub granted: Vec<Granted>,
    /// Where it stands.
    pub status: Status,
}

impl ConfigGrant {
    /// Whether the person may configure now.
    pub fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    /// What the person may do.
    pub fn permissions(&self) -> Permissions {
        let granted = self.granted.iter().map(|g| g.permission).collect();
        self.role.permissions(granted)
    }
}
