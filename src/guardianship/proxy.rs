//! An adult asks another to act for him (DOMAIN.md 4.3), by an identifier.
//!
//! Nothing tells the one who asks whether anybody has the identifier (N-01): what he asked is
//! kept as it was typed, and looks the same while nobody accepts, whether nobody is there,
//! nobody has answered, or somebody said no.
use super::{
    AccessLevel, Basis, EndedReason, Notices, ProposeRefusal, Relationship, Status, finish,
    propose, propose::Proposal, proxy_queries, proxy_queries::Asked, queries, retire,
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
    /// Its id; also that of the first relation that comes of it.
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
    // Also where nobody is asked, so that it is not to be seen from it (N-01).
    retire::of_dependent(tx, organization, person).await?;
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
    identifier: &Identifier,
) -> Result<(), StoreError> {
    let asked = (person, organization.id, identifier.as_str());
    let Some(asked) = proxy_queries::hold(tx, asked).await? else {
        return Ok(());
    };
    let owner = accounts::owner_of(tx, identifier).await?;
    if is_asked(tx, &asked, owner, person).await? {
        return Ok(());
    }
    let Some(guardian) = owner else {
        return Ok(());
    };
    let id = match asked.relation {
        None => asked.request.id,
        Some(_) => tx.id(), // somebody is asked anew
    };
    let proposal = Proposal {
        guardian,
        dependent: person,
        relationship: Relationship::Other,
        basis: Basis::PatientConsent,
        access_level: asked.request.access_level,
        scope_ceiling: None,
        ends_at: Some(asked.request.ends_at),
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
    proxy_queries::lead_to(tx, asked.request.id, relation.id).await?;
    let counter = Counter::asked(&guardian.to_string());
    if throttle::reserve(tx, &counter).await?.is_ok() {
        notices.asked(tx, (&relation, &doer)).await?;
    }
    Ok(())
}

/// Whether the owner of the identifier is asked just this already. Whoever else is, or is asked
/// something else, is not to answer any more.
async fn is_asked(
    tx: &mut Tx,
    asked: &Asked,
    owner: Option<AccountId>,
    person: AccountId,
) -> Result<bool, StoreError> {
    let Some(id) = asked.relation else {
        return Ok(false);
    };
    let case = queries::case(tx, id).await?;
    let is_same = case.is_some_and(|case| {
        let relation = case.relation;
        Some(relation.guardian) == owner
            && relation.status == Status::Pending
            && relation.access_level == asked.request.access_level
            && relation.ends_at == Some(asked.request.ends_at)
    });
    if !is_same {
        let why = EndedReason::Superseded;
        if let Some(guardian) = proxy_queries::end_unanswered(tx, Some(id), why, person).await? {
            let event = taken_back(asked.request.organization, person)
                .under(Some(id))
                .on(guardian)
                .because(why.name());
            audit::record(tx, event).await?;
        }
    }
    Ok(is_same)
}

fn taken_back(organization: OrganizationId, person: AccountId) -> Event {
    Event::done(Action::ProxyRequestEnded)
        .done_by(&Doer::Person(person))
        .about(person)
        .within(organization)
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
    let came = asked.and_then(|(_, relation)| relation);
    let why = EndedReason::Revoked;
    let guardian = proxy_queries::end_unanswered(tx, came, why, person).await?;
    let mut is_ended = false;
    // Read behind that, it shows what somebody accepted just now.
    for relation in queries::of_dependent(tx, person).await? {
        let is_meant = relation.id == id || Some(relation.id) == came;
        let is_accepted = relation.status != Status::Pending;
        if is_meant && is_accepted && relation.basis == Basis::PatientConsent {
            let doer = Doer::Person(person);
            is_ended |= finish(tx, notices, &relation, why, &doer, None).await?;
        }
    }
    let Some((organization, _)) = asked.filter(|_| !is_ended) else {
        return Ok(is_ended);
    };
    let mut event = taken_back(organization, person);
    if let Some(guardian) = guardian {
        event = event.under(came).on(guardian);
    }
    audit::record(tx, event).await?;
    Ok(true)
}
