//! Inviting somebody, and sending the link again.
use std::sync::Arc;

use super::{Kind, Offer, queries};
use crate::{
    accounts::{self, Identifier, NewAccount, Standing, Status},
    audit::{self, Action, Doer, Event},
    config_users::{self, ConfigGrant},
    id::{AccountId, OrganizationId},
    mail::{Letter, Mailer, Recipient},
    organizations::Organization,
    providers::{self, Membership},
    store::{StoreError, Tx},
};

/// Somebody to be invited.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    /// Where to.
    pub organization: Arc<Organization>,
    /// As what.
    pub offer: Offer,
    /// Where the link goes.
    pub email: Identifier,
    /// Given and family name, written as one.
    pub name: String,
    /// Who invites.
    pub by: Doer,
}

impl NewInvitation {
    /// The whole name.
    pub(super) fn name(&self) -> String {
        let (given, family) = accounts::split_name(&self.name);
        format!("{given} {family}").trim().to_owned()
    }
}

/// Why nobody is invited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InviteRefusal {
    /// Whoever has that address takes part already, or is invited.
    TakesPart,
}

/// Invites somebody: stores what he would become and sends the link to `place`, behind which
/// the token stands. Gives the account that waits. The caller holds the organization.
///
/// # Errors
/// The database is away.
pub async fn invite(
    tx: &mut Tx,
    mailer: &Mailer,
    new: NewInvitation,
    place: &str,
) -> Result<Result<AccountId, InviteRefusal>, StoreError> {
    let account = account_for(tx, &new).await?;
    if !put(tx, &new, account).await? {
        return Ok(Err(InviteRefusal::TakesPart));
    }
    send(tx, mailer, (&new, account), place).await?;
    let event = Event::done(Action::Invited)
        .done_by(&new.by)
        .about(account)
        .within(new.organization.id)
        .because(new.offer.kind().name());
    audit::record(tx, event).await?;
    Ok(Ok(account))
}

/// The owner of the address, else the account that waited for it before, else a fresh one.
async fn account_for(tx: &mut Tx, new: &NewInvitation) -> Result<AccountId, StoreError> {
    if let Some(owner) = accounts::owner_of(tx, &new.email).await? {
        return Ok(owner);
    }
    let before = queries::invited_before(tx, new.organization.id, new.email.as_str()).await?;
    if let Some(before) = before {
        let account = accounts::account(tx, before).await?;
        if account.is_some_and(|account| account.status == Status::Pending) {
            return Ok(before);
        }
    }
    let (given_name, family_name) = accounts::split_name(&new.name);
    let fresh = NewAccount {
        id: None,
        standing: Standing::Primary,
        given_name,
        family_name,
        birth_date: None,
    };
    let id = accounts::insert_account(tx, fresh).await?;
    if let Some(mut account) = accounts::account(tx, id).await? {
        account.status = Status::Pending;
        accounts::update_account(tx, &account).await?;
    }
    Ok(id)
}

/// Stores what the person would become. `false` when he is that, or waits to be.
async fn put(tx: &mut Tx, new: &NewInvitation, account: AccountId) -> Result<bool, StoreError> {
    let organization = new.organization.id;
    match &new.offer {
        Offer::Member(roles) => {
            let held = providers::membership(tx, account, organization).await?;
            if held.is_some_and(|held| held.status != providers::Status::Ended) {
                return Ok(false);
            }
            let membership = Membership {
                account,
                organization,
                roles: roles.clone(),
                status: providers::Status::Invited,
                hcp_id: None,
                last_reviewed_at: None,
            };
            providers::put(tx, &membership).await?;
        }
        Offer::ConfigUser(role, granted) => {
            let held = config_users::config_grant(tx, account, organization).await?;
            if held.is_some_and(|held| held.status != config_users::Status::Ended) {
                return Ok(false);
            }
            let grant = ConfigGrant {
                account,
                organization,
                role: *role,
                granted: granted.clone(),
                status: config_users::Status::Invited,
            };
            config_users::put(tx, &grant).await?;
        }
    }
    Ok(true)
}

async fn send(
    tx: &mut Tx,
    mailer: &Mailer,
    (new, account): (&NewInvitation, AccountId),
    place: &str,
) -> Result<(), StoreError> {
    let token = tx.secret("tin_");
    let days = i64::from(new.organization.settings.invitation_days);
    let expires_at = tx.now().plus_days(days);
    let whose = (account, new.organization.id, new.offer.kind());
    queries::void(tx, whose).await?;
    queries::insert(tx, (new, account), &token.fingerprint(), expires_at).await?;
    let letter = Letter::Invitation {
        name: new.name(),
        organization: new.organization.name.clone(),
        link: format!("{place}{}", token.expose()),
        days,
    };
    let to = Recipient::Email(new.email.as_str().to_owned());
    mailer.post(tx, &to, &letter).await.map(drop)
}

/// Sends the link again, to the same address; the one before is void. `false` when nobody
/// waits there.
///
/// # Errors
/// The database is away.
pub async fn resend(
    tx: &mut Tx,
    mailer: &Mailer,
    organization: &Arc<Organization>,
    (account, kind, by): (AccountId, Kind, &Doer),
    place: &str,
) -> Result<bool, StoreError> {
    let waiting = queries::waiting(tx, (account, organization.id, kind)).await?;
    let Some(waiting) = waiting else {
        return Ok(false);
    };
    let offer = match kind {
        Kind::Member => {
            let held = providers::membership(tx, account, organization.id).await?;
            held.map(|held| Offer::Member(held.roles))
        }
        Kind::ConfigUser => {
            let held = config_users::config_grant(tx, account, organization.id).await?;
            held.map(|held| Offer::ConfigUser(held.role, held.granted))
        }
        Kind::Hcp => None, // has a link of its own
    };
    let (Some(offer), Some(email)) = (offer, Identifier::email(&waiting.email)) else {
        return Ok(false);
    };
    let again = NewInvitation {
        organization: Arc::clone(organization),
        offer,
        email,
        name: waiting.name,
        by: by.clone(),
    };
    send(tx, mailer, (&again, account), place).await?;
    let event = Event::done(Action::Invited)
        .done_by(by)
        .about(account)
        .within(organization.id)
        .because("resent");
    audit::record(tx, event).await?;
    Ok(true)
}

/// Makes the link of that kind worth nothing. `false` when none waited.
///
/// # Errors
/// The database is away.
pub async fn void(
    tx: &mut Tx,
    account: AccountId,
    organization: OrganizationId,
    kind: Kind,
) -> Result<bool, StoreError> {
    queries::void(tx, (account, organization, kind)).await
}
