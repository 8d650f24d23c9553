//! Where a person is signed in, and how he ends what he sees there.
use super::{session, session_queries};
use crate::{
    clock::Timestamp,
    id::{AccountId, SessionId},
    store::{StoreError, Tx},
};

/// A browser in which somebody is signed in.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OpenSession {
    /// `sid`.
    pub id: SessionId,
    /// The client's address when the session began; signing in again does not change it.
    pub address: Option<String>,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
}

/// The sessions of `account` that have not ended, the last used first.
///
/// # Errors
/// The database is away.
pub async fn open_sessions(
    tx: &mut Tx,
    account: AccountId,
) -> Result<Vec<OpenSession>, StoreError> {
    session_queries::open(tx, account).await
}

/// Ends the session that `id` names, if it is one of `account`; `false` when it is not,
/// whatever else it may be.
///
/// # Errors
/// The database is away.
pub async fn end_own(tx: &mut Tx, account: AccountId, id: &str) -> Result<bool, StoreError> {
    let own = open_sessions(tx, account).await?;
    match own.iter().find(|open| open.id.to_string() == id) {
        Some(open) => session::end(tx, open.id).await,
        None => Ok(false),
    }
}

/// Ends every session of `account` but `kept`, each with its own event.
///
/// # Errors
/// The database is away.
pub async fn end_others(
    tx: &mut Tx,
    account: AccountId,
    kept: SessionId,
) -> Result<(), StoreError> {
    for open in open_sessions(tx, account).await? {
        if open.id != kept {
            session::end(tx, open.id).await?;
        }
    }
    Ok(())
}
