//! Members of an organization who treat, care and organise: memberships and their roles.
//!
//! Owns `memberships`. What a role may is data in `access`; here is who has which. An
//! organization keeps at least one active OWNER (I-21), and nobody gives himself a role
//! (I-22): [`judge`].
mod change;
mod listing;
mod queries;

use serde::{Deserialize, Serialize};

use crate::{
    access::Roles,
    clock::Timestamp,
    id::{AccountId, HcpId, OrganizationId},
};

pub use change::{Manager, MemberChange, MemberRefusal, change, end, join, judge, review};
pub use listing::{Member, MemberFilter, member, members};
pub use queries::{accounts_of, count_by_role, is_last_owner, membership, of_account, of_hcp, put};

/// Where a membership stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The person was asked and has not answered.
    Invited,
    /// The person works here.
    Active,
    /// On hold.
    Suspended,
    /// Over.
    Ended,
}

impl Status {
    /// As it is stored and shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Ended => "ended",
        }
    }

    /// Reads a name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Invited, Self::Active, Self::Suspended, Self::Ended]
            .into_iter()
            .find(|status| status.name() == name)
    }
}

/// Somebody's membership of an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// Who.
    pub account: AccountId,
    /// Where.
    pub organization: OrganizationId,
    /// In which roles.
    pub roles: Roles,
    /// Where it stands.
    pub status: Status,
    /// The directory entry it is linked to.
    pub hcp_id: Option<HcpId>,
    /// When an OWNER last looked whether the roles are right.
    pub last_reviewed_at: Option<Timestamp>,
}

impl Membership {
    /// Whether the person may act as a member now.
    pub fn is_active(&self) -> bool {
        self.status == Status::Active
    }
}
