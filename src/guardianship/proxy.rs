//! An adult asks another to act for him (DOMAIN.md 4.3), by an identifier.
//!
//! Nothing tells the one who asks whether anybody has the identifier (N-01): what he asked is
//! kept as it was typed, and looks the same while nobody accepts, whether nobody is there,
//! nobody has answered, or somebody said no.
use super::{
    AccessLevel, Basis, EndedReason, Notices, ProposeRefusal, Relationship, Status, finish,
    propose, propose::Proposal, proxy_queries, queries,
};
use crate::{
    accounts::{
        self, Identifier,
        throttle::{self, Counter},
    },
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

/// Keeps what the person asks; [`pass_on`] asks whoever has the identifier. Refused is only what
/// lies with the person himself.
///
/// # Errors
/// The database is away.
pub async fn grant_proxy(
    tx: &mut Tx,
    organization: &Organization,
    person: AccountId,
    grant: &ProxyGrant,
) -> Result<Result<(), ProposeRefusal>, StoreError> {
    let refusal = propose::proxy_refusal(tx, organization, person, grant.ends_at).await?;
    if let Some(refusal) = refusal {
        return Ok(Err(refusal));
    }
    let request = ProxyRequest {
        id: tx.id(),
        organization: organization.id,
        identifier: grant.identifier.as_str().to_owned(),
        access_level: grant.access_level,
        ends_at: grant.ends_at,
        created_at: tx.now(),
    };
    proxy_queries::insert(tx, person, &request).await?;
    let event = Event::done(Action::ProxyAsked)
        .done_by(&Doer::Person(person))
        .about(person)
        .within(organization.id);
    audit::record(tx, event).await?;
    Ok(Ok(()))
}

/// Asks whoever has the identifier, unless the person has taken it back. To be run after the
/// answer, so that he does not see from its time whether anybody has it (N-01).
///
/// # Errors
/// The database is away.
pub async fn pass_on(
    tx: &mut Tx,
    notices: &Notices,
    organization: &Organization,
    person: AccountId,
    grant: &ProxyGrant,
) -> Result<(), StoreError> {
    let asked = (person, organization.id, grant.identifier.as_str());
    let Some(mut id) = proxy_queries::hold(tx, asked).await? else {
        return Ok(());
    };
    let Some(guardian) = accounts::owner_of(tx, &grant.identifier).await? else {
        return Ok(());
    };
    if queries::case(tx, id).await?.is_some() {
        id = tx.id(); // he said no before, and is asked again
    }
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
    let doer = Doer::Person(person);
    let relation = match propose::put(tx, organization, (id, proposal), &doer).await? {
        Ok(relation) => relation,
        Err(refusal) => {
            // Whatever is wrong with the other person stays unsaid.
            tracing::info!(?refusal, "a proxy was not proposed");
            return Ok(());
        }
    };
    let counter = Counter::asked(grant.identifier.as_str());
    if throttle::reserve(tx, &counter).await?.is_ok() {
        notices.asked(tx, (&relation, &doer)).await?;
    }
    Ok(())
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
    notices: &Notices,
    person: AccountId,
    id: GuardianshipId,
) -> Result<bool, StoreError> {
    let asked = proxy_queries::withdraw_own(tx, id, person).await?;
    let mut is_ended = asked.is_some();
    let owner = match asked.and_then(|asked| Identifier::parse(&asked)) {
        Some(identifier) => accounts::owner_of(tx, &identifier).await?,
        None => None,
    };
    for relation in queries::of_dependent(tx, person).await? {
        // Whoever said no and was asked again has a relation with an id of its own.
        let is_his = relation.status == Status::Pending && Some(relation.guardian) == owner;
        let is_proxy = relation.basis == Basis::PatientConsent;
        if is_proxy && (relation.id == id || is_his) {
            let (why, doer) = (EndedReason::Revoked, Doer::Person(person));
            is_ended |= finish(tx, notices, &relation, why, &doer, None).await?;
        }
    }
    Ok(is_ended)
}
