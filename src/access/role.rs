//! The 14 roles of providers, and the one table of what each may (DOMAIN 5).
use std::{fmt, str::FromStr, sync::LazyLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Permissions, Purpose, ScopeSet};

/// A provider's role in an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(
    missing_docs,
    reason = "the product's own names; the table says what they may"
)]
pub enum Role {
    Owner,
    Member,
    Support,
    Provider,
    ProviderPhysician,
    ProviderNursePractitioner,
    ProviderPhysicianAssistant,
    Therapist,
    HealthCoach,
    Nutritionist,
    IntakeStaff,
    FieldStaff,
    ClientManager,
    Dispatch,
}

/// What somebody may do in a capacity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Through the administrative API.
    pub permissions: Permissions,
    /// The bound of `user/` scopes.
    pub ceiling: ScopeSet,
}

/// What an organization takes away from a role; it can add nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Narrowing {
    /// Permissions the role does not have here.
    pub without: Permissions,
    /// Bounds the role's ceiling here; `None` leaves it as it is.
    pub ceiling: Option<ScopeSet>,
}

struct Row {
    name: &'static str,
    permissions: &'static str,
    ceiling: &'static str,
    purpose: Purpose,
}

const DIRECTORY: &str = "user/Organization.rs user/Practitioner.rs user/PractitionerRole.rs";
const PROVIDER: &str = "hcp:read consumers:read guardianships:read";
const THERAPIST: &str = "user/*.rs user/CarePlan.cu user/Goal.cu user/Observation.c \
    user/Communication.c user/QuestionnaireResponse.cu";

/// One row per [`Role`], in its order.
static TABLE: [Row; 14] = [
    Row {
        name: "OWNER",
        permissions: "org:read org:write users:read users:write accounts:support hcp:read \
            hcp:write hcp:delete hcp:import hcp:tokens hcp:keys consumers:read consumers:write \
            guardianships:read guardianships:write service_accounts:read service_accounts:write \
            delegations:write on_behalf clients:read audit:read",
        ceiling: "user/*.cruds",
        purpose: Purpose::OPERATIONS,
    },
    Row {
        name: "MEMBER",
        permissions: "hcp:read",
        ceiling: DIRECTORY,
        purpose: Purpose::OPERATIONS,
    },
    Row {
        name: "SUPPORT",
        permissions: "hcp:read users:read accounts:support",
        ceiling: DIRECTORY,
        purpose: Purpose::OPERATIONS,
    },
    Row {
        name: "PROVIDER",
        permissions: PROVIDER,
        ceiling: "user/*.crus",
        purpose: Purpose::TREATMENT,
    },
    Row {
        name: "PROVIDER_PHYSICIAN",
        permissions: PROVIDER,
        ceiling: "user/*.crus",
        purpose: Purpose::TREATMENT,
    },
    Row {
        name: "PROVIDER_NURSE_PRACTITIONER",
        permissions: PROVIDER,
        ceiling: "user/*.crus",
        purpose: Purpose::TREATMENT,
    },
    Row {
        name: "PROVIDER_PHYSICIAN_ASSISTANT",
        permissions: PROVIDER,
        ceiling: "user/*.crus",
        purpose: Purpose::TREATMENT,
    },
    Row {
        name: "THERAPIST",
        permissions: "hcp:read consumers:read",
        ceiling: THERAPIST,
        purpose: Purpose::TREATMENT,
    },
    Row {
        name: "HEALTH_COACH",
        permissions: "hcp:read consumers:read",
        ceiling: THERAPIST,
        purpose: Purpose::TREATMENT,
    },
    Row {
        name: "NUTRITIONIST",
        permissions: "hcp:read consumers:read",
        ceiling: "user/*.rs user/CarePlan.cu user/Goal.cu user/Observation.c \
            user/Communication.c user/QuestionnaireResponse.cu user/NutritionOrder.cu",
        purpose: Purpose::TREATMENT,
    },
    Row {
        name: "INTAKE_STAFF",
        permissions: "hcp:read consumers:read consumers:write guardianships:read \
            guardianships:write",
        ceiling: "user/Patient.crus user/RelatedPerson.crus user/Coverage.crus user/Consent.crs \
            user/Appointment.crus user/QuestionnaireResponse.crs",
        purpose: Purpose::OPERATIONS,
    },
    Row {
        name: "FIELD_STAFF",
        permissions: "hcp:read consumers:read",
        ceiling: "user/Patient.rs user/Appointment.rus user/Task.rus user/CarePlan.rs \
            user/Encounter.crus user/Observation.crs",
        purpose: Purpose::TREATMENT,
    },
    Row {
        name: "CLIENT_MANAGER",
        permissions: "hcp:read consumers:read consumers:write guardianships:read",
        ceiling: "user/Patient.rs user/RelatedPerson.rs user/Coverage.rs user/Account.rs \
            user/Appointment.rs user/Communication.crs",
        purpose: Purpose::OPERATIONS,
    },
    Row {
        name: "DISPATCH",
        permissions: "hcp:read consumers:read",
        ceiling: "user/Patient.rs user/Appointment.crus user/Task.crus user/Schedule.rs \
            user/Slot.rs user/Location.rs user/Practitioner.rs user/PractitionerRole.rs",
        purpose: Purpose::OPERATIONS,
    },
];

