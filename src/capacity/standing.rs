//! What follows from a capacity now.
use std::sync::Arc;

use crate::{
    access::{ConfigRole, Purpose, Roles, ScopeSet},
    accounts::{self, Account, IdentifierKind},
    clock::Timestamp,
    config_users,
    grants::Capacity,
    guardianship::{self, Relationship},
    hcps::{self, HcpType},
    id::{AccountId, DelegationId, GuardianshipId, HcpId, ServiceAccountId},
    organizations::Organization,
    providers,
    store::{StoreError, Tx},
};

/// A capacity that holds, and what follows from it.
#[derive(Debug, Clone)]
pub struct Standing {
    /// What was chosen.
    pub capacity: Capacity,
    /// The tenant.
    pub organization: Arc<Organization>,
    /// The person whose data or authority it is.
    pub subject: Account,
    /// The e-mail address that the subject owns (T-12).
    pub email: Option<String>,
    /// The phone number that the subject owns (T-12).
    pub phone: Option<String>,
    /// In which role.
    pub role: Role,
    /// Who acts for the subject, if somebody does.
    pub actor: Option<Actor>,
    /// The most that `patient/`, `user/` and administrative scopes may reach.
    pub ceiling: ScopeSet,
    /// `purpose_of_use` (T-05).
    pub purposes: Vec<Purpose>,
    /// When this ends by itself; `None`: not before something changes.
    pub until: Option<Timestamp>,
}

/// In which role a person acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// As a consumer.
    Consumer {
        /// Which kind.
        kind: ConsumerKind,
        /// The subject's FHIR Patient, if it has a record.
        patient_id: Option<String>,
    },
    /// As an HCP without an organization above him: a consumer of the kind `hcp`.
    Hcp {
        /// Which.
        hcp_id: HcpId,
    },
    /// As a member with roles.
    Provider {
        /// The roles.
        roles: Roles,
        /// The directory entry that the membership is linked to.
        hcp_id: Option<HcpId>,
        /// The HCP organization above that entry.
        parent_id: Option<HcpId>,
    },
    /// As somebody who configures.
    ConfigUser {
        /// Owner or Member.
        role: ConfigRole,
    },
}

/// `consumer_kind` (DOMAIN.md 1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConsumerKind {
    /// Has a patient record, or granted the proxy that acts.
    Patient,
    /// Has no patient record.
    Guardian,
    /// Somebody else is responsible for the person.
    Dependent,
    /// A health care professional without an organization.
    Hcp,
}

impl ConsumerKind {
    /// The claim's value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Guardian => "guardian",
            Self::Dependent => "dependent",
            Self::Hcp => "hcp",
        }
    }
}

/// Who acts for the subject.
#[derive(Debug, Clone)]
pub enum Actor {
    /// A guardian, or the proxy of an adult.
    Guardian {
        /// The person.
        account: AccountId,
        /// The name to show.
        display_name: String,
        /// By which relation.
        relation: GuardianshipId,
        /// Which kind of relation.
        relationship: Relationship,
    },
    /// An OWNER, for a colleague (DOMAIN.md 5).
    Owner(AccountId),
    /// A machine, for a provider who delegated.
    Machine {
        /// The machine.
        service_account: ServiceAccountId,
        /// By which delegation.
        delegation: DelegationId,
    },
}

impl Actor {
    /// The name to show, of a person whom people chose.
    pub fn display_name(&self) -> Option<&str> {
        match self {
            Self::Guardian { display_name, .. } => Some(display_name),
            Self::Owner(_) | Self::Machine { .. } => None,
        }
    }
}

impl Standing {
    /// The names of the roles, as the claim `roles` writes them; `None` for consumers.
    pub fn role_names(&self) -> Option<Vec<String>> {
        match &self.role {
            Role::Consumer { .. } | Role::Hcp { .. } => None,
            Role::Provider { roles, .. } => {
                Some(roles.iter().map(|role| role.name().to_owned()).collect())
            }
            Role::ConfigUser { role } => Some(vec![role.claim().to_owned()]),
        }
    }

