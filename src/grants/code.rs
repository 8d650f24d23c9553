//! Authorization codes: issued with the grant, redeemed once (SECURITY.md 1.1 to 1.3).
use super::{
    Authentication, Capacity, Ending, FamilyKey, Grant, family::FIRST, queries, revoke_queries,
};
use crate::{
    access::ScopeSet,
    clock::Timestamp,
    id::{GrantId, SessionId},
    secret::Secret,
    store::{StoreError, Tx},
};

/// How long a code lives, in seconds.
const CODE_TTL: i64 = 60;

/// A grant to be made.
#[derive(Debug, Clone)]
pub struct NewGrant {
    /// In which capacity the person acts.
    pub capacity: Capacity,
    /// To which client.
    pub client_id: String,
    /// The browser session.
    pub session: SessionId,
    /// What is granted.
    pub scope: ScopeSet,
    /// For which resource.
    pub audience: String,
    /// Whether the request named the resource.
    pub audience_is_bound: bool,
    /// The `claims` parameter, JSON.
    pub claims: Option<String>,
    /// The request's `nonce`.
    pub nonce: Option<String>,
    /// How the person proved who he is.
    pub authentication: Authentication,
    /// The names of the roles that the person has now; `None` for consumers.
    pub roles: Option<Vec<String>>,
    /// When the refresh family, if any, ends for good.
    pub expires_at: Timestamp,
    /// What the code is bound to.
    pub binding: Binding,
}

/// What a code is bound to, besides its client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Where it was sent.
    pub redirect_uri: String,
    /// Whether the request named that address, so that the redemption must repeat it.
    pub redirect_uri_was_sent: bool,
    /// The PKCE challenge, S256 (RFC 7636).
    pub code_challenge: String,
}

/// Stores a grant and gives the code for it, which lives 60 seconds.
///
/// # Errors
/// The database is away.
pub async fn issue(tx: &mut Tx, new: NewGrant) -> Result<(GrantId, Secret), StoreError> {
    let code = tx.secret("tac_");
    let id = tx.id();
    let code_expires_at = tx.now().plus_seconds(CODE_TTL);
    queries::insert(tx, id, new, &code.fingerprint(), code_expires_at).await?;
    Ok((id, code))
}

/// What came of presenting a code.
#[derive(Debug)]
pub enum Redemption {
    /// It was good, and is spent now.
    Fresh(Box<Redeemed>),
    /// It had been spent before; its grant has ended now.
    Replayed(Box<Grant>),
    /// It was never issued, or is too old.
    Unknown,
}

/// A spent code's grant.
#[derive(Debug)]
pub struct Redeemed {
    /// The grant.
    pub grant: Grant,
    /// What the code was bound to.
    pub binding: Binding,
    pub(super) salt: Option<String>,
}

impl Redeemed {
    /// The first token of the refresh family. `None` when the grant has none.
    pub fn refresh_token(&self, key: &FamilyKey) -> Option<Secret> {
        let salt = self.salt.as_ref()?;
        Some(key.token(self.grant.id, FIRST, salt))
    }
}

/// Spends a code. Whatever is wrong with the rest of the request, it stays spent.
///
/// # Errors
/// The database is away.
pub async fn redeem(tx: &mut Tx, code: &Secret) -> Result<Redemption, StoreError> {
    let hash = code.fingerprint();
    if let Some(fresh) = queries::burn_code(tx, &hash).await? {
        return Ok(Redemption::Fresh(Box::new(fresh)));
    }
    let Some(grant) = queries::find_by_spent_code(tx, &hash).await? else {
        return Ok(Redemption::Unknown);
    };
    revoke_queries::revoke(tx, grant.id, Ending::CodeReplayed.name()).await?;
    Ok(Redemption::Replayed(Box::new(grant)))
}