/// The table, read once. A test reads it strictly.
static CAPABILITIES: LazyLock<Vec<Capabilities>> = LazyLock::new(|| {
    let read = |text| ScopeSet::read(text).map_or_else(|_| ScopeSet::default(), |r| r.scopes);
    TABLE
        .iter()
        .map(|row| Capabilities {
            permissions: read(row.permissions).permissions(),
            ceiling: read(row.ceiling),
        })
        .collect()
});

impl Role {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 14] = [
        Self::Owner,
        Self::Member,
        Self::Support,
        Self::Provider,
        Self::ProviderPhysician,
        Self::ProviderNursePractitioner,
        Self::ProviderPhysicianAssistant,
        Self::Therapist,
        Self::HealthCoach,
        Self::Nutritionist,
        Self::IntakeStaff,
        Self::FieldStaff,
        Self::ClientManager,
        Self::Dispatch,
    ];

    /// Its name, such as `INTAKE_STAFF`.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Why somebody in this role uses data (T-05).
    pub fn purpose(self) -> Purpose {
        self.row().purpose.clone()
    }

    #[expect(clippy::indexing_slicing, reason = "there is one for each role")]
    fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// What it may where no organization has narrowed it.
    #[expect(clippy::indexing_slicing, reason = "there is one for each role")]
    pub fn capabilities(self) -> &'static Capabilities {
        &CAPABILITIES[self as usize]
    }
}

impl Capabilities {
    /// These, as far as `narrowing` leaves them.
    #[must_use]
    pub fn narrowed(&self, narrowing: &Narrowing) -> Self {
        Self {
            permissions: self.permissions.without(narrowing.without),
            ceiling: match &narrowing.ceiling {
                Some(bound) => self.ceiling.narrowed_to(bound),
                None => self.ceiling.clone(),
            },
        }
    }

    /// All of it as scopes: the ceiling for [`super::grant`].
    pub fn scopes(&self) -> ScopeSet {
        let mut scopes = self.ceiling.clone();
        scopes.extend(self.permissions.scopes());
        scopes
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no role of that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown role \"{0}\"; one of {all}", all = Role::ALL.map(Role::name).join(", "))]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, UnknownRole> {
        let known = Self::ALL.into_iter().find(|role| role.name() == name);
        known.ok_or_else(|| UnknownRole(name.to_owned()))
    }
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_row_for_each_role_and_no_word_it_does_not_know() {
        for (role, row) in Role::ALL.into_iter().zip(&TABLE) {
            assert_eq!(row.name.parse(), Ok(role));
            let permissions: ScopeSet = row.permissions.parse().unwrap();
            assert_eq!(
                permissions.permissions().scopes().len(),
                permissions.len(),
                "{role}"
            );
            let ceiling: ScopeSet = row.ceiling.parse().unwrap();
            assert_eq!(
                ceiling.only(crate::access::Context::User),
                ceiling,
                "{role}"
            );
            assert_eq!(role.capabilities().ceiling, ceiling);
            assert_eq!(role.capabilities().permissions, permissions.permissions());
        }
    }

    #[test]
    fn only_an_owner_manages_people_and_acts_for_colleagues() {
        use crate::access::Permission as P;
        for role in Role::ALL {
            for right in [
                P::UsersWrite,
                P::OnBehalf,
                P::HcpWrite,
                P::OrgWrite,
                P::AuditRead,
            ] {
                assert_eq!(
                    role.capabilities().permissions.contains(right),
                    role == Role::Owner,
                    "{role}"
                );
            }
            for never in [
                P::PlatformAdmin,
                P::LaunchWrite,
                P::ConfigUsersWrite,
                P::PolicyWrite,
            ] {
                assert!(!role.capabilities().permissions.contains(never), "{role}");
            }
        }
    }

    #[test]
    fn an_organization_can_only_take_away() {
        let narrowing = Narrowing {
            without: Permissions::of(&[crate::access::Permission::ConsumersRead]),
            ceiling: Some(
                "user/Patient.cruds system/*.rs patient/*.rs"
                    .parse()
                    .unwrap(),
            ),
        };
        let here = Role::Provider.capabilities().narrowed(&narrowing);
        assert_eq!(
            here.scopes().to_string(),
            "user/Patient.crus hcp:read guardianships:read"
        );
    }
}