    /// This with no role but those named: rights only shrink while a grant lives (T-02).
    /// `None` when no role is left.
    #[must_use]
    pub fn within(self: Arc<Self>, names: Option<&[String]>) -> Option<Arc<Self>> {
        let Some(names) = names else {
            return Some(self);
        };
        let is_named = |name: &str| names.iter().any(|n| n == name);
        match &self.role {
            Role::Provider {
                roles,
                hcp_id,
                parent_id,
            } if !roles.iter().all(|r| is_named(r.name())) => {
                let left = Roles::new(roles.iter().filter(|role| is_named(role.name())))?;
                let mut less = Self::clone(&self);
                let limits = &less.organization.settings.role_limits;
                less.ceiling = self
                    .ceiling
                    .narrowed_to(&left.capabilities(limits).scopes());
                less.purposes = left.purpose_of_use();
                less.role = Role::Provider {
                    roles: left,
                    hcp_id: *hcp_id,
                    parent_id: *parent_id,
                };
                Some(Arc::new(less))
            }
            // A Member who became an Owner stays a Member until the next sign-in; what he
            // may do is bounded by the scopes of the grant.
            Role::ConfigUser { role } if !is_named(role.claim()) => {
                let mut less = Self::clone(&self);
                less.role = Role::ConfigUser {
                    role: ConfigRole::Member,
                };
                Some(Arc::new(less))
            }
            _ => Some(self),
        }
    }

    /// The last moment that something may say so which would last until `by_itself` (T-01).
    pub fn bounds(&self, by_itself: Timestamp) -> Timestamp {
        self.until.map_or(by_itself, |until| until.min(by_itself))
    }

