//! Tokens by which one acts for another without a page (RFC 8693, DOMAIN.md 10).
//!
//! Nothing is stored for them. The token's id names what the actor proved himself by, its
//! `act` the relation; both are looked up again wherever the token is judged.
use super::{
    AccessClaims, Context, Live, PrincipalType, Told,
    derive::{self, Frame, Person},
    inspect::names_the_same,
};
use crate::{
    access::ScopeSet,
    capacity::{Acting, Role, Standing},
    clients::{Client, Consent},
    grants::{Capacity, Grant},
    id::ServiceAccountId,
    store::StoreError,
};

/// What people allowed the client for the subject of `scope`; all of it where the client
/// is trusted or nobody is asked. `None` when no consent stands.
///
/// # Errors
/// The database is away.
pub async fn consented(
    context: &Context<'_>,
    client: &Client,
    relation: &Acting,
    scope: &ScopeSet,
) -> Result<Option<ScopeSet>, StoreError> {
    let Acting::Guardian(capacity) = relation else {
        return Ok(Some(scope.clone())); // colleagues act by the organization's authority
    };
    if client.registration.trusted {
        return Ok(Some(scope.clone()));
    }
    let consent = Consent {
        subject: capacity.subject(),
        client_id: client.id.clone(),
        given_by: capacity.person(),
        guardianship: capacity.relation(),
    };
    let allowed = context.clients.allowed(context.store, &consent).await?;
    let allowed = allowed.filter(|allowed| !allowed.is_empty());
    Ok(allowed.map(|allowed| scope.narrowed_to(&allowed)))
}

/// The machine that may act for whoever stands so, while he uses the client (10.2).
///
/// # Errors
/// The database is away.
pub async fn may_act(
    context: &Context<'_>,
    client: &Client,
    standing: &Standing,
) -> Result<Option<ServiceAccountId>, StoreError> {
    let is_provider = matches!(standing.role, Role::Provider { .. }) && standing.actor.is_none();
    let Some(machine) = client.registration.may_act_service_account else {
        return Ok(None);
    };
    if !is_provider {
        return Ok(None);
    }
    let (provider, organization) = (standing.subject.id, standing.organization.id);
    let (store, pair) = (context.store, (machine, provider));
    let relation = context
        .standings
        .machine_acting_for(store, pair, organization)
        .await?;
    Ok(match relation {
        Some(relation) => context.acting(&relation).await?.map(|_| machine),
        None => None,
    })
}

/// Judges an exchanged token of a person. It lives while the actor's own grant does, and
/// the relation that it names (I-52), and what the client was allowed for the subject.
pub(super) async fn live(
    context: &Context<'_>,
    said: &AccessClaims,
    frame: &Frame<'_>,
    grant: Grant,
) -> Result<Option<Live>, StoreError> {
    if !grant.is_live(context.store.now()) || grant.client_id != said.client_id {
        return Ok(None);
    }
    let Some(client) = context.clients.find(context.store, &said.client_id).await? else {
        return Ok(None);
    };
    let Some(actor) = context.standing(&grant).await? else {
        return Ok(None);
    };
    let Some(relation) = relation_of(said).filter(|relation| is_his(relation, &actor)) else {
        return Ok(None);
    };
    let found = context.acting(&relation).await?;
    let Some(standing) = found.and_then(|found| found.within(said.roles.as_deref())) else {
        return Ok(None);
    };
    let Some(allowed) = consented(context, &client, &relation, &said.scope).await? else {
        return Ok(None);
    };
    let of = Person {
        standing: &standing,
        client: &client,
        authentication: &grant.authentication,
        scope: &allowed,
        may_act: None,
    };
    let claims = derive::person(&of, frame).filter(|claims| names_the_same(claims, said));
    Ok(claims.map(|claims| Live {
        claims,
        told: Told::default(),
        standing: Some(standing),
        grant: Some(grant),
        until: None,
    }))
}

/// Whether it is the actor himself who acts, where he is.
fn is_his(relation: &Acting, actor: &Standing) -> bool {
    let person = match relation {
        Acting::Guardian(capacity) => capacity.actor(),
        Acting::OnBehalf { owner, .. } => Some(*owner),
        Acting::Delegate { .. } => None,
    };
    actor.actor.is_none()
        && person == Some(actor.subject.id)
        && relation.organization() == actor.organization.id
}

/// The relation that a token with `act` names.
pub(super) fn relation_of(said: &AccessClaims) -> Option<Acting> {
    let act = said.act.as_ref()?;
    let organization = said.organization_id?;
    match act.principal_type {
        PrincipalType::Consumer => Some(Acting::Guardian(Capacity::Guardian {
            guardian: act.sub.parse().ok()?,
            dependent: said.sub.parse().ok()?,
            guardianship: act.relation_id.as_ref()?.parse().ok()?,
            organization,
        })),
        PrincipalType::Provider => Some(Acting::OnBehalf {
            owner: act.sub.parse().ok()?,
            provider: said.sub.parse().ok()?,
            organization,
        }),
        PrincipalType::ServiceAccount => Some(Acting::Delegate {
            delegation: act.relation_id.as_ref()?.parse().ok()?,
            organization,
        }),
        PrincipalType::ConfigUser | PrincipalType::Hcp => None,
    }
}
