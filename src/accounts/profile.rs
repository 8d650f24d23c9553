//! Accounts and consumer profiles as others see them.
use super::{IdentifierKind, profile_queries, queries};
use crate::{
    clock::Timestamp,
    id::{AccountId, IdentifierId, OrganizationId},
    store::{StoreError, Tx},
};

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not yet verified.
    Pending,
    /// In use.
    Active,
    /// Put on hold by staff.
    Suspended,
    /// Ended for good.
    Closed,
}

/// Whether the person stands on his own (I-04: only `Dependent` → `Primary`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Owns an identifier and signs in.
    Primary,
    /// Somebody else acts for him.
    Dependent,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// `sub`.
    pub id: AccountId,
    /// Whether it may be used.
    pub status: Status,
    /// Whether the person stands on his own.
    pub standing: Standing,
    /// Given name; may be empty.
    pub given_name: String,
    /// Family name; may be empty.
    pub family_name: String,
    /// The name to show.
    pub display_name: String,
    /// Day of birth, `None` when it is not known.
    pub birth_date: Option<jiff::civil::Date>,
    /// The guardian's identifier that letters for a dependent go to (I-02).
    pub contact_identifier: Option<IdentifierId>,
    /// When the row was last changed.
    pub updated_at: Timestamp,
    /// From when on a minor counts as grown up, if staff recorded it.
    pub emancipated_at: Option<Timestamp>,
}

impl Account {
    /// Whether the account may be used.
    pub fn is_active(&self) -> bool {
        self.status == Status::Active
    }
}

/// An identifier that somebody owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Its id.
    pub id: IdentifierId,
    /// E-mail address or phone number.
    pub kind: IdentifierKind,
    /// The canonical text.
    pub value: String,
}

/// The one of `kind` that was owned first, as others see it (T-12).
pub fn first_of(owned: &[Contact], kind: IdentifierKind) -> Option<String> {
    let of_kind = owned.iter().find(|contact| contact.kind == kind);
    of_kind.map(|contact| contact.value.clone())
}

/// A person as a consumer of one organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The FHIR Patient's logical id, `None` when there is no patient record.
    pub patient_id: Option<String>,
}

/// The account. `None` when there is none.
///
/// # Errors
/// The database is away.
pub async fn account(tx: &mut Tx, id: AccountId) -> Result<Option<Account>, StoreError> {
    queries::account(tx, id).await
}

/// The identifiers that the account owns, oldest first.
///
/// # Errors
/// The database is away.
pub async fn contacts(tx: &mut Tx, id: AccountId) -> Result<Vec<Contact>, StoreError> {
    queries::contacts(tx, id).await
}

/// The consumer profile. `None` when the person is no consumer there.
///
/// # Errors
/// The database is away.
pub async fn profile(
    tx: &mut Tx,
    account: AccountId,
    organization: OrganizationId,
) -> Result<Option<Profile>, StoreError> {
    profile_queries::profile(tx, account, organization).await
}

/// Stores what may change of an account: names, birth date, status, standing, contact.
///
/// # Errors
/// The database is away.
pub async fn update_account(tx: &mut Tx, account: &Account) -> Result<(), StoreError> {
    queries::update_account(tx, account).await
}

/// A name that was written as one: the first word, and the rest.
pub fn split_name(name: &str) -> (String, String) {
    let name = name.trim();
    let (given, family) = name.split_once(char::is_whitespace).unwrap_or((name, ""));
    (given.to_owned(), family.trim().to_owned())
}
