//! Somebody who grew up takes over his account (DOMAIN.md 4.4).
//!
//! Staff give him a code after he has proved who he is; with it he shows an identifier of his
//! own and chooses a password. Nothing of it goes to an address that he shares, and nobody who
//! was ever his guardian issues it (I-16, N-03).
use std::sync::Arc;

use super::{
    Basis, EndedReason, Notices, finish, handover_queries, majority_at, personal_sign_in, queries,
};
use crate::{
    accounts::{
        self, Account, Identifier, Passwords, Standing,
        new_identifier::{self, NewIdentifier, Proof},
        sign_in::SignedIn,
        throttle::{self, Counter, Wait},
    },
    audit::{self, Action, Doer, Event},
    clients,
    clock::Timestamp,
    grants::{self, Ending, Group},
    id::{AccountId, NewIdentifierId, OrganizationId},
    mail::Mailer,
    organizations::{self, Organization, Settings},
    secret::{Fingerprint, Secret},
    store::{Origin, Store, StoreError, Tx},
};

/// A code to give to the person.
pub struct HandoverCode {
    /// What he types.
    pub code: Secret,
    /// Until when it works.
    pub expires_at: Timestamp,
}

/// Why no code was issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssueRefusal {
    /// The person stands on his own, or has not grown up.
    WrongState,
    /// I-16: whoever is or was his guardian hands nothing over, nor does the person himself.
    OwnRelation,
}

/// When somebody under guardianship grows up, of age or emancipated; `None`: not by what is
/// known, or he stands on his own.
pub fn grows_up_at(account: &Account, settings: &Settings) -> Option<Timestamp> {
    let born = account.birth_date;
    let majority = born.and_then(|born| majority_at(born, settings));
    let ends = [majority, account.emancipated_at].into_iter().flatten();
    ends.min()
        .filter(|_| account.standing == Standing::Dependent)
}

/// Whether the person grew up and has not taken over his account.
pub fn awaits_handover(account: &Account, settings: &Settings, now: Timestamp) -> bool {
    account.is_active() && grows_up_at(account, settings).is_some_and(|at| now >= at)
}

/// Issues a code for the organization's hours; an earlier one works no more, and neither does
/// what was begun with it.
///
/// # Errors
/// The database is away.
pub async fn issue_code(
    tx: &mut Tx,
    passwords: &Passwords,
    organization: &Organization,
    account: &Account,
    by: &Doer,
) -> Result<Result<HandoverCode, IssueRefusal>, StoreError> {
    if let Some(doer) = by.account() {
        let is_own =
            doer == account.id || handover_queries::was_guardian(tx, doer, account.id).await?;
        if is_own {
            return Ok(Err(IssueRefusal::OwnRelation));
        }
    }
    let now = tx.now();
    if !awaits_handover(account, &organization.settings, now) {
        return Ok(Err(IssueRefusal::WrongState));
    }
    new_identifier::void(tx, account.id).await?;
    handover_queries::end_codes(tx, account.id).await?;
    let (code, hash) = fresh(tx, passwords);
    let hours = i64::from(organization.settings.handover_code_hours);
    let expires_at = now.plus_seconds(hours * 3600);
    let of = (account.id, organization.id);
    handover_queries::insert(tx, of, &hash, (by.account(), expires_at)).await?;
    let event = Event::done(Action::HandoverCodeIssued)
        .done_by(by)
        .about(account.id)
        .within(organization.id);
    audit::record(tx, event).await?;
    Ok(Ok(HandoverCode { code, expires_at }))
}

/// What the hash of a code is bound to.
const WHOSE: &str = "hand-over";
/// Letters and digits that nobody mistakes for each other: 5 bits each.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// How many of them: 80 bits.
const LENGTH: usize = 16;

