//! The table `consumer_profiles`.
use super::Profile;
use crate::{
    id::{AccountId, OrganizationId},
    store::{StoreError, Topic, Tx},
};

pub(super) async fn profile(
    tx: &mut Tx,
    account: AccountId,
    organization: OrganizationId,
) -> Result<Option<Profile>, StoreError> {
    let row: Option<(Option<String>,)> = tx
        .query(
            "SELECT patient_id FROM consumer_profiles
             WHERE account_id = $1 AND organization_id = $2",
        )
        .bind(account)
        .bind(organization)
        .optional()
        .await?;
    Ok(row.map(|(patient_id,)| Profile { patient_id }))
}

/// The organizations whose consumer the account is.
///
/// # Errors
/// The database is away.
pub async fn profiles_of(
    tx: &mut Tx,
    account: AccountId,
) -> Result<Vec<OrganizationId>, StoreError> {
    let rows: Vec<(OrganizationId,)> = tx
        .query(
            "SELECT organization_id FROM consumer_profiles WHERE account_id = $1
             ORDER BY organization_id",
        )
        .bind(account)
        .all()
        .await?;
    Ok(rows
        .into_iter()
        .map(|(organization,)| organization)
        .collect())
}

/// The account with that patient record in the organization.
///
/// # Errors
/// The database is away.
pub async fn by_patient(
    tx: &mut Tx,
    organization: OrganizationId,
    patient_id: &str,
) -> Result<Option<AccountId>, StoreError> {
    let row: Option<(AccountId,)> = tx
        .query(
            "SELECT account_id FROM consumer_profiles
             WHERE organization_id = $1 AND patient_id = $2",
        )
        .bind(organization)
        .bind(patient_id)
        .optional()
        .await?;
    Ok(row.map(|(account,)| account))
}

/// Makes the account a consumer of the organization.
///
/// # Errors
/// The patient id belongs to another account (a duplicate), or the database is away.
pub async fn put_profile(
    tx: &mut Tx,
    account: AccountId,
    organization: OrganizationId,
    patient_id: Option<&str>,
) -> Result<(), StoreError> {
    let now = tx.now();
    tx.touch(Topic::People);
    tx.query(
        "INSERT INTO consumer_profiles (account_id, organization_id, patient_id, created_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (account_id, organization_id) DO UPDATE SET patient_id = excluded.patient_id",
    )
    .bind(account)
    .bind(organization)
    .bind(patient_id.map(str::to_owned))
    .bind(now)
    .run()
    .await
    .map(drop)
}

/// Ends the account's being a consumer of the organization.
///
/// # Errors
/// The database is away.
pub async fn delete_profile(
    tx: &mut Tx,
    account: AccountId,
    organization: OrganizationId,
) -> Result<(), StoreError> {
    tx.touch(Topic::People);
    tx.query("DELETE FROM consumer_profiles WHERE account_id = $1 AND organization_id = $2")
        .bind(account)
        .bind(organization)
        .run()
        .await
        .map(drop)
}
