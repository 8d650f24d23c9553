//! What was granted to whom: the grant, the code it is born with, and its refresh family.
//!
//! Owns `grants` and `revoked_tokens`. It sits below the people, so that whoever ends
//! a relation, a membership, an account or a client ends its grants in the same
//! transaction.
//!
//! One row holds a whole grant. Its life is a line of conditional updates, each of
//! which only one caller can win:
//!
//! ```text
//! issue ──► code ──redeem──► live ──rotate──► live … ──► expired
//!            │                 │
//!            └─ replay ────────┴─ reuse, sign-out, withdrawal ──► revoked
//! ```
//! A refresh token names its grant and its place in the family, and proves both by an
//! HMAC under the server's key and the row's salt ([`FamilyKey`]). So nothing is stored
//! per token, the successor of a token is always the same, and an old token is told
//! from an invented one.
mod authentication;
mod capacity;
mod code;
mod family;
mod queries;
mod revoke_queries;

use crate::{
    access::ScopeSet,
    clock::Timestamp,
    id::{AccountId, GrantId, GuardianshipId, OrganizationId, SessionId},
    store::{StoreError, Tx},
};

pub use authentication::{Acr, Amr, Authentication};
pub use capacity::Capacity;
pub use code::{Binding, NewGrant, Redeemed, Redemption, issue, redeem};
pub use family::{FamilyKey, IsCurrent, RefreshToken, Rotation, recognise, rotate};

/// What one person permitted one client, in one capacity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Its id; access tokens carry it in `jti`.
    pub id: GrantId,
    /// In which capacity the person acts.
    pub capacity: Capacity,
    /// To which client.
    pub client_id: String,
    /// The browser session it came from: `sid`.
    pub session: Option<SessionId>,
    /// The scopes, before anything that was lost since.
    pub scope: ScopeSet,
    /// For which resource (T-06).
    pub audience: String,
    /// Whether the authorization request named the resource.
    pub audience_is_bound: bool,
    /// The `claims` parameter as JSON, if the request had one.
    pub claims: Option<String>,
    /// The request's `nonce`.
    pub nonce: Option<String>,
    /// How the person proved who he is.
    pub authentication: Authentication,
    /// The names of the roles that the person had then: those given since do not count
    /// (T-02). `None` for consumers.
    pub roles: Option<Vec<String>>,
    /// When it was granted.
    pub created_at: Timestamp,
    /// When its refresh family ends for good.
    pub expires_at: Timestamp,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
}

impl Grant {
    /// Whether it can still be used.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

/// Why a grant ends. The name is stored and audited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Its code came twice.
    CodeReplayed,
    /// A spent refresh token came again.
    RefreshReuse,
    /// The client or the person revoked it.
    Revoked,
    /// The person signed out.
    SignedOut,
    /// The relation, role or account behind it ended.
    RelationEnded,
    /// The client was disabled or removed.
    ClientEnded,
    /// A backup was put back.
    Restored,
}

impl Ending {
    const fn name(self) -> &'static str {
        match self {
            Self::CodeReplayed => "code_replayed",
            Self::RefreshReuse => "refresh_reuse",
            Self::Revoked => "revoked",
            Self::SignedOut => "signed_out",
            Self::RelationEnded => "relation_ended",
            Self::ClientEnded => "client_ended",
            Self::Restored => "restored",
        }
    }
}

/// The grant. `None` when there is none, or its code was never redeemed.
///
/// # Errors
/// The database is away.
pub async fn find(tx: &mut Tx, id: GrantId) -> Result<Option<Grant>, StoreError> {
    queries::find(tx, id).await
}

/// Ends a grant. `false` when it had ended before.
///
/// # Errors
/// The database is away.
pub async fn revoke(tx: &mut Tx, id: GrantId, why: Ending) -> Result<bool, StoreError> {
    revoke_queries::revoke(tx, id, why.name()).await
}

/// Which grants end together.
#[derive(Debug, Clone)]
pub enum Group {
    /// All in which this person is subject or actor.
    Person(AccountId),
    /// All in which this person acts for himself.
    Own(AccountId),
    /// All in which this person is subject or actor within one organization.
    PersonWithin(AccountId, OrganizationId),
    /// All in this very capacity.
    In(Capacity),
    /// All under this guardianship.
    Guardianship(GuardianshipId),
    /// All of this client.
    Client(String),
    /// Those that `given_by` allowed the client for the subject.
    Allowed {
        /// Whose data.
        subject: AccountId,
        /// To which client.
        client_id: String,
        /// The subject, or who acts for him.
        given_by: AccountId,
    },
    /// All of this person through this client.
    PersonThrough(AccountId, String),
    /// Those of this browser session that may not outlive it (`online_access`).
    Session(SessionId),
    /// Every one.
    All,
}

/// Ends every grant of the group. Gives how many.
///
/// # Errors
/// The database is away.
pub async fn revoke_all(tx: &mut Tx, group: &Group, why: Ending) -> Result<u64, StoreError> {
    revoke_queries::revoke_all(tx, group, why.name()).await
}

/// Ends one access token before its time. It is forgotten once it would have expired.
///
/// # Errors
/// The database is away.
pub async fn revoke_token(tx: &mut Tx, jti: &str, expires_at: Timestamp) -> Result<(), StoreError> {
    revoke_queries::revoke_token(tx, jti, expires_at).await
}

/// Whether this one access token was ended before its time.
///
/// # Errors
/// The database is away.
pub async fn is_token_revoked(tx: &mut Tx, jti: &str) -> Result<bool, StoreError> {
    revoke_queries::is_token_revoked(tx, jti).await
}

/// Forgets codes that were never redeemed, and grants and revocations a week after
/// they could matter. Gives how many rows went.
///
/// # Errors
/// The database is away.
pub async fn sweep(tx: &mut Tx) -> Result<u64, StoreError> {
    queries::sweep(tx).await
}
