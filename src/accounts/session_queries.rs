//! Every statement over `sessions`.
use super::{
    Acr, Amr, Authentication, OpenSession,
    session::{Found, LONGEST_SECONDS, Limits, SignIn, Start},
};
use crate::{
    clock::Timestamp,
    id::{AccountId, SessionId},
    secret::Fingerprint,
    store::{StoreError, Tx},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: SessionId,
    account_id: AccountId,
    auth_time: Timestamp,
    amr: String,
    acr: String,
    last_seen_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct FoundRow {
    #[sqlx(flatten)]
    row: Row,
    data: String,
    is_open: bool,
}

impl Row {
    fn sign_in(self) -> Result<SignIn, StoreError> {
        let acr = Acr::parse(&self.acr).ok_or_else(|| StoreError::Corrupt {
            what: "sessions.acr",
            value: self.acr.clone(),
        })?;
        Ok(SignIn {
            account: self.account_id,
            session: self.id,
            authentication: Authentication {
                auth_time: self.auth_time,
                amr: Amr::split(&self.amr),
                acr,
            },
            seen_at: self.last_seen_at,
        })
    }
}

pub(super) async fn insert(
    tx: &mut Tx,
    cookie: &Fingerprint,
    start: &Start,
    data: &str,
) -> Result<SignIn, StoreError> {
    let id: SessionId = tx.id();
    let now = tx.now();
    let Authentication {
        auth_time,
        ref amr,
        acr,
    } = start.authentication;
    tx.query(
        "INSERT INTO sessions (id, cookie_hash, data, account_id, auth_time, amr, acr, address,
                               user_agent, created_at, last_seen_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11)
         RETURNING id, account_id, auth_time, amr, acr, last_seen_at",
    )
    .bind(id)
    .bind(cookie)
    .bind(data)
    .bind(start.account)
    .bind(auth_time)
    .bind(Amr::join(amr))
    .bind(acr.as_str())
    .bind(start.address.map(|address| address.to_string()))
    .bind(start.user_agent.clone())
    .bind(now)
    .bind(auth_time.plus_seconds(LONGEST_SECONDS))
    .one::<Row>()
    .await?
    .sign_in()
}

/// Gives the session of the same person a new cookie and a new proof. `None` when it is
/// another person's, or has ended.
pub(super) async fn renew(
    tx: &mut Tx,
    session: SessionId,
    cookie: &Fingerprint,
    start: &Start,
) -> Result<Option<SignIn>, StoreError> {
    let now = tx.now();
    let Authentication {
        auth_time,
        ref amr,
        acr,
    } = start.authentication;
    let row: Option<Row> = tx
        .query(
            "UPDATE sessions
             SET cookie_hash = $3, auth_time = $4, amr = $5, acr = $6, last_seen_at = $7, expires_at = $8
             WHERE id = $1 AND account_id = $2 AND ended_at IS NULL AND expires_at > $7
             RETURNING id, account_id, auth_time, amr, acr, last_seen_at",
        )
        .bind(session)
        .bind(start.account)
        .bind(cookie)
        .bind(auth_time)
        .bind(Amr::join(amr))
        .bind(acr.as_str())
        .bind(now)
        .bind(auth_time.plus_seconds(LONGEST_SECONDS))
        .optional()
        .await?;
    row.map(Row::sign_in).transpose()
}

pub(super) async fn find(tx: &mut Tx, cookie: &Fingerprint) -> Result<Option<Found>, StoreError> {
    let now = tx.now();
    let row: Option<FoundRow> = tx
        .query(
            "SELECT id, account_id, auth_time, amr, acr, last_seen_at, data,
                    (ended_at IS NULL AND expires_at > $2 AND EXISTS
                      (SELECT 1 FROM accounts a WHERE a.id = account_id AND a.status = 'active')) AS is_open
             FROM sessions WHERE cookie_hash = $1",
        )
        .bind(cookie)
        .bind(now)
        .optional()
        .await?;
    row.map(|found| match found.is_open {
        true => Ok(Found::Open {
            sign_in: found.row.sign_in()?,
            data: found.data,
        }),
        false => Ok(Found::Ended),
    })
    .transpose()
}

