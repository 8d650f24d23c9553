//! Signing up with an e-mail address or phone number (DOMAIN.md 4.1).
//!
//! A registration waits in a table of its own and reserves nothing: the first to verify
//! wins (I-06). Whether somebody owns the identifier already is told to nobody but its
//! owner, by a letter of another kind; work, rows and answer are the same (N-01).
use std::sync::Arc;

use super::{
    Identifier, IdentifierKind, NewAccount, Passwords, Standing, credential_queries, put_profile,
    queries,
    sign_in::{SignInRefusal, SignedIn},
    sign_up_queries,
    throttle::{self, Counter},
};
use crate::{
    audit::{self, Action, Event},
    id::{OrganizationId, SignUpId},
    mail::{Letter, Mailer, Recipient},
    secret::{Fingerprint, Secret},
    store::{Origin, Store, StoreError, Tx},
};

/// Seconds for which link and code work.
pub const LASTS: i64 = 15 * 60;
/// Wrong codes after which a registration is worth nothing.
pub(super) const GUESSES: i64 = 5;

/// Somebody who wants an account.
pub struct Registration {
    /// Where.
    pub organization: OrganizationId,
    /// The organization's name, for the letter.
    pub organization_name: String,
    /// The identifier to sign in with.
    pub identifier: Identifier,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// The password, which passed the rules for new ones.
    pub password: Secret,
    /// The browser it begins in.
    pub browser: Fingerprint,
}

/// Where the letters lead.
#[derive(Debug, Clone)]
pub struct Places {
    /// To confirm: the token is put behind it.
    pub verify: String,
    /// To sign in.
    pub sign_in: String,
    /// To get a new password.
    pub forgot: String,
}

/// Begins a registration and sends the letter.
///
/// # Errors
/// The database is away.
pub async fn begin(
    store: &Store,
    (passwords, mailer): (&Passwords, &Mailer),
    origin: &Arc<Origin>,
    new: Registration,
    places: &Places,
) -> Result<Result<SignUpId, SignInRefusal>, StoreError> {
    let mut tx = store.write_from(origin).await?;
    let counter = Counter::letters(new.identifier.as_str());
    let counted = throttle::reserve(&mut tx, &counter).await?;
    tx.commit().await?;
    if let Err(wait) = counted {
        return Ok(Err(SignInRefusal::Wait(wait)));
    }
    let hashed = passwords
        .hash(new.password.clone(), store.random_source())
        .await;
    let Ok(password) = hashed else {
        return Ok(Err(SignInRefusal::Busy));
    };
    let mut tx = store.write_from(origin).await?;
    let id: SignUpId = tx.id();
    let (token, code) = (tx.secret("tsu_"), code(&tx));
    let is_owned = queries::owner_of(&mut tx, &new.identifier).await?.is_some();
    let (letter, code_hash) = if is_owned {
        let letter = Letter::HasAccount {
            organization: new.organization_name.clone(),
            sign_in: places.sign_in.clone(),
            forgot: places.forgot.clone(),
        };
        (letter, tx.secret("").fingerprint()) // no code fits
    } else {
        let letter = Letter::Verify {
            organization: new.organization_name.clone(),
            link: format!("{}{}", places.verify, token.expose()),
            code: code.expose().to_owned(),
        };
        (letter, passwords.code_hash(&id.to_string(), &code))
    };
    let token = match is_owned {
        true => tx.secret("").fingerprint(),
        false => token.fingerprint(),
    };
    sign_up_queries::insert(&mut tx, id, &new, (&password, &token, &code_hash)).await?;
    mailer
        .post(&mut tx, &recipient(&new.identifier), &letter)
        .await?;
    let event = Event::done(Action::SignUpBegun).within(new.organization);
    audit::record(&mut tx, event).await?;
    tx.commit().await?;
    Ok(Ok(id))
}

/// How somebody proves that the identifier is his.
pub enum Proof {
    /// By the link: its token.
    Link(Secret),
    /// By the code, typed on the page of this registration.
    Code(SignUpId, Secret),
}

/// A registration became an account.
#[derive(Debug, Clone)]
pub struct Confirmed {
    /// Who.
    pub person: SignedIn,
    /// The browser it had begun in.
    pub browser: Fingerprint,
}

/// Makes the account. `None` when the proof is wrong, used or too old, or somebody else
/// verified the identifier first.
///
/// # Errors
/// The database is away.
pub async fn confirm(
    store: &Store,
    passwords: &Passwords,
    origin: &Arc<Origin>,
    proof: Proof,
) -> Result<Option<Confirmed>, StoreError> {
    let mut tx = store.write_from(origin).await?;
    let found = match proof {
        Proof::Link(token) => sign_up_queries::use_link(&mut tx, &token.fingerprint()).await?,
        Proof::Code(id, code) => {
            let hash = passwords.code_hash(&id.to_string(), &code);
            sign_up_queries::use_code(&mut tx, id, &hash).await?
        }
    };
    let Some(pending) = found else {
        let event = Event::refused(Action::SignedUp, "no_match");
        audit::record(&mut tx, event).await?;
        tx.commit().await?; // a wrong guess stays counted
        return Ok(None);
    };
    let identifier = match pending.kind.as_str() {
        "email" => Identifier::email(&pending.value_norm),
        _ => Identifier::phone(&pending.value_norm),
    };
    let Some(identifier) = identifier else {
        return Err(StoreError::Corrupt {
            what: "pending_sign_ups.value_norm",
            value: pending.kind,
        });
    };
    if queries::owner_of(&mut tx, &identifier).await?.is_some() {
        tx.commit().await?;
        return Ok(None); // I-06
    }
    let new = NewAccount {
        id: None,
        standing: Standing::Primary,
        given_name: pending.given_name,
        family_name: pending.family_name,
        birth_date: None,
    };
    let account = queries::insert_account(&mut tx, new).await?;
    if !queries::put_identifier(&mut tx, account, &identifier).await? {
        return Ok(None); // two at once: the other was first, and this is undone
    }
    credential_queries::put_password(&mut tx, account, &pending.password).await?;
    put_profile(&mut tx, account, pending.organization_id, None).await?;
    throttle::forgive(&mut tx, &Counter::letters(identifier.as_str())).await?;
    let event = Event::done(Action::SignedUp)
        .by(account)
        .about(account)
        .within(pending.organization_id);
    audit::record(&mut tx, event).await?;
    let person = SignedIn::by_password(&tx, account);
    tx.commit().await?;
    Ok(Some(Confirmed {
        person,
        browser: Fingerprint::parse(&pending.browser).unwrap_or_else(|| Fingerprint::of("")),
    }))
}

/// Where letters for the identifier go.
pub(super) fn recipient(identifier: &Identifier) -> Recipient {
    match identifier.kind() {
        IdentifierKind::Email => Recipient::Email(identifier.as_str().to_owned()),
        IdentifierKind::Phone => Recipient::Phone(identifier.as_str().to_owned()),
    }
}

/// Six digits.
pub(super) fn code(tx: &Tx) -> Secret {
    let mut bytes = [0; 8];
    tx.random().fill(&mut bytes);
    Secret::new(format!("{:06}", u64::from_be_bytes(bytes) % 1_000_000))
}

/// Forgets registrations that are over.
///
/// # Errors
/// The database is away.
pub async fn sweep(tx: &mut Tx) -> Result<u64, StoreError> {
    sign_up_queries::sweep(tx).await
}
