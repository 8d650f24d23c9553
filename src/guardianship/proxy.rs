//! An adult asks another to act for him (DOMAIN.md 4.3), by an identifier.
//!
//! Nothing tells the one who asks whether anybody has the identifier (N-01): what he asked is
//! kept as it was typed, and looks the same while nobody accepts, whether nobody is there,
//! nobody has answered, or somebody said no.
use super::{
    AccessLevel, Basis, EndedReason, ProposeRefusal, Relationship, finish, propose,
    propose::Proposal, proxy_queries, queries,
};
use crate::{
    accounts::{self, Identifier},
    audit::{self, Action, Doer, Event},
    clock::Timestamp,
    id::{AccountId, GuardianshipId, OrganizationId},
    organizations::Organization,
    store::{StoreError, Tx},
};

/// What an adult grants.
#[derive(Debug, Clone)]
pub struct ProxyGrant {
    /// Of whoever is to act.
    pub identifier: Identifier,
    /// Until when.
    pub ends_at: Timestamp,
    /// How far it reaches.
    pub access_level: AccessLevel,
}

/// A proxy that nobody has accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyRequest {
    /// Its id; also the relation's, should it come to be.
    pub id: GuardianshipId,
    /// Where it is to hold.
    pub organization: OrganizationId,
    /// Of whoever was asked, in canonical form.
    pub identifier: String,
    /// How far it is to reach.
    pub access_level: AccessLevel,
    /// Until when.
    pub ends_at: Timestamp,
    /// When it was asked.
    pub created_at: Timestamp,
}

/// Asks whoever has the identifier. Refused is only what lies with the person himself.
///
/// # Errors
/// The database is away.
pub async fn grant_proxy(
    tx: &mut Tx,
    organization: &Organization,
    person: AccountId,
    grant: ProxyGrant,
) -> Result<Result<(), ProposeRefusal>, StoreError> {
    let refusal = propose::proxy_refusal(tx, organization, person, grant.ends_at).await?;
    if let Some(refusal) = refusal {
        return Ok(Err(refusal));
    }
    let doer = Doer::Person(person);
    let mut id = tx.id();
    if let Some(guardian) = accounts::owner_of(tx, &grant.identifier).await? {
        let proposal = Proposal {
            guardian,
            dependent: person,
            relationship: Relationship::Other,
            basis: Basis::PatientConsent,
            access_level: grant.access_level,
            scope_ceiling: None,
            ends_at: Some(grant.ends_at),
            survives_majority: false,
            evidence_ref: None,
        };
        match propose::propose(tx, organization, proposal, &doer).await? {
            Ok(relation) => id = relation.id,
            // Whatever is wrong with the other person stays unsaid.
            Err(refusal) => tracing::info!(?refusal, "a proxy was not proposed"),
        }
    }
    let request = ProxyRequest {
        id,
        organization: organization.id,
        identifier: grant.identifier.as_str().to_owned(),
        access_level: grant.access_level,
        ends_at: grant.ends_at,
        created_at: tx.now(),
    };
    proxy_queries::insert(tx, person, &request).await?;
    let event = Event::done(Action::ProxyAsked)
        .done_by(&doer)
        .about(person)
        .within(organization.id);
    audit::record(tx, event).await?;
    Ok(Ok(()))
}

/// What the person asked and nobody has accepted, the oldest first.
///
/// # Errors
/// The database is away.
pub async fn proxy_requests(
    tx: &mut Tx,
    person: AccountId,
) -> Result<Vec<ProxyRequest>, StoreError> {
    proxy_queries::waiting(tx, person).await
}

/// The person takes a proxy back, accepted or not. `false` when he granted no such one.
///
/// # Errors
/// The database is away.
pub async fn end_proxy(
    tx: &mut Tx,
    person: AccountId,
    id: GuardianshipId,
) -> Result<bool, StoreError> {
    let was_asked = proxy_queries::withdraw_own(tx, id, person).await?;
    let case = queries::case(tx, id).await?;
    let granted = case
        .map(|case| case.relation)
        .filter(|relation| relation.dependent == person && relation.basis == Basis::PatientConsent);
    let is_ended = match granted {
        Some(relation) => {
            let (why, doer) = (EndedReason::Revoked, Doer::Person(person));
            finish(tx, &relation, why, &doer, None).await?
        }
        None => false,
    };
    Ok(was_asked || is_ended)
}
