//! A further guardian is proposed, or an adult grants a proxy: relations that start pending
//! (DOMAIN.md 4.3).
use super::{
    AccessLevel, Basis, Guardianship, NewGuardianship, Notices, Party, Relationship, Status,
    Verification, decide, limits, majority_at, queries, retire, rules, step_queries,
};
use crate::{
    access::ScopeSet,
    accounts::{self, Standing},
    audit::{Action, Doer},
    clock::Timestamp,
    id::{AccountId, GuardianshipId},
    organizations::{self, Organization, Settings},
    store::{StoreError, Tx},
};

/// A relation to propose.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// Who is to act.
    pub guardian: AccountId,
    /// For whom.
    pub dependent: AccountId,
    /// What the guardian is to him.
    pub relationship: Relationship,
    /// What the right rests on.
    pub basis: Basis,
    /// How far it reaches.
    pub access_level: AccessLevel,
    /// What narrows it further.
    pub scope_ceiling: Option<ScopeSet>,
    /// Until when.
    pub ends_at: Option<Timestamp>,
    /// Whether it goes on after majority.
    pub survives_majority: bool,
    /// Where the evidence is filed.
    pub evidence_ref: Option<String>,
}

/// Why nothing was proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProposeRefusal {
    /// The two are one (I-10).
    Oneself,
    /// The one who is to act cannot act for others (I-10).
    GuardianUnfit,
    /// The one to act for is no consumer here, or not active.
    DependentUnfit,
    /// A parent's right is over a minor whose age is known, and ends at majority (I-11).
    NotAMinor,
    /// Only an adult on his own grants a proxy (I-12).
    NotAnAdult,
    /// A proxy needs an end within the organization's months (I-12); any end lies ahead.
    EndsAt,
    /// What goes on after majority rests on a court's order or a power of attorney, with
    /// evidence.
    Evidence,
    /// The pair has a relation that has not ended (I-13).
    Exists,
    /// As many as the organization allows (I-14).
    TooMany,
    /// I-16: nobody records evidence for a relation of his own.
    OwnRelation,
}

/// Proposes a relation, and asks the guardian. It starts once he accepts and staff approve.
///
/// # Errors
/// The database is away.
pub async fn propose(
    tx: &mut Tx,
    notices: &Notices,
    organization: &Organization,
    proposal: Proposal,
    by: &Doer,
) -> Result<Result<Guardianship, ProposeRefusal>, StoreError> {
    let id = tx.id();
    let put = put(tx, organization, (id, proposal), by).await?;
    if let Ok(relation) = &put {
        notices.asked(tx, (relation, by)).await?;
    }
    Ok(put)
}

/// Stores what is proposed, and tells nobody. A proxy that the adult himself grants needs no
/// staff.
pub(super) async fn put(
    tx: &mut Tx,
    organization: &Organization,
    (id, proposal): (GuardianshipId, Proposal),
    by: &Doer,
) -> Result<Result<Guardianship, ProposeRefusal>, StoreError> {
    organizations::hold(tx, organization.id).await?;
    if let Some(refusal) = refusal(tx, organization, &proposal, by).await? {
        return Ok(Err(refusal));
    }
    let is_own_grant = by.account() == Some(proposal.dependent);
    let relation = Guardianship {
        id,
        organization: organization.id,
        guardian: proposal.guardian,
        dependent: proposal.dependent,
        relationship: proposal.relationship,
        basis: proposal.basis,
        access_level: proposal.access_level,
        scope_ceiling: proposal.scope_ceiling,
        starts_at: tx.now(),
        ends_at: proposal.ends_at,
        survives_majority: proposal.survives_majority,
        status: Status::Pending,
        verification: Verification::SelfAsserted,
        evidence_ref: proposal.evidence_ref,
    };
    let new = NewGuardianship {
        relation: relation.clone(),
        created_by: by.account(),
    };
    retire::of_dependent(tx, organization, relation.dependent).await?;
    if !queries::insert(tx, new).await? {
        return Ok(Err(ProposeRefusal::Exists));
    }
    if is_own_grant {
        step_queries::approve(tx, relation.id, by.account()).await?;
    }
    decide::record(tx, &relation, Action::GuardianshipProposed, by, None).await?;
    Ok(Ok(relation))
}

