//! The table `guardianships`.
use super::{
    AccessLevel, Basis, Case, EndedReason, Guardianship, Parties, Party, Relationship, Status,
    Verification,
};
use crate::{
    accounts::{Standing, Status as AccountStatus},
    clock::Timestamp,
    id::{AccountId, GuardianshipId, OrganizationId},
    store::{StoreError, Topic, Tx},
};

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: GuardianshipId,
    organization_id: OrganizationId,
    guardian_account_id: AccountId,
    dependent_account_id: AccountId,
    relationship: String,
    basis: String,
    access_level: String,
    scope_ceiling: Option<String>,
    starts_at: Timestamp,
    ends_at: Option<Timestamp>,
    survives_majority: bool,
    status: String,
    verification: String,
    evidence_ref: Option<String>,
}

fn word<T>(what: &'static str, text: String, parsed: Option<T>) -> Result<T, StoreError> {
    parsed.ok_or(StoreError::Corrupt { what, value: text })
}

impl TryFrom<Row> for Guardianship {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let relationship = Relationship::parse(&row.relationship);
        let basis = Basis::parse(&row.basis);
        let level = AccessLevel::parse(&row.access_level);
        let status = Status::parse(&row.status);
        let verification = Verification::parse(&row.verification);
        let ceiling = match row.scope_ceiling {
            None => None,
            Some(text) => {
                let parsed = text.parse().ok();
                Some(word("guardianships.scope_ceiling", text, parsed)?)
            }
        };
        Ok(Self {
            id: row.id,
            organization: row.organization_id,
            guardian: row.guardian_account_id,
            dependent: row.dependent_account_id,
            relationship: word("guardianships.relationship", row.relationship, relationship)?,
            basis: word("guardianships.basis", row.basis, basis)?,
            access_level: word("guardianships.access_level", row.access_level, level)?,
            scope_ceiling: ceiling,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            survives_majority: row.survives_majority,
            status: word("guardianships.status", row.status, status)?,
            verification: word("guardianships.verification", row.verification, verification)?,
            evidence_ref: row.evidence_ref,
        })
    }
}

#[derive(sqlx::FromRow)]
struct PartyRow {
    status: String,
    standing: String,
    birth_date: Option<String>,
    emancipated_at: Option<Timestamp>,
}

impl TryFrom<PartyRow> for Party {
    type Error = StoreError;

    fn try_from(row: PartyRow) -> Result<Self, StoreError> {
        let status = match row.status.as_str() {
            "pending" => Some(AccountStatus::Pending),
            "active" => Some(AccountStatus::Active),
            "suspended" => Some(AccountStatus::Suspended),
            "closed" => Some(AccountStatus::Closed),
            _ => None,
        };
        let birth_date = match row.birth_date {
            None => None,
            Some(text) => {
                let parsed = text.parse().ok();
                Some(word(
                    "accounts.birth_date",
                    "not a date".to_owned(),
                    parsed,
                )?)
            }
        };
        Ok(Self {
            status: word("accounts.status", row.status, status)?,
            standing: match row.standing.as_str() {
                "primary" => Standing::Primary,
                _ => Standing::Dependent,
            },
            birth_date,
            emancipated_at: row.emancipated_at,
        })
    }
}

/// What the rules need to know of the account. `None` when there is none.
pub(super) async fn party(tx: &mut Tx, account: AccountId) -> Result<Option<Party>, StoreError> {
    let row: Option<PartyRow> = tx
        .query("SELECT status, standing, birth_date, emancipated_at FROM accounts WHERE id = $1")
        .bind(account)
        .optional()
        .await?;
    row.map(Party::try_from).transpose()
}

pub(super) async fn case(tx: &mut Tx, id: GuardianshipId) -> Result<Option<Case>, StoreError> {
    let row: Option<Row> = tx
        .query(
            "SELECT id, organization_id, guardian_account_id, dependent_account_id, relationship, basis,
               access_level, scope_ceiling, starts_at, ends_at, survives_majority, status,
               verification, evidence_ref
             FROM guardianships WHERE id = $1",
        )
        .bind(id)
        .optional()
        .await?;
    let Some(row) = row else { return Ok(None) };
    let relation = Guardianship::try_from(row)?;
    let guardian = party(tx, relation.guardian).await?;
    let dependent = party(tx, relation.dependent).await?;
    Ok(match (guardian, dependent) {
        (Some(guardian), Some(dependent)) => Some(Case {
            relation,
            parties: Parties {
                guardian,
                dependent,
            },
        }),
        _ => None, // the foreign keys forbid it
    })
}

pub(super) async fn of_guardian(
    tx: &mut Tx,
    guardian: AccountId,
) -> Result<Vec<Guardianship>, StoreError> {
    let rows: Vec<Row> = tx
        .query(
            "SELECT id, organization_id, guardian_account_id, dependent_account_id, relationship, basis,
               access_level, scope_ceiling, starts_at, ends_at, survives_majority, status,
               verification, evidence_ref
             FROM guardianships WHERE guardian_account_id = $1 AND status <> 'ended' ORDER BY id",
        )
        .bind(guardian)
        .all()
        .await?;
    rows.into_iter().map(Guardianship::try_from).collect()
}

