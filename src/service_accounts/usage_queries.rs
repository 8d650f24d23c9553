//! The table `service_account_days`.
use super::usage::{DayOfUse, day_of};
use crate::{
    id::ServiceAccountId,
    store::{StoreError, Tx},
};

/// For how many days the figures are kept.
const KEPT: i64 = 400;

/// Adds to the tokens of a day, and gives how many these are with every node's.
pub(super) async fn add(
    tx: &mut Tx,
    account: ServiceAccountId,
    day: i64,
    tokens: i64,
) -> Result<i64, StoreError> {
    let (total,): (i64,) = tx
        .query(
            "INSERT INTO service_account_days (service_account_id, day, tokens)
             VALUES ($1, $2, $3)
             ON CONFLICT (service_account_id, day)
               DO UPDATE SET tokens = service_account_days.tokens + excluded.tokens
             RETURNING tokens",
        )
        .bind(account)
        .bind(day)
        .bind(tokens)
        .one()
        .await?;
    Ok(total)
}

/// The days since `first` on which the machine got tokens, oldest first.
///
/// # Errors
/// The database is away.
pub async fn days_of_use(
    tx: &mut Tx,
    account: ServiceAccountId,
    first: i64,
) -> Result<Vec<DayOfUse>, StoreError> {
    tx.query(
        "SELECT day, tokens FROM service_account_days
         WHERE service_account_id = $1 AND day >= $2 ORDER BY day",
    )
    .bind(account)
    .bind(first)
    .all()
    .await
}

/// Removes the figures of a machine that is removed.
pub(super) async fn delete_of(tx: &mut Tx, account: ServiceAccountId) -> Result<(), StoreError> {
    tx.query("DELETE FROM service_account_days WHERE service_account_id = $1")
        .bind(account)
        .run()
        .await
        .map(drop)
}

/// Removes figures that are older than anybody looks.
///
/// # Errors
/// The database is away.
pub async fn sweep(tx: &mut Tx) -> Result<(), StoreError> {
    let oldest = day_of(tx.now()) - KEPT;
    tx.query("DELETE FROM service_account_days WHERE day < $1")
        .bind(oldest)
        .run()
        .await
        .map(drop)
}