    /// Whether it has not ended by itself.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// What follows from `capacity` now. `None` when it does not hold.
///
/// # Errors
/// The database is away.
pub async fn standing(
    tx: &mut Tx,
    organization: Arc<Organization>,
    capacity: &Capacity,
) -> Result<Option<Standing>, StoreError> {
    let Some(base) = base(tx, organization, capacity).await? else {
        return Ok(None);
    };
    match capacity {
        Capacity::Consumer { .. } => consumer(tx, base).await,
        Capacity::Guardian { guardianship, .. } => guardian(tx, base, *guardianship).await,
        Capacity::Hcp { hcp, .. } => independent_hcp(tx, base, *hcp).await,
        Capacity::Provider { .. } => provider(tx, base).await,
        Capacity::ConfigUser { .. } => config_user(tx, base).await,
    }
}

/// Where everything starts: the organization and the subject are active.
async fn base(
    tx: &mut Tx,
    organization: Arc<Organization>,
    capacity: &Capacity,
) -> Result<Option<Standing>, StoreError> {
    if !organization.is_active() {
        return Ok(None);
    }
    let Some(subject) = accounts::account(tx, capacity.subject()).await? else {
        return Ok(None);
    };
    if !subject.is_active() {
        return Ok(None);
    }
    let (email, phone) = contacts(tx, &subject).await?;
    Ok(Some(Standing {
        capacity: *capacity,
        organization,
        subject,
        email,
        phone,
        role: Role::Consumer {
            kind: ConsumerKind::Patient,
            patient_id: None,
        },
        actor: None,
        ceiling: ScopeSet::default(),
        purposes: Vec::new(),
        until: None,
    }))
}

async fn contacts(
    tx: &mut Tx,
    subject: &Account,
) -> Result<(Option<String>, Option<String>), StoreError> {
    let owned = accounts::contacts(tx, subject.id).await?;
    let first = |kind| accounts::first_of(&owned, kind);
    Ok((first(IdentifierKind::Email), first(IdentifierKind::Phone)))
}

async fn consumer(tx: &mut Tx, mut base: Standing) -> Result<Option<Standing>, StoreError> {
    let profile = accounts::profile(tx, base.subject.id, base.organization.id).await?;
    let Some(profile) = profile else {
        return Ok(None);
    };
    let kind = match (base.subject.standing, &profile.patient_id) {
        (accounts::Standing::Dependent, _) => ConsumerKind::Dependent,
        (accounts::Standing::Primary, Some(_)) => ConsumerKind::Patient,
        (accounts::Standing::Primary, None) => ConsumerKind::Guardian,
    };
    // Whoever grew up takes over his account before he acts again (DOMAIN.md 4.4).
    base.until = guardianship::grows_up_at(&base.subject, &base.organization.settings);
    if !base.holds_at(tx.now()) {
        return Ok(None);
    }
    // Without a record there is no patient whom the scopes could reach.
    if profile.patient_id.is_some() {
        base.ceiling = guardianship::full_ceiling();
    }
    base.role = Role::Consumer {
        kind,
        patient_id: profile.patient_id,
    };
    base.purposes = vec![Purpose::PATIENT_REQUEST];
    Ok(Some(base))
}

/// Whoever is a member acts as one; whoever has an organization above him acts for it.
async fn independent_hcp(
    tx: &mut Tx,
    mut base: Standing,
    hcp_id: HcpId,
) -> Result<Option<Standing>, StoreError> {
    let (account, organization) = (base.subject.id, base.organization.id);
    let own = hcps::of_account(tx, account, organization).await?;
    let found = own.into_iter().find(|hcp| hcp.id == hcp_id);
    let Some(hcp) = found.filter(|hcp| hcp.parent_id.is_none()) else {
        return Ok(None);
    };
    let membership = providers::membership(tx, account, organization).await?;
    if membership.is_some_and(|membership| membership.is_active()) {
        return Ok(None);
    }
    base.purposes = vec![match hcp.kind {
        HcpType::Professional => Purpose::TREATMENT,
        HcpType::Organization => Purpose::OPERATIONS,
    }];
    base.role = Role::Hcp { hcp_id };
    Ok(Some(base))
}

async fn provider(tx: &mut Tx, mut base: Standing) -> Result<Option<Standing>, StoreError> {
    let found = providers::membership(tx, base.subject.id, base.organization.id).await?;
    let Some(membership) = found.filter(providers::Membership::is_active) else {
        return Ok(None);
    };
    let limits = &base.organization.settings.role_limits;
    base.ceiling = membership.roles.capabilities(limits).scopes();
    base.purposes = membership.roles.purpose_of_use();
    let parent_id = match membership.hcp_id {
        Some(hcp) => hcps::parent_of(tx, hcp).await?,
        None => None,
    };
    base.role = Role::Provider {
        roles: membership.roles,
        hcp_id: membership.hcp_id,
        parent_id,
    };
    Ok(Some(base))
}

async fn config_user(tx: &mut Tx, mut base: Standing) -> Result<Option<Standing>, StoreError> {
    let found = config_users::config_grant(tx, base.subject.id, base.organization.id).await?;
    let Some(grant) = found.filter(config_users::ConfigGrant::is_active) else {
        return Ok(None);
    };
    base.ceiling = grant.permissions().scopes();
    base.role = Role::ConfigUser { role: grant.role };
    Ok(Some(base))
}
async fn guardian(
    tx: &mut Tx,
    mut base: Standing,
    id: GuardianshipId,
) -> Result<Option<Standing>, StoreError> {
    let Some(case) = guardianship::case(tx, id).await? else {
        return Ok(None);
    };
    let (relation, now) = (&case.relation, tx.now());
    let settings = &base.organization.settings;
    let is_chosen = base.capacity.actor() == Some(relation.guardian)
        && base.subject.id == relation.dependent
        && base.organization.id == relation.organization;
    let authority = guardianship::authorises(relation, &case.parties, settings, now);
    let (true, Ok(authority)) = (is_chosen, authority) else {
        return Ok(None);
    };
    let profile = accounts::profile(tx, base.subject.id, base.organization.id).await?;
    let guardian = accounts::account(tx, relation.guardian).await?;
    let (Some(profile), Some(guardian)) = (profile, guardian) else {
        return Ok(None);
    };
    if profile.patient_id.is_some() {
        base.ceiling = guardianship::ceiling(relation, &case.parties.dependent, settings, now);
    }
    // An adult who granted a proxy stays a patient (DOMAIN.md 1.1).
    let kind = match base.subject.standing {
        accounts::Standing::Dependent => ConsumerKind::Dependent,
        accounts::Standing::Primary => ConsumerKind::Patient,
    };
    base.role = Role::Consumer {
        kind,
        patient_id: profile.patient_id,
    };
    base.purposes = vec![guardianship::purpose(relation.basis)];
    base.until = authority.until;
    base.actor = Some(Actor::Guardian {
        account: guardian.id,
        display_name: guardian.display_name,
        relation: relation.id,
        relationship: relation.relationship,
    });
    Ok(Some(base))
}
