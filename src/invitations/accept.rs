//! Using the link: with an account that exists, or by making one.
use std::sync::Arc;

use super::{Invitation, Kind, hcp, hcp_queries, queries};
use crate::{
    accounts::{
        self, Acr, Amr, Authentication, Identifier, NewAccount, Passwords, Standing, Status,
        sign_in::{SignInRefusal, SignedIn},
    },
    audit::{self, Action, Event},
    config_users,
    id::AccountId,
    providers,
    secret::Secret,
    store::{Origin, Store, StoreError, Tx},
};

/// An invitation whose link works.
#[derive(Debug, Clone)]
pub struct Open {
    /// What it says.
    pub invitation: Invitation,
    /// Who owns the address: he signs in and joins. `None`: a password makes an account.
    pub owner: Option<AccountId>,
    /// The row, where it is an HCP's.
    hcp: Option<hcp_queries::Row>,
}

/// The invitation behind the link. `None` when it is used, too old or void (N-18).
///
/// # Errors
/// The database is away.
pub async fn open(tx: &mut Tx, token: &Secret) -> Result<Option<Open>, StoreError> {
    let token = token.fingerprint();
    let (invitation, hcp) = match queries::by_token(tx, &token).await? {
        Some(invitation) => (invitation, None),
        None => match hcp_queries::by_token(tx, &token).await? {
            Some(row) => (of_hcp(&row), Some(row)),
            None => return Ok(None),
        },
    };
    let owner = match Identifier::email(&invitation.email) {
        Some(email) => accounts::owner_of(tx, &email).await?,
        None => None,
    };
    Ok(Some(Open {
        invitation,
        owner,
        hcp,
    }))
}

fn of_hcp(row: &hcp_queries::Row) -> Invitation {
    Invitation {
        id: row.id,
        organization: row.organization_id,
        kind: Kind::Hcp,
        account: None,
        email: row.email.clone(),
        name: row.name.clone(),
        expires_at: row.expires_at,
    }
}

/// Why nobody joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcceptRefusal {
    /// The link is used, too old or void.
    Over,
    /// The address belongs to an account, which has to sign in.
    HasAccount,
    /// The account that is signed in does not own the address.
    NotOwner,
    /// Too many passwords are being hashed.
    Busy,
}

/// Somebody joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// Who.
    pub account: AccountId,
    /// As what.
    pub kind: Kind,
}

/// Joins with the account that is signed in, which must own the address.
///
/// # Errors
/// The database is away.
pub async fn join(
    tx: &mut Tx,
    token: &Secret,
    account: AccountId,
) -> Result<Result<Joined, AcceptRefusal>, StoreError> {
    let Some(found) = open(tx, token).await? else {
        return Ok(Err(AcceptRefusal::Over));
    };
    if found.owner != Some(account) {
        return Ok(Err(AcceptRefusal::NotOwner));
    }
    become_part(tx, &found, account).await
}

/// Makes the account with a password, which passed the rules, and joins. The person has
/// proved the address, and so is signed in.
///
/// # Errors
/// The database is away.
pub async fn accept(
    store: &Store,
    passwords: &Passwords,
    origin: &Arc<Origin>,
    (token, password): (&Secret, Secret),
) -> Result<Result<(Joined, SignedIn), AcceptRefusal>, StoreError> {
    let hashed = passwords.hash(password, store.random_source()).await;
    let Ok(phc) = hashed.map_err(|_| SignInRefusal::Busy) else {
        return Ok(Err(AcceptRefusal::Busy));
    };
    let mut tx = store.write_from(origin).await?;
    let Some(found) = open(&mut tx, token).await? else {
        return Ok(Err(AcceptRefusal::Over));
    };
    if found.owner.is_some() {
        return Ok(Err(AcceptRefusal::HasAccount));
    }
    let account = activate(&mut tx, &found.invitation).await?;
    let Some(account) = account else {
        return Ok(Err(AcceptRefusal::HasAccount)); // somebody else verified it just now
    };
    accounts::put_password(&mut tx, account, &phc).await?;
    accounts::note_sign_in(&mut tx, account).await?;
    let joined = match become_part(&mut tx, &found, account).await? {
        Ok(joined) => joined,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let authentication = Authentication {
        auth_time: tx.now(),
        amr: vec![Amr::Pwd],
        acr: Acr::Aal1,
    };
    tx.commit().await?;
    let person = SignedIn {
        account,
        authentication,
    };
    Ok(Ok((joined, person)))
}

/// The account that waited becomes active and gets the address. `None` when the address was
/// taken meanwhile.
async fn activate(tx: &mut Tx, invitation: &Invitation) -> Result<Option<AccountId>, StoreError> {
    let waiting = match invitation.account {
        Some(waiting) => accounts::account(tx, waiting).await?,
        None => None,
    };
    let id = match waiting.filter(|account| account.status == Status::Pending) {
        Some(mut account) => {
            account.status = Status::Active;
            accounts::update_account(tx, &account).await?;
            account.id
        }
        // Its owner gave the address up since: that account is not this person's.
        None => {
            let (given_name, family_name) = accounts::split_name(&invitation.name);
            let new = NewAccount {
                id: None,
                standing: Standing::Primary,
                given_name,
                family_name,
                birth_date: None,
            };
            accounts::insert_account(tx, new).await?
        }
    };
    let email = Identifier::email(&invitation.email).ok_or_else(|| StoreError::Corrupt {
        what: "invitations.email",
        value: invitation.id.to_string(),
    })?;
    let is_first = accounts::put_identifier(tx, id, &email).await?;
    Ok(is_first.then_some(id))
}

/// What waited becomes true, for `account`.
async fn become_part(
    tx: &mut Tx,
    found: &Open,
    account: AccountId,
) -> Result<Result<Joined, AcceptRefusal>, StoreError> {
    let invitation = &found.invitation;
    let (kind, organization) = (invitation.kind, invitation.organization);
    if let Some(row) = &found.hcp {
        let done = hcp::become_hcp(tx, row, account).await?;
        return Ok(done.map(|()| Joined { account, kind }));
    }
    let Some(waiting) = invitation.account else {
        return Ok(Err(AcceptRefusal::Over));
    };
    if !queries::accept(tx, invitation.id, account).await? {
        return Ok(Err(AcceptRefusal::Over));
    }
    let is_done = match kind {
        Kind::ConfigUser => config_users::join(tx, waiting, account, organization).await?,
        Kind::Member | Kind::Hcp => providers::join(tx, waiting, account, organization).await?,
    };
    if !is_done {
        return Ok(Err(AcceptRefusal::Over));
    }
    let event = Event::done(Action::InvitationAccepted)
        .by(account)
        .about(account)
        .within(organization)
        .because(kind.name());
    audit::record(tx, event).await?;
    Ok(Ok(Joined { account, kind }))
}
