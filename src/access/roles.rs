//! Several roles held together.
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Capabilities, Narrowing, Purpose, Role, UnknownRole};

/// The roles of one membership: at least one, each once, in the order of the table.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Roles(BTreeSet<Role>);

/// Why a list is not a set of roles.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RolesError {
    /// At least one role is needed.
    #[error("at least one role is needed")]
    Empty,
    /// A name that no role has (422 `unknown_role`).
    #[error(transparent)]
    Unknown(#[from] UnknownRole),
}

impl Roles {
    /// Takes roles. `None` if there is none.
    pub fn new(roles: impl IntoIterator<Item = Role>) -> Option<Self> {
        let roles: BTreeSet<_> = roles.into_iter().collect();
        (!roles.is_empty()).then_some(Self(roles))
    }

    /// Reads the names of roles.
    ///
    /// # Errors
    /// An unknown name, or no name at all.
    pub fn parse<S: AsRef<str>>(names: &[S]) -> Result<Self, RolesError> {
        let roles: Result<Vec<Role>, _> = names.iter().map(|name| name.as_ref().parse()).collect();
        Self::new(roles?).ok_or(RolesError::Empty)
    }

    /// Whether `role` is among them.
    pub fn contains(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// In the order of the table.
    pub fn iter(&self) -> impl Iterator<Item = Role> {
        self.0.iter().copied()
    }

    /// All but `role`: `None` if nothing is left.
    #[must_use]
    pub fn without(&self, role: Role) -> Option<Self> {
        Self::new(self.iter().filter(|other| *other != role))
    }

    /// What they may, added up, in an organization that narrows roles as `narrowed` says.
    pub fn capabilities(&self, narrowed: &BTreeMap<Role, Narrowing>) -> Capabilities {
        let mut sum = Capabilities::default();
        for role in self.iter() {
            let shipped = role.capabilities();
            let here = match narrowed.get(&role) {
                Some(narrowing) => shipped.narrowed(narrowing),
                None => shipped.clone(),
            };
            sum.permissions = sum.permissions.and(here.permissions);
            sum.ceiling.extend(here.ceiling);
        }
        sum
    }

    /// Why they use data (T-05): each purpose once.
    pub fn purpose_of_use(&self) -> Vec<Purpose> {
        let mut purposes: Vec<_> = self.iter().map(Role::purpose).collect();
        purposes.sort_by(|a, b| b.cmp(a)); // treatment before operations
        purposes.dedup();
        purposes
    }
}

impl Serialize for Roles {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Roles {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(from)?;
        Self::parse(&names).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_or_unknown_role_set_is_refused() {
        assert_eq!(Roles::parse::<&str>(&[]), Err(RolesError::Empty));
        let unknown = Roles::parse(&["OWNER", "ADMIN"]).unwrap_err();
        assert!(
            unknown
                .to_string()
                .starts_with("unknown role \"ADMIN\"; one of OWNER, MEMBER, ")
        );
    }

    #[test]
    fn several_roles_add_up_in_the_order_of_the_table() {
        let roles = Roles::parse(&["THERAPIST", "SUPPORT", "SUPPORT"]).unwrap();
        assert_eq!(
            serde_json::to_string(&roles).unwrap(),
            r#"["SUPPORT","THERAPIST"]"#
        );
        let both = roles.capabilities(&BTreeMap::new());
        for role in roles.iter() {
            let one = role.capabilities();
            assert!(both.scopes().covers_all(&one.scopes()));
        }
        assert_eq!(
            roles.purpose_of_use(),
            [Purpose::TREATMENT, Purpose::OPERATIONS]
        );
    }

    #[test]
    fn what_an_organization_narrows_in_one_role_another_may_still_give() {
        let narrowed = BTreeMap::from([(
            Role::Provider,
            Narrowing {
                ceiling: Some("user/Patient.rs".parse().unwrap()),
                ..Narrowing::default()
            },
        )]);
        let one = Roles::parse(&["PROVIDER"]).unwrap().capabilities(&narrowed);
        assert_eq!(one.ceiling.to_string(), "user/Patient.rs");
        let both = Roles::parse(&["PROVIDER", "THERAPIST"])
            .unwrap()
            .capabilities(&narrowed);
        assert!(both.ceiling.covers(&"user/*.rs".parse().unwrap()));
    }

    #[test]
    fn giving_up_the_last_role_leaves_none() {
        let owner = Roles::parse(&["OWNER"]).unwrap();
        assert_eq!(owner.without(Role::Owner), None);
        assert_eq!(owner.without(Role::Member), Some(owner));
    }
}