pub(super) async fn live(
    tx: &mut Tx,
    session: SessionId,
    limits: Limits,
) -> Result<Option<SignIn>, StoreError> {
    let now = tx.now();
    let row: Option<Row> = tx
        .query(
            "SELECT id, account_id, auth_time, amr, acr, last_seen_at FROM sessions
             WHERE id = $1 AND ended_at IS NULL AND expires_at > $2
               AND last_seen_at > $3 AND auth_time > $4
               AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = account_id AND a.status = 'active')",
        )
        .bind(session)
        .bind(now)
        .bind(now.plus_seconds(-limits.idle_seconds))
        .bind(now.plus_seconds(-limits.absolute_seconds))
        .optional()
        .await?;
    row.map(Row::sign_in).transpose()
}

pub(super) async fn seen(tx: &mut Tx, session: SessionId) -> Result<Option<SignIn>, StoreError> {
    let now = tx.now();
    let row: Option<Row> = tx
        .query(
            "UPDATE sessions SET last_seen_at = $2
             WHERE id = $1 AND ended_at IS NULL AND expires_at > $2
             RETURNING id, account_id, auth_time, amr, acr, last_seen_at",
        )
        .bind(session)
        .bind(now)
        .optional()
        .await?;
    row.map(Row::sign_in).transpose()
}

pub(super) async fn remember(
    tx: &mut Tx,
    session: SessionId,
    data: &str,
) -> Result<(), StoreError> {
    tx.query("UPDATE sessions SET data = $2 WHERE id = $1")
        .bind(session)
        .bind(data)
        .run()
        .await
        .map(drop)
}

/// Ends it. Whose it was; `None` when it had ended already.
pub(super) async fn end(tx: &mut Tx, session: SessionId) -> Result<Option<AccountId>, StoreError> {
    let now = tx.now();
    let ended: Option<(AccountId,)> = tx
        .query(
            "UPDATE sessions SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL
             RETURNING account_id",
        )
        .bind(session)
        .bind(now)
        .optional()
        .await?;
    Ok(ended.map(|(account,)| account))
}

pub(super) async fn end_every(tx: &mut Tx) -> Result<u64, StoreError> {
    let now = tx.now();
    tx.query("UPDATE sessions SET ended_at = $1 WHERE ended_at IS NULL")
        .bind(now)
        .run()
        .await
}

pub(super) async fn end_all(
    tx: &mut Tx,
    account: AccountId,
    except: Option<SessionId>,
) -> Result<u64, StoreError> {
    let now = tx.now();
    tx.query(
        "UPDATE sessions SET ended_at = $2
         WHERE account_id = $1 AND ended_at IS NULL AND ($3 IS NULL OR id <> $3)",
    )
    .bind(account)
    .bind(now)
    .bind(except)
    .run()
    .await
}

pub(super) async fn open(tx: &mut Tx, account: AccountId) -> Result<Vec<OpenSession>, StoreError> {
    let now = tx.now();
    tx.query(
        "SELECT id, address, user_agent, last_seen_at FROM sessions
         WHERE account_id = $1 AND ended_at IS NULL AND expires_at > $2
         ORDER BY last_seen_at DESC, id DESC",
    )
    .bind(account)
    .bind(now)
    .all()
    .await
}

pub(super) async fn sweep(tx: &mut Tx) -> Result<u64, StoreError> {
    let now = tx.now();
    tx.query(
        "DELETE FROM sessions WHERE expires_at <= $1 OR (ended_at IS NOT NULL AND ended_at <= $2)",
    )
    .bind(now)
    .bind(now.plus_seconds(-24 * 3600))
    .run()
    .await
}