/// Four groups of four, and what is kept of them.
#[expect(clippy::indexing_slicing, reason = "a remainder of their number")]
pub(super) fn fresh(tx: &Tx, passwords: &Passwords) -> (Secret, Fingerprint) {
    let mut bytes = [0; LENGTH];
    tx.random().fill(&mut bytes);
    let mut code = String::with_capacity(LENGTH + 3);
    for (n, byte) in bytes.iter().enumerate() {
        if n > 0 && n % 4 == 0 {
            code.push('-');
        }
        code.push(char::from(ALPHABET[usize::from(byte % 32)]));
    }
    let code = Secret::new(code);
    let hash = passwords.code_hash(WHOSE, &code);
    (code, hash)
}

/// The code as it was issued, however it was typed.
fn plain(typed: &Secret) -> Secret {
    let letters = typed.expose().to_uppercase();
    let letters: Vec<char> = letters
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| match c {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    let groups: Vec<String> = letters
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    Secret::new(groups.join("-"))
}

/// What the person typed.
pub struct Takeover {
    /// The code that staff gave him.
    pub code: Secret,
    /// His own identifier.
    pub identifier: Identifier,
    /// The password, which passed the rules for new ones.
    pub password: Secret,
    /// The browser it begins in.
    pub browser: Fingerprint,
    /// Failures that one client address may have in ten minutes.
    pub address_failures: u32,
}

/// Why nothing began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakeoverRefusal {
    /// The code is wrong, used or too old.
    Code,
    /// Somebody owns the identifier, a guardian or anybody else.
    IdentifierUnavailable,
    /// Too many tries, or letters.
    Wait(Wait),
    /// Too many passwords are being hashed.
    Busy,
}

