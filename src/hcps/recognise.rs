//! A token of an HCP comes back: is it live, and whose is it?
use super::{Hcp, issue_token::PREFIX, token_queries};
use crate::{
    clock::Timestamp,
    id::{HcpTokenId, OrganizationId},
    secret::Secret,
    store::{StoreError, Tx},
};

/// Seconds between two notes of a use.
const NOTED_EVERY: i64 = 60;

/// A token that is true now, and its HCP.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LiveToken {
    /// The HCP: active, in a directory that is in use.
    #[sqlx(flatten)]
    pub hcp: Hcp,
    /// The tenant.
    pub organization_id: OrganizationId,
    /// The token's id.
    pub token_id: HcpTokenId,
    /// When the token was made.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    pub(super) last_used_at: Option<Timestamp>,
}

/// Whether `text` is a token of an HCP by its form.
pub fn is_token(text: &Secret) -> bool {
    text.is_checked(PREFIX)
}

/// The live token behind `secret`, with its HCP. `None` when there is none, it expired, its
/// HCP is disabled or gone, or the directory is archived.
///
/// # Errors
/// The database is away.
pub async fn recognise(tx: &mut Tx, secret: &Secret) -> Result<Option<LiveToken>, StoreError> {
    match is_token(secret) {
        true => token_queries::live(tx, &secret.fingerprint()).await,
        false => Ok(None),
    }
}

/// The live token of that id, with its HCP; `None` as for [`recognise`].
///
/// # Errors
/// The database is away.
pub async fn live_token(tx: &mut Tx, id: HcpTokenId) -> Result<Option<LiveToken>, StoreError> {
    token_queries::live_by_id(tx, id).await
}

impl LiveToken {
    /// Whether it is time to write down that the token is in use.
    pub fn is_note_due(&self, now: Timestamp) -> bool {
        let is_old = |at: Timestamp| at <= now.plus_seconds(-NOTED_EVERY);
        self.last_used_at.is_none_or(is_old)
    }
}

/// Notes that the token was used, and with it its HCP. It touches no topic: nobody decides
/// by it.
///
/// # Errors
/// The database is away.
pub async fn note_use(tx: &mut Tx, live: &LiveToken) -> Result<(), StoreError> {
    let before = tx.now().plus_seconds(-NOTED_EVERY);
    token_queries::note_use(tx, live.token_id, before).await?;
    token_queries::note_access(tx, live.hcp.id, before).await
}
