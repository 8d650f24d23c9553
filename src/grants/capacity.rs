//! In which capacity a person acts: exactly one per grant, and so per token
//! (DOMAIN.md 1.1).
use crate::id::{AccountId, GuardianshipId, HcpId, OrganizationId};

/// A capacity of a person. It says what was chosen, not that it still holds: that is
/// looked up at each use (I-52).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Capacity {
    /// The own consumer profile.
    Consumer {
        /// Who.
        account: AccountId,
        /// Where.
        organization: OrganizationId,
    },
    /// For a dependent, or for an adult who granted a proxy.
    Guardian {
        /// Who acts.
        guardian: AccountId,
        /// For whom.
        dependent: AccountId,
        /// By which relation.
        guardianship: GuardianshipId,
        /// Where.
        organization: OrganizationId,
    },
    /// As an HCP without an organization above him.
    Hcp {
        /// Who.
        account: AccountId,
        /// As which HCP.
        hcp: HcpId,
        /// Where.
        organization: OrganizationId,
    },
    /// As a member with roles.
    Provider {
        /// Who.
        account: AccountId,
        /// Where.
        organization: OrganizationId,
    },
    /// As somebody who configures.
    ConfigUser {
        /// Who.
        account: AccountId,
        /// Where.
        organization: OrganizationId,
    },
}

impl Capacity {
    /// Whose data or authority it is: `sub`.
    pub const fn subject(&self) -> AccountId {
        match self {
            Self::Guardian { dependent, .. } => *dependent,
            Self::Consumer { account, .. }
            | Self::Hcp { account, .. }
            | Self::Provider { account, .. }
            | Self::ConfigUser { account, .. } => *account,
        }
    }

    /// Who acts for the subject: `act.sub`. `None` when the subject acts himself.
    pub const fn actor(&self) -> Option<AccountId> {
        match self {
            Self::Guardian { guardian, .. } => Some(*guardian),
            _ => None,
        }
    }

    /// Who signed in: the actor if there is one, else the subject.
    pub const fn person(&self) -> AccountId {
        match self {
            Self::Guardian { guardian, .. } => *guardian,
            _ => self.subject(),
        }
    }

    /// The relation that the right to act rests on.
    pub const fn relation(&self) -> Option<GuardianshipId> {
        match self {
            Self::Guardian { guardianship, .. } => Some(*guardianship),
            _ => None,
        }
    }

    /// The tenant.
    pub const fn organization(&self) -> OrganizationId {
        match self {
            Self::Consumer { organization, .. }
            | Self::Guardian { organization, .. }
            | Self::Hcp { organization, .. }
            | Self::Provider { organization, .. }
            | Self::ConfigUser { organization, .. } => *organization,
        }
    }
}
