//! Administrative permissions, whose names double as OAuth scopes (DOMAIN 5).
use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Scope, ScopeSet};

/// The right to do one kind of thing through the administrative API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is explained by its name, listed below")]
pub enum Permission {
    OrgRead,
    OrgWrite,
    UsersRead,
    UsersWrite,
    /// See account status, send reset mail, unlock, resend an invitation; nothing more.
    AccountsSupport,
    HcpRead,
    HcpWrite,
    HcpDelete,
    HcpImport,
    HcpTokens,
    HcpKeys,
    ConsumersRead,
    ConsumersWrite,
    GuardianshipsRead,
    GuardianshipsWrite,
    ServiceAccountsRead,
    ServiceAccountsWrite,
    DelegationsWrite,
    /// OWNER acting for a colleague, for any audience.
    OnBehalf,
    ClientsRead,
    ClientsWrite,
    PolicyWrite,
    ConfigUsersWrite,
    AuditRead,
    /// Prepare launch contexts; only service accounts can have it registered.
    LaunchWrite,
    /// Create organizations; only the platform's operator holds it.
    PlatformAdmin,
}

use Permission as P;

impl Permission {
    /// All of them, with their names.
    const NAMES: [(Self, &'static str); 26] = [
        (P::OrgRead, "org:read"),
        (P::OrgWrite, "org:write"),
        (P::UsersRead, "users:read"),
        (P::UsersWrite, "users:write"),
        (P::AccountsSupport, "accounts:support"),
        (P::HcpRead, "hcp:read"),
        (P::HcpWrite, "hcp:write"),
        (P::HcpDelete, "hcp:delete"),
        (P::HcpImport, "hcp:import"),
        (P::HcpTokens, "hcp:tokens"),
        (P::HcpKeys, "hcp:keys"),
        (P::ConsumersRead, "consumers:read"),
        (P::ConsumersWrite, "consumers:write"),
        (P::GuardianshipsRead, "guardianships:read"),
        (P::GuardianshipsWrite, "guardianships:write"),
        (P::ServiceAccountsRead, "service_accounts:read"),
        (P::ServiceAccountsWrite, "service_accounts:write"),
        (P::DelegationsWrite, "delegations:write"),
        (P::OnBehalf, "on_behalf"),
        (P::ClientsRead, "clients:read"),
        (P::ClientsWrite, "clients:write"),
        (P::PolicyWrite, "policy:write"),
        (P::ConfigUsersWrite, "config_users:write"),
        (P::AuditRead, "audit:read"),
        (P::LaunchWrite, "launch:write"),
        (P::PlatformAdmin, "platform:admin"),
    ];

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::NAMES.into_iter().map(|(permission, _)| permission)
    }

    /// Its name, such as `hcp:read`.
    #[expect(clippy::indexing_slicing, reason = "there is one for each permission")]
    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize].1
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no permission of that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown permission \"{0}\"")]
pub struct UnknownPermission(String);

impl FromStr for Permission {
    type Err = UnknownPermission;

    fn from_str(name: &str) -> Result<Self, UnknownPermission> {
        let known = Self::NAMES.into_iter().find(|(_, known)| *known == name);
        known
            .map(|(permission, _)| permission)
            .ok_or_else(|| UnknownPermission(name.to_owned()))
    }
}

impl Serialize for Permission {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Permission {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// A set of permissions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Permissions(u32);

impl Permissions {
    /// None.
    pub const NONE: Self = Self(0);

    /// The listed ones.
    #[expect(
        clippy::indexing_slicing,
        reason = "constants know no iterators, and the loop ends in time"
    )]
    pub const fn of(list: &[Permission]) -> Self {
        let mut bits = 0;
        let mut i = 0;
        while i < list.len() {
            bits |= 1 << list[i] as u32;
            i += 1;
        }
        Self(bits)
    }

    /// Whether `permission` is among them.
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u32) != 0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// These and the others.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Those that the others have too.
    #[must_use]
    pub const fn within(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// These without the others.
    #[must_use]
    pub const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// In the order of DOMAIN 5.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::all().filter(move |permission| self.contains(*permission))
    }

    /// The same as scopes.
    pub fn scopes(self) -> ScopeSet {
        self.iter().map(Scope::Permission).collect()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(list: I) -> Self {
        list.into_iter()
            .fold(Self::NONE, |set, one| set.and(Self::of(&[one])))
    }
}

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Vec::<Permission>::deserialize(from).map(Self::from_iter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_stands_at_its_place_and_reads_as_it_writes() {
        for (i, (permission, name)) in Permission::NAMES.into_iter().enumerate() {
            assert_eq!(permission as usize, i, "{name}");
            assert_eq!(name.parse(), Ok(permission));
            assert_eq!(permission.to_string(), name);
        }
    }

    #[test]
    fn sets_add_up_and_take_away() {
        let (read, write) = (
            Permissions::of(&[P::HcpRead]),
            Permissions::of(&[P::HcpWrite]),
        );
        let both = read.and(write);
        assert_eq!(both.without(write), read);
        assert_eq!(both.within(write), write);
        assert_eq!(both.scopes().to_string(), "hcp:read hcp:write");
        assert_eq!(
            serde_json::to_string(&both).unwrap(),
            r#"["hcp:read","hcp:write"]"#
        );
    }
}
