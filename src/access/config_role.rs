//! What people who configure may do (DOMAIN 7).
use serde::{Deserialize, Serialize};

use super::{Permission as P, Permissions};

/// A config user's role.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum ConfigRole {
    /// Configures everything and manages the others.
    Owner,
    /// May do what an Owner granted.
    Member,
}

impl ConfigRole {
    /// All configuration; no consumer data, no acting for others.
    pub const OWNER: Permissions = Permissions::of(&[
        P::OrgRead,
        P::OrgWrite,
        P::UsersRead,
        P::UsersWrite,
        P::HcpRead,
        P::HcpWrite,
        P::HcpDelete,
        P::HcpImport,
        P::HcpTokens,
        P::HcpKeys,
        P::ServiceAccountsRead,
        P::ServiceAccountsWrite,
        P::ClientsRead,
        P::ClientsWrite,
        P::PolicyWrite,
        P::ConfigUsersWrite,
        P::AuditRead,
    ]);

    /// What an Owner may grant to a Member.
    pub const GRANTABLE: Permissions = Self::OWNER.without(Permissions::of(&[P::ConfigUsersWrite]));

    /// What somebody in this role may do, to whom `granted` was granted. As scopes it is
    /// the ceiling of the capacity, which never holds clinical ones (N-17).
    pub const fn permissions(self, granted: Permissions) -> Permissions {
        match self {
            Self::Owner => Self::OWNER,
            Self::Member => granted.within(Self::GRANTABLE),
        }
    }

    /// As it is declared and shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Member => "member",
        }
    }

    /// Reads a name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Owner, Self::Member]
            .into_iter()
            .find(|role| role.name() == name)
    }

    /// As the claim `roles` writes it.
    pub const fn claim(self) -> &'static str {
        match self {
            Self::Owner => "CONFIG_OWNER",
            Self::Member => "CONFIG_MEMBER",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Permission;

    /// N-17: a Member grants nothing and manages nobody.
    #[test]
    fn a_member_never_holds_more_than_an_owner_may_grant() {
        let everything: Permissions = Permission::all().collect();
        let most = ConfigRole::Member.permissions(everything);
        assert_eq!(most, ConfigRole::GRANTABLE);
        assert!(!most.contains(P::ConfigUsersWrite));
        assert!(ConfigRole::Member.permissions(Permissions::NONE).is_empty());
    }

    #[test]
    fn an_owner_reaches_no_consumer_and_acts_for_nobody() {
        let owner = ConfigRole::Owner.permissions(Permissions::NONE);
        for never in [
            P::ConsumersRead,
            P::ConsumersWrite,
            P::OnBehalf,
            P::DelegationsWrite,
            P::PlatformAdmin,
        ] {
            assert!(!owner.contains(never), "{never}");
        }
    }
}
