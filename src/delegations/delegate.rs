//! A provider lets a machine act for him.
use super::{Delegation, delegable, queries};
use crate::{
    access::ScopeSet,
    audit::{self, Action, Event},
    clock::Timestamp,
    id::{AccountId, ServiceAccountId},
    organizations::Organization,
    providers::{self, Membership},
    service_accounts::{self, Mode},
    store::{StoreError, Tx},
};

/// A delegation to be made.
#[derive(Debug, Clone)]
pub struct NewDelegation {
    /// The machine.
    pub service_account: ServiceAccountId,
    /// For whom it acts.
    pub provider: AccountId,
    /// What it may reach.
    pub scopes: ScopeSet,
    /// From when on; `None`: at once.
    pub starts_at: Option<Timestamp>,
    /// Until when.
    pub ends_at: Timestamp,
}

/// Why nothing was delegated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DelegateRefusal {
    /// The organization has no such service account in use.
    UnknownServiceAccount,
    /// The service account did not register to act for providers.
    NotForProviders,
    /// Nobody of that id is an active member of the organization.
    NotProvider,
    /// None of the scopes can be delegated.
    Scopes,
    /// It would start after its end.
    StartsAt,
    /// It would end in the past, or later than the organization allows.
    EndsAt,
}

/// Makes a delegation. Scopes that cannot be delegated are left out. `by` is the provider
/// himself or somebody who may do it for the organization.
///
/// # Errors
/// The database is away.
pub async fn delegate(
    tx: &mut Tx,
    organization: &Organization,
    new: NewDelegation,
    by: AccountId,
) -> Result<Result<Delegation, DelegateRefusal>, StoreError> {
    let now = tx.now();
    let account = service_accounts::find(tx, new.service_account).await?;
    let own = account.filter(|a| a.is_active && a.organization == Some(organization.id));
    let Some(account) = own else {
        return Ok(Err(DelegateRefusal::UnknownServiceAccount));
    };
    if !account.may(Mode::Provider) {
        return Ok(Err(DelegateRefusal::NotForProviders));
    }
    let membership = providers::membership(tx, new.provider, organization.id).await?;
    if !membership.as_ref().is_some_and(Membership::is_active) {
        return Ok(Err(DelegateRefusal::NotProvider));
    }
    let scopes = delegable(&new.scopes);
    if scopes.is_empty() {
        return Ok(Err(DelegateRefusal::Scopes));
    }
    let latest = now.plus_days(i64::from(organization.settings.delegation_max_days));
    if new.ends_at <= now || new.ends_at > latest {
        return Ok(Err(DelegateRefusal::EndsAt));
    }
    let starts_at = new.starts_at.unwrap_or(now);
    if starts_at >= new.ends_at {
        return Ok(Err(DelegateRefusal::StartsAt));
    }
    let delegation = Delegation {
        id: tx.id(),
        organization: organization.id,
        service_account: account.id,
        provider: new.provider,
        scopes,
        starts_at,
        ends_at: new.ends_at,
        granted_by: by,
        revoked_at: None,
    };
    queries::insert(tx, &delegation).await?;
    record(tx, &delegation, Action::Delegated, by).await?;
    Ok(Ok(delegation))
}

pub(super) async fn record(
    tx: &mut Tx,
    delegation: &Delegation,
    action: Action,
    by: AccountId,
) -> Result<(), StoreError> {
    let event = Event::done(action)
        .by(by)
        .about(delegation.provider)
        .within(delegation.organization)
        .under(Some(delegation.id))
        .on(delegation.service_account);
    audit::record(tx, event).await
}
