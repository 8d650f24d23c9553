//! An identifier that somebody wants for an account that is there: his own new one, or the
//! first one of a dependent who grew up. He shows that it is his by a link or a code.
//!
//! Whether somebody owns it already is told to nobody but its owner (N-01).
use super::{
    Identifier, IdentifierKind, Passwords, credential_queries, new_identifier_queries, queries,
    recover,
    sign_up::{self, recipient},
    throttle::{self, Counter, Wait},
};
use crate::{
    id::{AccountId, NewIdentifierId},
    mail::{Letter, Mailer},
    secret::{Fingerprint, Secret},
    store::{StoreError, Tx},
};

/// What is wanted.
pub struct NewIdentifier {
    /// For which account.
    pub account: AccountId,
    /// Which identifier.
    pub identifier: Identifier,
    /// The PHC string of the password that is chosen with it.
    pub password: Option<String>,
    /// The browser it begins in.
    pub browser: Fingerprint,
}

/// How somebody shows that the identifier is his.
pub enum Proof {
    /// By the link: its token.
    Link(Secret),
    /// By the code, typed where it began.
    Code(NewIdentifierId, Secret),
}

/// Somebody showed that the identifier is his, and nobody owns it.
pub struct Verified {
    /// For which account.
    pub account: AccountId,
    /// Which identifier.
    pub identifier: Identifier,
    /// The PHC string of the password that was chosen with it.
    pub password: Option<String>,
    /// The browser it began in.
    pub browser: Fingerprint,
}

/// Sends link and code. `Err`: too many letters; the caller commits in any case.
///
/// # Errors
/// The database is away.
pub async fn begin(
    tx: &mut Tx,
    (passwords, mailer): (&Passwords, &Mailer),
    new: NewIdentifier,
    link: &str,
) -> Result<Result<NewIdentifierId, Wait>, StoreError> {
    let counter = Counter::letters(new.identifier.as_str());
    if let Err(wait) = throttle::reserve(tx, &counter).await? {
        return Ok(Err(wait));
    }
    let id: NewIdentifierId = tx.id();
    let (mut token, code) = (tx.secret("tni_"), sign_up::code(tx));
    let mut code_hash = passwords.code_hash(&id.to_string(), &code);
    let letter = match queries::owner_of(tx, &new.identifier).await? {
        None => Letter::NewIdentifier {
            link: format!("{link}{}", token.expose()),
            code: code.expose().to_owned(),
        },
        Some(_) => {
            (token, code_hash) = (tx.secret(""), tx.secret("").fingerprint()); // nothing fits
            Letter::IdentifierInUse
        }
    };
    let credential = recover::credential(credential_queries::password_of(tx, new.account).await?);
    let hashes = (&token.fingerprint(), &code_hash, &credential);
    new_identifier_queries::insert(tx, id, &new, hashes).await?;
    mailer
        .post(tx, &recipient(&new.identifier), &letter)
        .await?;
    Ok(Ok(id))
}

/// Whose it becomes. `None` when the proof is wrong, used, too old or another account's, when
/// the password changed since, or somebody else verified the identifier first. The caller
/// commits in any case, so that a wrong guess stays counted.
///
/// # Errors
/// The database is away.
pub async fn verify(
    tx: &mut Tx,
    passwords: &Passwords,
    account: Option<AccountId>,
    proof: Proof,
) -> Result<Option<Verified>, StoreError> {
    let found = match proof {
        Proof::Link(token) => {
            new_identifier_queries::use_link(tx, &token.fingerprint(), account).await?
        }
        Proof::Code(id, code) => {
            let hash = passwords.code_hash(&id.to_string(), &code);
            new_identifier_queries::use_code(tx, id, (&hash, account)).await?
        }
    };
    let Some(row) = found else {
        return Ok(None);
    };
    let identifier = match row.kind.as_str() {
        "email" => Identifier::email(&row.value_norm),
        _ => Identifier::phone(&row.value_norm),
    };
    let identifier = identifier.ok_or(StoreError::Corrupt {
        what: "new_identifiers.value_norm",
        value: row.kind,
    })?;
    let present = recover::credential(credential_queries::password_of(tx, row.account_id).await?);
    let is_active = queries::account(tx, row.account_id)
        .await?
        .is_some_and(|account| account.is_active());
    let is_free = queries::owner_of(tx, &identifier).await?.is_none();
    if !is_active || !is_free || present.as_str() != row.credential {
        return Ok(None);
    }
    Ok(Some(Verified {
        account: row.account_id,
        identifier,
        password: row.password,
        browser: Fingerprint::parse(&row.browser).unwrap_or_else(|| Fingerprint::of("")),
    }))
}

/// The verified identifier takes the place of the account's oldest of its kind, or is its
/// first of it. Every dependent whose letters went to the old one follows, since he refers to
/// the row (I-02). Links for new passwords are void, and every address that the account had
/// gets a notice. `false` when somebody else was quicker.
///
/// # Errors
/// The database is away.
pub async fn replace(
    tx: &mut Tx,
    mailer: &Mailer,
    verified: &Verified,
) -> Result<bool, StoreError> {
    let account = verified.account;
    let before = queries::contacts(tx, account).await?;
    let kind = verified.identifier.kind();
    let is_done = match before.iter().find(|contact| contact.kind == kind) {
        // Whoever wants it at the same moment waits for the claim, and loses (I-05).
        Some(old) => {
            queries::put_identifier(tx, account, &verified.identifier).await?
                && new_identifier_queries::replace(tx, old.id, &verified.identifier).await?
        }
        None => queries::put_identifier(tx, account, &verified.identifier).await?,
    };
    if !is_done {
        return Ok(false);
    }
    super::recover_queries::void(tx, account).await?;
    throttle::forgive(tx, &Counter::letters(verified.identifier.as_str())).await?;
    let name = queries::account(tx, account)
        .await?
        .map(|account| account.display_name)
        .unwrap_or_default();
    let letter = Letter::IdentifierChanged {
        name,
        is_email: kind == IdentifierKind::Email,
    };
    for contact in before {
        mailer.post(tx, &contact.recipient(), &letter).await?;
    }
    Ok(true)
}

/// Nothing that was begun for the account can be finished.
///
/// # Errors
/// The database is away.
pub async fn void(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    new_identifier_queries::void(tx, account).await
}

/// Forgets what is over.
///
/// # Errors
/// The database is away.
pub async fn sweep(tx: &mut Tx) -> Result<u64, StoreError> {
    new_identifier_queries::sweep(tx).await
}