/// Sends link and code to the identifier, so that the person shows that it is his.
///
/// # Errors
/// The database is away.
pub async fn begin(
    store: &Store,
    (passwords, mailer): (&Passwords, &Mailer),
    origin: &Arc<Origin>,
    typed: Takeover,
    link: &str,
) -> Result<Result<NewIdentifierId, TakeoverRefusal>, StoreError> {
    let mut tx = store.write_from(origin).await?;
    let checked = check(&mut tx, passwords, origin, &typed).await?;
    tx.commit().await?; // a wrong guess stays counted
    let account = match checked {
        Ok(account) => account,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let hashed = passwords.hash(typed.password, store.random_source()).await;
    let Ok(password) = hashed else {
        return Ok(Err(TakeoverRefusal::Busy));
    };
    let new = NewIdentifier {
        account,
        identifier: typed.identifier,
        password: Some(password),
        browser: typed.browser,
    };
    let mut tx = store.write_from(origin).await?;
    let begun = new_identifier::begin(&mut tx, (passwords, mailer), new, link).await?;
    tx.commit().await?;
    Ok(begun.map_err(TakeoverRefusal::Wait))
}

/// Whose account the code opens. Wrong codes, and identifiers that are taken, count against
/// the client's address.
async fn check(
    tx: &mut Tx,
    passwords: &Passwords,
    origin: &Origin,
    typed: &Takeover,
) -> Result<Result<AccountId, TakeoverRefusal>, StoreError> {
    let address = origin.address.map(|address| address.to_string());
    let counter = Counter::address(&address.unwrap_or_default(), typed.address_failures);
    if let Err(wait) = throttle::reserve(tx, &counter).await? {
        return Ok(Err(TakeoverRefusal::Wait(wait)));
    }
    let hash = passwords.code_hash(WHOSE, &plain(&typed.code));
    let account = match handover_queries::account_of(tx, &hash).await? {
        Some(account) => grown(tx, account).await?,
        None => None,
    };
    let Some((account, ..)) = account else {
        let event = Event::refused(Action::HandedOver, "no_match");
        audit::record(tx, event).await?;
        return Ok(Err(TakeoverRefusal::Code));
    };
    if accounts::owner_of(tx, &typed.identifier).await?.is_some() {
        let event = Event::refused(Action::HandedOver, "identifier_unavailable");
        audit::record(tx, event.by(account.id).about(account.id)).await?;
        return Ok(Err(TakeoverRefusal::IdentifierUnavailable));
    }
    throttle::forgive(tx, &counter).await?;
    Ok(Ok(account.id))
}

/// The account, where it is grown up, and why, if it is and has not been taken over.
pub(super) async fn grown(
    tx: &mut Tx,
    id: AccountId,
) -> Result<Option<(Account, OrganizationId, EndedReason)>, StoreError> {
    let Some(account) = accounts::account(tx, id).await? else {
        return Ok(None);
    };
    let now = tx.now();
    for organization in accounts::profiles_of(tx, id).await? {
        let Some(organization) = organizations::get(tx, organization).await? else {
            continue;
        };
        if awaits_handover(&account, &organization.settings, now) {
            let is_emancipated = account.emancipated_at.is_some_and(|at| now >= at);
            let why = match is_emancipated {
                true => EndedReason::Emancipated,
                false => EndedReason::Majority,
            };
            return Ok(Some((account, organization.id, why)));
        }
    }
    Ok(None)
}

/// The person took over his account.
pub struct TakenOver {
    /// Who.
    pub person: SignedIn,
    /// The browser it began in.
    pub browser: Fingerprint,
}

/// Makes the account stand on its own: the identifier and password are its own, every
/// guardian's right that ends with growing up ends, and so does what guardians allowed. `None`
/// when the proof is wrong, used or too old, or somebody else owns the identifier by now. The
/// caller commits in any case.
///
/// # Errors
/// The database is away.
pub async fn take_over(
    tx: &mut Tx,
    (passwords, notices): (&Passwords, &Notices),
    proof: Proof,
) -> Result<Option<TakenOver>, StoreError> {
    let verified = new_identifier::verify(tx, passwords, None, proof).await?;
    let found = match &verified {
        Some(verified) => grown(tx, verified.account).await?,
        None => None,
    };
    let (Some(verified), Some((account, _, why))) = (verified, found) else {
        audit::record(tx, Event::refused(Action::HandedOver, "no_match")).await?;
        return Ok(None);
    };
    let Some(password) = &verified.password else {
        return Ok(None);
    };
    if !accounts::put_identifier(tx, account.id, &verified.identifier).await? {
        return Ok(None);
    }
    let id = account.id;
    promote(tx, notices, account, why).await?;
    accounts::put_password(tx, id, password).await?;
    Ok(Some(TakenOver {
        person: SignedIn::by_password(tx, id),
        browser: verified.browser,
    }))
}

/// The account stands on its own from now on (I-04), and what guardians had of it ends.
pub(super) async fn promote(
    tx: &mut Tx,
    notices: &Notices,
    mut account: Account,
    why: EndedReason,
) -> Result<(), StoreError> {
    let id = account.id;
    account.standing = Standing::Primary;
    account.contact_identifier = None;
    accounts::update_account(tx, &account).await?;
    let doer = Doer::Person(id);
    for relation in queries::of_dependent(tx, id).await? {
        let goes_on = relation.survives_majority || relation.basis == Basis::PatientConsent;
        if goes_on {
            clients::withdraw_under(tx, relation.id).await?;
            let group = Group::Guardianship(relation.id);
            grants::revoke_all(tx, &group, Ending::RelationEnded).await?;
        } else {
            finish(tx, notices, &relation, why, &doer, None).await?;
        }
    }
    handover_queries::end_codes(tx, id).await?;
    // Who signed in before may have been whoever chose the password then (N-03).
    personal_sign_in::end_own(tx, id).await?;
    let event = Event::done(Action::HandedOver)
        .by(id)
        .about(id)
        .because(why.name());
    audit::record(tx, event).await
}

/// Forgets codes that work no more.
///
/// # Errors
/// The database is away.
pub async fn sweep(tx: &mut Tx) -> Result<u64, StoreError> {
    handover_queries::sweep(tx).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        for typed in [
            "0A1B-2C3D-4E5F-6G7H",
            "oa1b2c3d4e5f6g7h",
            " 0A1B 2C3D 4E5F 6G7H ",
            "OAiB-2C3D-4E5F-6G7H",
            "OALB-2C3D-4E5F-6G7H",
        ] {
            let plain = plain(&Secret::new(typed));
            assert_eq!(plain.expose(), "0A1B-2C3D-4E5F-6G7H", "{typed}");
        }
    }
}
