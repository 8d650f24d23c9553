//! The tables `grants` and `revoked_tokens`.
use super::{
    Acr, Amr, Authentication, Binding, Capacity, Grant, NewGrant, code::Redeemed, family::FIRST,
};
use crate::{
    access::Scope,
    clock::Timestamp,
    id::{GrantId, SessionId},
    secret::Fingerprint,
    store::{StoreError, Tx},
};

/// How long what has ended is kept, in seconds: a week, for reports and replay detection.
const KEPT: i64 = 7 * 24 * 60 * 60;

#[derive(sqlx::FromRow)]
struct Row {
    id: GrantId,
    capacity: String,
    client_id: String,
    session_id: Option<SessionId>,
    scope: String,
    audience: String,
    audience_is_bound: bool,
    claims: Option<String>,
    nonce: Option<String>,
    auth_time: Timestamp,
    amr: String,
    acr: String,
    roles: Option<String>,
    created_at: Timestamp,
    expires_at: Timestamp,
    code_challenge: Option<String>,
    redirect_uri: Option<String>,
    redirect_uri_sent: bool,
    refresh_salt: Option<String>,
    refresh_seq: i64,
    rotated_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

impl Row {
    fn grant(self) -> Result<Grant, StoreError> {
        let corrupt = |what, value| StoreError::Corrupt { what, value };
        Ok(Grant {
            id: self.id,
            capacity: serde_json::from_str(&self.capacity)
                .map_err(|_| corrupt("grants.capacity", self.capacity))?,
            client_id: self.client_id,
            session: self.session_id,
            scope: self
                .scope
                .parse()
                .map_err(|_| corrupt("grants.scope", self.scope))?,
            audience: self.audience,
            audience_is_bound: self.audience_is_bound,
            claims: self.claims,
            nonce: self.nonce,
            authentication: Authentication {
                auth_time: self.auth_time,
                amr: Amr::split(&self.amr),
                acr: Acr::parse(&self.acr).ok_or_else(|| corrupt("grants.acr", self.acr))?,
            },
            roles: self
                .roles
                .map(|roles| {
                    serde_json::from_str(&roles).map_err(|_| corrupt("grants.roles", roles))
                })
                .transpose()?,
            created_at: self.created_at,
            expires_at: self.expires_at,
            revoked_at: self.revoked_at,
        })
    }

    fn family(self) -> Result<Option<Family>, StoreError> {
        let Some(salt) = self.refresh_salt.clone() else {
            return Ok(None);
        };
        let (seq, rotated_at) = (u32::try_from(self.refresh_seq), self.rotated_at);
        Ok(Some(Family {
            grant: self.grant()?,
            seq: seq.unwrap_or(u32::MAX),
            rotated_at,
            salt,
        }))
    }
}

/// A grant with its refresh family.
pub(super) struct Family {
    pub(super) grant: Grant,
    /// The number of the current token.
    pub(super) seq: u32,
    pub(super) rotated_at: Option<Timestamp>,
    pub(super) salt: String,
}

/// The capacity as it is stored: always the same text for the same capacity.
pub(super) fn capacity_text(capacity: &Capacity) -> Result<String, StoreError> {
    serde_json::to_string(capacity).map_err(|_| StoreError::Corrupt {
        what: "grants.capacity",
        value: String::new(),
    })
}

pub(super) async fn insert(
    tx: &mut Tx,
    id: GrantId,
    new: NewGrant,
    code: &Fingerprint,
    code_expires_at: Timestamp,
) -> Result<(), StoreError> {
    let now = tx.now();
    let has_family = [Scope::OfflineAccess, Scope::OnlineAccess]
        .iter()
        .any(|scope| new.scope.contains(scope));
    let salt = has_family.then(|| tx.secret("").fingerprint());
    let capacity = capacity_text(&new.capacity)?;
    let roles = new.roles.as_ref().map(|roles| {
        serde_json::to_string(roles).map_err(|_| StoreError::Corrupt {
            what: "grants.roles",
            value: String::new(),
        })
    });
    tx.query(
        "INSERT INTO grants (id, capacity, subject, actor, relation_id, organization_id, client_id,
           session_id, scope, audience, audience_is_bound, claims, nonce, auth_time, amr, acr,
           created_at, expires_at, code_hash, code_expires_at, code_challenge, redirect_uri,
           redirect_uri_sent, refresh_salt, refresh_seq, roles)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
           $19, $20, $21, $22, $23, $24, $25, $26)",
    )
    .bind(id)
    .bind(capacity)
    .bind(new.capacity.subject())
    .bind(new.capacity.actor())
    .bind(new.capacity.relation())
    .bind(new.capacity.organization())
    .bind(new.client_id)
    .bind(new.session)
    .bind(new.scope.to_string())
    .bind(new.audience)
    .bind(new.audience_is_bound)
    .bind(new.claims)
    .bind(new.nonce)
    .bind(new.authentication.auth_time)
    .bind(Amr::join(&new.authentication.amr))
    .bind(new.authentication.acr.as_str())
    .bind(now)
    .bind(new.expires_at)
    .bind(code.as_str())
    .bind(code_expires_at)
    .bind(new.binding.code_challenge)
    .bind(new.binding.redirect_uri)
    .bind(new.binding.redirect_uri_was_sent)
    .bind(salt)
    .bind(i64::from(FIRST))
    .bind(roles.transpose()?)
    .run()
    .await
    .map(drop)
}

