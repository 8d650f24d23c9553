//! The table `pending_sign_ups`.
use super::sign_up::{GUESSES, LASTS, Registration};
use crate::{
    id::{OrganizationId, SignUpId},
    secret::Fingerprint,
    store::{StoreError, Tx},
};

/// A registration that was verified just now.
#[derive(sqlx::FromRow)]
pub(super) struct Verified {
    pub(super) organization_id: OrganizationId,
    pub(super) kind: String,
    pub(super) value_norm: String,
    pub(super) given_name: String,
    pub(super) family_name: String,
    pub(super) password: String,
    pub(super) browser: String,
}

pub(super) async fn insert(
    tx: &mut Tx,
    id: SignUpId,
    new: &Registration,
    (password, token, code): (&str, &Fingerprint, &Fingerprint),
) -> Result<(), StoreError> {
    let now = tx.now();
    tx.query(
        "INSERT INTO pending_sign_ups (id, organization_id, kind, value_norm, given_name,
           family_name, password, browser, token_hash, code_hash, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(id)
    .bind(new.organization)
    .bind(new.identifier.kind().as_str())
    .bind(new.identifier.as_str())
    .bind(new.given_name.as_str())
    .bind(new.family_name.as_str())
    .bind(password)
    .bind(new.browser.as_str())
    .bind(token.as_str())
    .bind(code.as_str())
    .bind(now)
    .bind(now.plus_seconds(LASTS))
    .run()
    .await
    .map(drop)
}

/// Uses the link once.
pub(super) async fn use_link(
    tx: &mut Tx,
    token: &Fingerprint,
) -> Result<Option<Verified>, StoreError> {
    let now = tx.now();
    tx.query(
        "UPDATE pending_sign_ups SET used_at = $2
         WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2
         RETURNING organization_id, kind, value_norm, given_name, family_name, password, browser",
    )
    .bind(token.as_str())
    .bind(now)
    .optional()
    .await
}

/// Uses the code once; a wrong one is counted, and after some of them no code fits.
pub(super) async fn use_code(
    tx: &mut Tx,
    id: SignUpId,
    code: &Fingerprint,
) -> Result<Option<Verified>, StoreError> {
    let now = tx.now();
    let verified = tx
        .query(
            "UPDATE pending_sign_ups SET used_at = $3
             WHERE id = $1 AND code_hash = $2 AND used_at IS NULL AND expires_at > $3
               AND failures < $4
             RETURNING organization_id, kind, value_norm, given_name, family_name, password, browser",
        )
        .bind(id)
        .bind(code.as_str())
        .bind(now)
        .bind(GUESSES)
        .optional()
        .await?;
    if verified.is_none() {
        tx.query("UPDATE pending_sign_ups SET failures = failures + 1 WHERE id = $1")
            .bind(id)
            .run()
            .await?;
    }
    Ok(verified)
}

pub(super) async fn sweep(tx: &mut Tx) -> Result<u64, StoreError> {
    let now = tx.now();
    tx.query("DELETE FROM pending_sign_ups WHERE expires_at <= $1 OR used_at IS NOT NULL")
        .bind(now)
        .run()
        .await
}
