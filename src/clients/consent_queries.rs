//! The table `consents`.
use super::{Consent, GivenConsent};
use crate::{
    clock::Timestamp,
    id::{AccountId, ConsentId, GuardianshipId},
    store::{StoreError, Topic, Tx},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: ConsentId,
    subject_account_id: AccountId,
    client_id: String,
    scopes: String,
    given_by_account_id: AccountId,
    guardianship_id: Option<GuardianshipId>,
    given_at: Timestamp,
}

impl TryFrom<Row> for GivenConsent {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let scopes = row.scopes.parse().map_err(|_| StoreError::Corrupt {
            what: "consents.scopes",
            value: row.client_id.clone(),
        })?;
        Ok(Self {
            id: row.id,
            consent: Consent {
                subject: row.subject_account_id,
                client_id: row.client_id,
                given_by: row.given_by_account_id,
                guardianship: row.guardianship_id,
            },
            scopes,
            given_at: row.given_at,
        })
    }
}

pub(super) async fn of_person(
    tx: &mut Tx,
    person: AccountId,
) -> Result<Vec<GivenConsent>, StoreError> {
    let rows: Vec<Row> = tx
        .query(
            "SELECT id, subject_account_id, client_id, scopes, given_by_account_id,
               guardianship_id, given_at
             FROM consents
             WHERE revoked_at IS NULL AND (given_by_account_id = $1 OR subject_account_id = $1)
             ORDER BY given_at DESC, id DESC",
        )
        .bind(person)
        .all()
        .await?;
    rows.into_iter().map(GivenConsent::try_from).collect()
}

pub(super) async fn scopes_of(
    tx: &mut Tx,
    consent: &Consent,
) -> Result<Option<String>, StoreError> {
    let row: Option<(String,)> = tx
        .query(
            "SELECT scopes FROM consents WHERE subject_account_id = $1 AND client_id = $2
               AND given_by_account_id = $3 AND guardianship_id IS NOT DISTINCT FROM $4
               AND revoked_at IS NULL",
        )
        .bind(consent.subject)
        .bind(consent.client_id.as_str())
        .bind(consent.given_by)
        .bind(consent.guardianship)
        .optional()
        .await?;
    Ok(row.map(|(scopes,)| scopes))
}

pub(super) async fn put(tx: &mut Tx, consent: &Consent, scopes: &str) -> Result<(), StoreError> {
    let (id, now): (ConsentId, _) = (tx.id(), tx.now());
    tx.touch(Topic::Consents);
    tx.query(
        "INSERT INTO consents (id, subject_account_id, client_id, scopes, given_by_account_id,
           guardianship_id, given_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (subject_account_id, client_id, given_by_account_id) WHERE revoked_at IS NULL
         DO UPDATE SET scopes = excluded.scopes, guardianship_id = excluded.guardianship_id,
           given_at = excluded.given_at",
    )
    .bind(id)
    .bind(consent.subject)
    .bind(consent.client_id.as_str())
    .bind(scopes)
    .bind(consent.given_by)
    .bind(consent.guardianship)
    .bind(now)
    .run()
    .await
    .map(drop)
}

/// Takes back the consent, if the person gave it or it concerns him.
pub(super) async fn revoke(
    tx: &mut Tx,
    id: ConsentId,
    by: AccountId,
) -> Result<Option<Consent>, StoreError> {
    let now = tx.now();
    tx.touch(Topic::Revocations);
    tx.touch(Topic::Consents);
    let row: Option<(AccountId, String, AccountId, Option<GuardianshipId>)> = tx
        .query(
            "UPDATE consents SET revoked_at = $3 WHERE id = $1 AND revoked_at IS NULL
               AND (given_by_account_id = $2 OR subject_account_id = $2)
             RETURNING subject_account_id, client_id, given_by_account_id, guardianship_id",
        )
        .bind(id)
        .bind(by)
        .bind(now)
        .optional()
        .await?;
    Ok(
        row.map(|(subject, client_id, given_by, guardianship)| Consent {
            subject,
            client_id,
            given_by,
            guardianship,
        }),
    )
}

pub(super) async fn revoke_under(tx: &mut Tx, relation: GuardianshipId) -> Result<u64, StoreError> {
    let now = tx.now();
    tx.touch(Topic::Revocations);
    tx.touch(Topic::Consents);
    tx.query(
        "UPDATE consents SET revoked_at = $2 WHERE guardianship_id = $1 AND revoked_at IS NULL",
    )
    .bind(relation)
    .bind(now)
    .run()
    .await
}

pub(super) async fn is_allowed_by_guardian(
    tx: &mut Tx,
    subject: AccountId,
    client_id: &str,
) -> Result<bool, StoreError> {
    let row: Option<(ConsentId,)> = tx
        .query(
            "SELECT id FROM consents WHERE subject_account_id = $1 AND client_id = $2
               AND guardianship_id IS NOT NULL AND revoked_at IS NULL LIMIT 1",
        )
        .bind(subject)
        .bind(client_id)
        .optional()
        .await?;
    Ok(row.is_some())
}

pub(super) async fn revoke_all(tx: &mut Tx, person: AccountId) -> Result<u64, StoreError> {
    let now = tx.now();
    tx.touch(Topic::Revocations);
    tx.touch(Topic::Consents);
    tx.query(
        "UPDATE consents SET revoked_at = $2
         WHERE (subject_account_id = $1 OR given_by_account_id = $1) AND revoked_at IS NULL",
    )
    .bind(person)
    .bind(now)
    .run()
    .await
}