/// What keeps `subject` from granting any proxy that ends then; it says nothing about
/// whoever is to be the proxy (N-01).
///
/// # Errors
/// The database is away.
pub(super) async fn proxy_refusal(
    tx: &mut Tx,
    organization: &Organization,
    subject: AccountId,
    ends_at: Timestamp,
) -> Result<Option<ProposeRefusal>, StoreError> {
    let (settings, now) = (&organization.settings, tx.now());
    let party = queries::party(tx, subject).await?;
    let profile = accounts::profile(tx, subject, organization.id).await?;
    let (Some(party), Some(_)) = (party, profile) else {
        return Ok(Some(ProposeRefusal::DependentUnfit));
    };
    let proxy = (Basis::PatientConsent, Some(ends_at));
    Ok(rule_broken(proxy, &party, settings, now))
}

/// Which rule about the basis the relation would break (I-11, I-12).
fn rule_broken(
    (basis, ends_at): (Basis, Option<Timestamp>),
    dependent: &Party,
    settings: &Settings,
    now: Timestamp,
) -> Option<ProposeRefusal> {
    let majority = dependent
        .birth_date
        .and_then(|born| majority_at(born, settings));
    let is_minor = majority.is_some_and(|at| now < at);
    let longest = rules::longest_proxy(settings, now);
    match basis {
        Basis::Parental if !is_minor => Some(ProposeRefusal::NotAMinor),
        Basis::PatientConsent if dependent.standing != Standing::Primary || is_minor => {
            Some(ProposeRefusal::NotAnAdult)
        }
        Basis::PatientConsent if ends_at.is_none_or(|end| end > longest) => {
            Some(ProposeRefusal::EndsAt)
        }
        _ if ends_at.is_some_and(|end| end <= now) => Some(ProposeRefusal::EndsAt),
        _ => None,
    }
}

async fn refusal(
    tx: &mut Tx,
    organization: &Organization,
    proposal: &Proposal,
    by: &Doer,
) -> Result<Option<ProposeRefusal>, StoreError> {
    let (settings, now) = (&organization.settings, tx.now());
    if proposal.guardian == proposal.dependent {
        return Ok(Some(ProposeRefusal::Oneself));
    }
    let parties = [proposal.guardian, proposal.dependent];
    if proposal.evidence_ref.is_some() && decide::is_one_of(by, parties) {
        return Ok(Some(ProposeRefusal::OwnRelation));
    }
    // Whoever is no consumer here is not to be told from nobody (N-15); a proxy is found by
    // an identifier that the adult knows.
    let is_known = proposal.basis == Basis::PatientConsent
        || accounts::profile(tx, proposal.guardian, organization.id)
            .await?
            .is_some();
    if !is_known {
        return Ok(Some(ProposeRefusal::GuardianUnfit));
    }
    let guardian = queries::party(tx, proposal.guardian).await?;
    if !guardian.is_some_and(|party| rules::is_fit_guardian(&party, settings, now)) {
        return Ok(Some(ProposeRefusal::GuardianUnfit));
    }
    let dependent = queries::party(tx, proposal.dependent).await?;
    let profile = accounts::profile(tx, proposal.dependent, organization.id).await?;
    let (Some(dependent), Some(_)) = (dependent, profile) else {
        return Ok(Some(ProposeRefusal::DependentUnfit));
    };
    if let Some(refusal) = rule_broken(
        (proposal.basis, proposal.ends_at),
        &dependent,
        settings,
        now,
    ) {
        return Ok(Some(refusal));
    }
    match proposal.basis {
        Basis::Parental if proposal.survives_majority => {
            return Ok(Some(ProposeRefusal::NotAMinor));
        }
        Basis::CourtOrder | Basis::PowerOfAttorney if proposal.evidence_ref.is_none() => {
            return Ok(Some(ProposeRefusal::Evidence));
        }
        _ => {}
    }
    let has_room = limits::has_room_for_dependent(tx, organization, proposal.guardian).await?
        && limits::has_room_for_guardian(tx, organization, proposal.dependent).await?;
    Ok((!has_room).then_some(ProposeRefusal::TooMany))
}