pub(super) async fn of_dependent(
    tx: &mut Tx,
    dependent: AccountId,
) -> Result<Vec<Guardianship>, StoreError> {
    let rows: Vec<Row> = tx
        .query(
            "SELECT id, organization_id, guardian_account_id, dependent_account_id, relationship, basis,
               access_level, scope_ceiling, starts_at, ends_at, survives_majority, status,
               verification, evidence_ref
             FROM guardianships WHERE dependent_account_id = $1 AND status <> 'ended' ORDER BY id",
        )
        .bind(dependent)
        .all()
        .await?;
    rows.into_iter().map(Guardianship::try_from).collect()
}

pub(super) async fn of_organization(
    tx: &mut Tx,
    organization: OrganizationId,
) -> Result<Vec<Guardianship>, StoreError> {
    let rows: Vec<Row> = tx
        .query(
            "SELECT id, organization_id, guardian_account_id, dependent_account_id, relationship, basis,
               access_level, scope_ceiling, starts_at, ends_at, survives_majority, status,
               verification, evidence_ref
             FROM guardianships WHERE organization_id = $1 AND status <> 'ended' ORDER BY id",
        )
        .bind(organization)
        .all()
        .await?;
    rows.into_iter().map(Guardianship::try_from).collect()
}

/// A relation to be stored.
#[derive(Debug, Clone)]
pub struct NewGuardianship {
    /// All but its id.
    pub relation: Guardianship,
    /// Who made it. `None` when it was declared.
    pub created_by: Option<AccountId>,
}

/// Stores a relation under the id it carries. `Ok(false)` when the pair has one there that
/// has not ended (I-13).
///
/// # Errors
/// The database is away.
pub async fn insert(tx: &mut Tx, new: NewGuardianship) -> Result<bool, StoreError> {
    let now = tx.now();
    let relation = new.relation;
    tx.touch(Topic::People);
    let stored = tx
        .query(
            "INSERT INTO guardianships (id, organization_id, guardian_account_id, dependent_account_id,
               relationship, basis, access_level, scope_ceiling, starts_at, ends_at,
               survives_majority, status, verification, evidence_ref, created_by, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
             ON CONFLICT DO NOTHING",
        )
        .bind(relation.id)
        .bind(relation.organization)
        .bind(relation.guardian)
        .bind(relation.dependent)
        .bind(relation.relationship.name())
        .bind(relation.basis.name())
        .bind(relation.access_level.name())
        .bind(relation.scope_ceiling.map(|scopes| scopes.to_string()))
        .bind(relation.starts_at)
        .bind(relation.ends_at)
        .bind(relation.survives_majority)
        .bind(relation.status.name())
        .bind(relation.verification.name())
        .bind(relation.evidence_ref)
        .bind(new.created_by)
        .bind(now)
        .run()
        .await?;
    Ok(stored == 1)
}

/// Changes what a declaration may say anew of a relation that has not ended.
///
/// # Errors
/// The database is away.
pub async fn update_declared(tx: &mut Tx, relation: &Guardianship) -> Result<(), StoreError> {
    tx.touch(Topic::People);
    tx.query(
        "UPDATE guardianships SET relationship = $2, basis = $3, access_level = $4,
           scope_ceiling = $5, starts_at = $6, ends_at = $7, survives_majority = $8, status = $9,
           verification = $10, evidence_ref = $11
         WHERE id = $1 AND status <> 'ended'",
    )
    .bind(relation.id)
    .bind(relation.relationship.name())
    .bind(relation.basis.name())
    .bind(relation.access_level.name())
    .bind(relation.scope_ceiling.as_ref().map(ToString::to_string))
    .bind(relation.starts_at)
    .bind(relation.ends_at)
    .bind(relation.survives_majority)
    .bind(relation.status.name())
    .bind(relation.verification.name())
    .bind(relation.evidence_ref.clone())
    .run()
    .await
    .map(drop)
}

/// Where the relation stands, unless it has ended; nobody changes that before the commit.
pub(super) async fn hold(tx: &mut Tx, id: GuardianshipId) -> Result<Option<Status>, StoreError> {
    let row: Option<(String,)> = tx
        .query(
            "UPDATE guardianships SET status = status
             WHERE id = $1 AND status <> 'ended' RETURNING status",
        )
        .bind(id)
        .optional()
        .await?;
    Ok(row.and_then(|(status,)| Status::parse(&status)))
}

pub(super) async fn end(
    tx: &mut Tx,
    id: GuardianshipId,
    why: EndedReason,
    by: Option<AccountId>,
) -> Result<bool, StoreError> {
    let now = tx.now();
    tx.touch(Topic::People);
    let ended = tx
        .query(
            "UPDATE guardianships SET status = 'ended', ended_at = $2, ended_reason = $3, ended_by = $4
             WHERE id = $1 AND status <> 'ended'",
        )
        .bind(id)
        .bind(now)
        .bind(why.name())
        .bind(by)
        .run()
        .await?;
    Ok(ended == 1)
}
