//! The tables `grants` and `revoked_tokens`: the end of what was granted.
use super::{Group, queries};
use crate::{
    clock::Timestamp,
    id::GrantId,
    store::{StoreError, Topic, Tx},
};

pub(super) async fn revoke(
    tx: &mut Tx,
    id: GrantId,
    reason: &'static str,
) -> Result<bool, StoreError> {
    let now = tx.now();
    tx.touch(Topic::Revocations);
    let ended = tx
        .query(
            "UPDATE grants SET revoked_at = $2, revoked_reason = $3
             WHERE id = $1 AND revoked_at IS NULL",
        )
        .bind(id)
        .bind(now)
        .bind(reason)
        .run()
        .await?;
    Ok(ended == 1)
}

pub(super) async fn revoke_all(
    tx: &mut Tx,
    group: &Group,
    reason: &'static str,
) -> Result<u64, StoreError> {
    let now = tx.now();
    tx.touch(Topic::Revocations);
    let query = match group {
        Group::Person(account) => tx
            .query(
                "UPDATE grants SET revoked_at = $1, revoked_reason = $2
                 WHERE revoked_at IS NULL AND (subject = $3 OR actor = $3)",
            )
            .bind(now)
            .bind(reason)
            .bind(*account),
        Group::Own(account) => tx
            .query(
                "UPDATE grants SET revoked_at = $1, revoked_reason = $2
                 WHERE revoked_at IS NULL AND subject = $3 AND actor IS NULL",
            )
            .bind(now)
            .bind(reason)
            .bind(*account),
        Group::PersonWithin(account, organization) => tx
            .query(
                "UPDATE grants SET revoked_at = $1, revoked_reason = $2
                 WHERE revoked_at IS NULL AND (subject = $3 OR actor = $3) AND organization_id = $4",
            )
            .bind(now)
            .bind(reason)
            .bind(*account)
            .bind(*organization),
        Group::In(capacity) => tx
            .query(
                "UPDATE grants SET revoked_at = $1, revoked_reason = $2
                 WHERE revoked_at IS NULL AND subject = $3 AND capacity = $4",
            )
            .bind(now)
            .bind(reason)
            .bind(capacity.subject())
            .bind(queries::capacity_text(capacity)?),
        Group::Guardianship(relation) => tx
            .query(
                "UPDATE grants SET revoked_at = $1, revoked_reason = $2
                 WHERE revoked_at IS NULL AND relation_id = $3",
            )
            .bind(now)
            .bind(reason)
            .bind(*relation),
        Group::Client(client_id) => tx
            .query(
                "UPDATE grants SET revoked_at = $1, revoked_reason = $2
                 WHERE revoked_at IS NULL AND client_id = $3",
            )
            .bind(now)
            .bind(reason)
            .bind(client_id.as_str()),
        Group::Allowed {
            subject,
            client_id,
            given_by,
        } => tx
            .query(
                "UPDATE grants SET revoked_at = $1, revoked_reason = $2
                 WHERE revoked_at IS NULL AND subject = $3 AND client_id = $4
                   AND COALESCE(actor, subject) = $5",
            )
            .bind(now)
            .bind(reason)
            .bind(*subject)
            .bind(client_id.as_str())
            .bind(*given_by),
        Group::PersonThrough(account, client_id) => tx
            .query(
                "UPDATE grants SET revoked_at = $1, revoked_reason = $2
                 WHERE revoked_at IS NULL AND (subject = $3 OR actor = $3) AND client_id = $4",
            )
            .bind(now)
            .bind(reason)
            .bind(*account)
            .bind(client_id.as_str()),
        Group::Session(session) => tx
            .query(
                "UPDATE grants SET revoked_at = $1, revoked_reason = $2
                 WHERE revoked_at IS NULL AND session_id = $3
                   AND ' ' || scope || ' ' NOT LIKE '% offline_access %'",
            )
            .bind(now)
            .bind(reason)
            .bind(*session),
        Group::All => tx
            .query(
                "UPDATE grants SET revoked_at = $1, revoked_reason = $2 WHERE revoked_at IS NULL",
            )
            .bind(now)
            .bind(reason),
    };
    query.run().await
}

pub(super) async fn revoke_token(
    tx: &mut Tx,
    jti: &str,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    tx.touch(Topic::Revocations);
    tx.query("INSERT INTO revoked_tokens (jti, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(jti)
        .bind(expires_at)
        .run()
        .await
        .map(drop)
}

pub(super) async fn is_token_revoked(tx: &mut Tx, jti: &str) -> Result<bool, StoreError> {
    let row: Option<(String,)> = tx
        .query("SELECT jti FROM revoked_tokens WHERE jti = $1")
        .bind(jti)
        .optional()
        .await?;
    Ok(row.is_some())
}