/// Marks the code as spent, if it is good.
pub(super) async fn burn_code(
    tx: &mut Tx,
    code: &Fingerprint,
) -> Result<Option<Redeemed>, StoreError> {
    let now = tx.now();
    let row: Option<Row> = tx
        .query(
            "UPDATE grants SET redeemed_at = $2
             WHERE code_hash = $1 AND redeemed_at IS NULL AND revoked_at IS NULL
               AND code_expires_at > $2
             RETURNING id, capacity, client_id, session_id, scope, audience, audience_is_bound, claims,
               nonce, auth_time, amr, acr, roles, created_at, expires_at, code_challenge, redirect_uri,
               redirect_uri_sent, refresh_salt, refresh_seq, rotated_at, revoked_at",
        )
        .bind(code.as_str())
        .bind(now)
        .optional()
        .await?;
    let Some(row) = row else { return Ok(None) };
    let binding = Binding {
        redirect_uri: row.redirect_uri.clone().unwrap_or_default(),
        redirect_uri_was_sent: row.redirect_uri_sent,
        code_challenge: row.code_challenge.clone().unwrap_or_default(),
    };
    let salt = row.refresh_salt.clone();
    Ok(Some(Redeemed {
        grant: row.grant()?,
        binding,
        salt,
    }))
}

pub(super) async fn find_by_spent_code(
    tx: &mut Tx,
    code: &Fingerprint,
) -> Result<Option<Grant>, StoreError> {
    let row: Option<Row> = tx
        .query(
            "SELECT id, capacity, client_id, session_id, scope, audience, audience_is_bound, claims,
               nonce, auth_time, amr, acr, roles, created_at, expires_at, code_challenge, redirect_uri,
               redirect_uri_sent, refresh_salt, refresh_seq, rotated_at, revoked_at
             FROM grants WHERE code_hash = $1 AND redeemed_at IS NOT NULL",
        )
        .bind(code.as_str())
        .optional()
        .await?;
    row.map(Row::grant).transpose()
}

pub(super) async fn find(tx: &mut Tx, id: GrantId) -> Result<Option<Grant>, StoreError> {
    let row: Option<Row> = tx
        .query(
            "SELECT id, capacity, client_id, session_id, scope, audience, audience_is_bound, claims,
               nonce, auth_time, amr, acr, roles, created_at, expires_at, code_challenge, redirect_uri,
               redirect_uri_sent, refresh_salt, refresh_seq, rotated_at, revoked_at
             FROM grants WHERE id = $1 AND redeemed_at IS NOT NULL",
        )
        .bind(id)
        .optional()
        .await?;
    row.map(Row::grant).transpose()
}

pub(super) async fn family(tx: &mut Tx, id: GrantId) -> Result<Option<Family>, StoreError> {
    let row: Option<Row> = tx
        .query(
            "SELECT id, capacity, client_id, session_id, scope, audience, audience_is_bound, claims,
               nonce, auth_time, amr, acr, roles, created_at, expires_at, code_challenge, redirect_uri,
               redirect_uri_sent, refresh_salt, refresh_seq, rotated_at, revoked_at
             FROM grants WHERE id = $1 AND redeemed_at IS NOT NULL AND refresh_salt IS NOT NULL",
        )
        .bind(id)
        .optional()
        .await?;
    row.map_or(Ok(None), Row::family)
}

/// Moves the family on, if `seq` is its current token and it belongs to the client.
pub(super) async fn rotate(
    tx: &mut Tx,
    id: GrantId,
    client_id: &str,
    seq: u32,
) -> Result<Option<Family>, StoreError> {
    let now = tx.now();
    let row: Option<Row> = tx
        .query(
            "UPDATE grants SET refresh_seq = refresh_seq + 1, rotated_at = $4
             WHERE id = $1 AND client_id = $2 AND refresh_seq = $3 AND refresh_salt IS NOT NULL
               AND redeemed_at IS NOT NULL AND revoked_at IS NULL AND expires_at > $4
             RETURNING id, capacity, client_id, session_id, scope, audience, audience_is_bound, claims,
               nonce, auth_time, amr, acr, roles, created_at, expires_at, code_challenge, redirect_uri,
               redirect_uri_sent, refresh_salt, refresh_seq, rotated_at, revoked_at",
        )
        .bind(id)
        .bind(client_id)
        .bind(i64::from(seq))
        .bind(now)
        .optional()
        .await?;
    row.map_or(Ok(None), Row::family)
}

pub(super) async fn sweep(tx: &mut Tx) -> Result<u64, StoreError> {
    let now = tx.now();
    let long_ago = now.plus_seconds(-KEPT);
    let never_redeemed = tx
        .query("DELETE FROM grants WHERE redeemed_at IS NULL AND code_expires_at < $1")
        .bind(now.plus_seconds(-600))
        .run()
        .await?;
    let ended = tx
        .query("DELETE FROM grants WHERE expires_at < $1")
        .bind(long_ago)
        .run()
        .await?;
    let tokens = tx
        .query("DELETE FROM revoked_tokens WHERE expires_at < $1")
        .bind(now.plus_seconds(-120))
        .run()
        .await?;
    Ok(never_redeemed + ended + tokens)
}
