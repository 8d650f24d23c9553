//! Tokens by which one acts for another without a page (RFC 8693, DOMAIN.md 10).
//!
//! Nothing is stored for them. The token's id names what the actor proved himself by, its
//! `act` the relation; both are looked up again wherever the token is judged.
use std::sync::Arc;

use super::{AccessClaims, Context, PrincipalType};
use crate::{
    access::ScopeSet,
    capacity::Standing,
    clients::{self, Client, Consent},
    grants::Capacity,
    store::StoreError,
};

/// What people allowed the client for the subject of `scope`; all of it where the client
/// is trusted. `None` when no consent stands.
///
/// # Errors
/// The database is away.
pub async fn consented(
    context: &Context<'_>,
    client: &Client,
    capacity: &Capacity,
    scope: &ScopeSet,
) -> Result<Option<ScopeSet>, StoreError> {
    if client.registration.trusted {
        return Ok(Some(scope.clone()));
    }
    let consent = Consent {
        subject: capacity.subject(),
        client_id: client.id.clone(),
        given_by: capacity.person(),
        guardianship: capacity.relation(),
    };
    let mut tx = context.store.read().await?;
    let allowed = clients::allowed(&mut tx, &consent).await?;
    Ok((!allowed.is_empty()).then(|| scope.narrowed_to(&allowed)))
}

/// The standing that an exchanged token says `actor` acts in, if it holds now.
pub(super) async fn standing_of(
    context: &Context<'_>,
    said: &AccessClaims,
    actor: &Standing,
) -> Result<Option<Arc<Standing>>, StoreError> {
    let Some(capacity) = capacity_of(said) else {
        return Ok(None);
    };
    let is_his = capacity.actor() == Some(actor.capacity.subject())
        && actor.actor.is_none()
        && capacity.organization() == actor.organization.id;
    match is_his {
        true => context.standing(&capacity).await,
        false => Ok(None),
    }
}

/// The capacity that a token with `act` names.
fn capacity_of(said: &AccessClaims) -> Option<Capacity> {
    let act = said.act.as_ref()?;
    match act.principal_type {
        PrincipalType::Consumer => Some(Capacity::Guardian {
            guardian: act.sub.parse().ok()?,
            dependent: said.sub.parse().ok()?,
            guardianship: act.relation_id.as_ref()?.parse().ok()?,
            organization: said.organization_id?,
        }),
        _ => None,
    }
}
