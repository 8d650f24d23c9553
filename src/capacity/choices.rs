//! For whom and as what somebody may act through a client (DOMAIN.md 4.2).
use std::{cmp::Reverse, sync::Arc};

use super::{Actor, ConsumerKind, Role, Standing, Standings};
use crate::{
    access::Roles,
    accounts,
    clients::{AllowedPrincipal, Client},
    config_users,
    grants::Capacity,
    guardianship::{self, Relationship},
    hcps,
    id::AccountId,
    organizations::{Organization, Organizations},
    providers,
    secret::Fingerprint,
    store::{Store, StoreError, Tx},
};

/// One option of the chooser.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What is chosen with it.
    pub capacity: Capacity,
    /// The subject's name.
    pub display_name: String,
    /// Where.
    pub organization: Arc<Organization>,
    /// As what.
    pub detail: Detail,
}

/// As what somebody would act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// As himself.
    Myself(ConsumerKind),
    /// For somebody else.
    For {
        /// What the person is to the subject.
        relationship: Relationship,
        /// When the subject was born.
        birth_year: Option<i16>,
        /// `dependent`, or `patient` for an adult who granted a proxy.
        kind: ConsumerKind,
    },
    /// As a member.
    Provider(Roles),
    /// As somebody who configures.
    ConfigUser,
}

impl Choice {
    /// The value of the button: opaque, and the same each time the list is computed for
    /// this capacity.
    pub fn option(&self) -> String {
        let text = serde_json::to_string(&self.capacity).unwrap_or_default();
        Fingerprint::of(&text).as_str().chars().take(32).collect()
    }

    /// `consumer_kind` for consumers, else `provider` or `config_user`.
    pub fn kind(&self) -> &'static str {
        match &self.detail {
            Detail::Myself(kind) | Detail::For { kind, .. } => kind.as_str(),
            Detail::Provider(_) => "provider",
            Detail::ConfigUser => "config_user",
        }
    }
}

impl Standings {
    /// The capacities of the account that fit the client, own profile first, then dependents
    /// by age, then roles.
    ///
    /// # Errors
    /// The database is away.
    pub async fn choices(
        &self,
        store: &Store,
        organizations: &Organizations,
        account: AccountId,
        client: &Client,
    ) -> Result<Vec<Choice>, StoreError> {
        let candidates = self.candidates(store, account).await?;
        let mut choices = Vec::new();
        for capacity in candidates.iter().flat_map(|found| found.iter()) {
            if fits(client, capacity)
                && let Some(standing) = self.get(store, organizations, capacity).await?
            {
                choices.push(choice(&standing));
            }
        }
        choices.sort_by_key(|choice| match &choice.detail {
            Detail::Myself(_) => (0, Reverse(0)),
            Detail::For { birth_year, .. } => (1, Reverse(birth_year.unwrap_or(0))),
            Detail::Provider(_) => (2, Reverse(0)),
            Detail::ConfigUser => (3, Reverse(0)),
        });
        Ok(choices)
    }

    /// In which capacities the account may act, if they hold.
    pub(super) async fn candidates(
        &self,
        store: &Store,
        account: AccountId,
    ) -> Result<Option<Arc<[Capacity]>>, StoreError> {
        let load = async || {
            let found = candidates(&mut store.read().await?, account).await?;
            Ok(Some(Arc::from(found)))
        };
        self.candidates.get_or_load(store, &account, load).await
    }
}

/// Whether the client is for such people, there.
fn fits(client: &Client, capacity: &Capacity) -> bool {
    let principal = match capacity {
        Capacity::Consumer { .. } | Capacity::Hcp { .. } | Capacity::Guardian { .. } => {
            AllowedPrincipal::Consumer
        }
        Capacity::Provider { .. } => AllowedPrincipal::Provider,
        Capacity::ConfigUser { .. } => AllowedPrincipal::ConfigUser,
    };
    let organization = capacity.organization();
    client.registration.allowed_principals.contains(&principal)
        && client.organization.is_none_or(|own| own == organization)
}

/// What the account's rows suggest; whether it holds is judged one by one.
async fn candidates(tx: &mut Tx, account: AccountId) -> Result<Vec<Capacity>, StoreError> {
    let mut found = Vec::new();
    for organization in accounts::profiles_of(tx, account).await? {
        found.push(Capacity::Consumer {
            account,
            organization,
        });
    }
    for (hcp, organization) in hcps::independent(tx, account).await? {
        found.push(Capacity::Hcp {
            account,
            hcp,
            organization,
        });
    }
    for relation in guardianship::of_guardian(tx, account).await? {
        found.push(Capacity::Guardian {
            guardian: account,
            dependent: relation.dependent,
            guardianship: relation.id,
            organization: relation.organization,
        });
    }
    for membership in providers::of_account(tx, account).await? {
        found.push(Capacity::Provider {
            account,
            organization: membership.organization,
        });
    }
    for grant in config_users::of_account(tx, account).await? {
        found.push(Capacity::ConfigUser {
            account,
            organization: grant.organization,
        });
    }
    Ok(found)
}

fn choice(standing: &Standing) -> Choice {
    let detail = match (&standing.role, &standing.actor) {
        (Role::Consumer { kind, .. }, Some(Actor::Guardian { relationship, .. })) => Detail::For {
            relationship: *relationship,
            birth_year: standing.subject.birth_date.map(jiff::civil::Date::year),
            kind: *kind,
        },
        (Role::Hcp { .. }, _) => Detail::Myself(ConsumerKind::Hcp),
        (Role::Consumer { kind, .. }, _) => Detail::Myself(*kind),
        (Role::Provider { roles, .. }, _) => Detail::Provider(roles.clone()),
        (Role::ConfigUser { .. }, _) => Detail::ConfigUser,
    };
    Choice {
        capacity: standing.capacity,
        display_name: standing.subject.display_name.clone(),
        organization: Arc::clone(&standing.organization),
        detail,
    }
}
