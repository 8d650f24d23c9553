//! The table `guardianships`, page by page.
use super::{Guardianship, Status, queries::Row};
use crate::{
    id::{AccountId, OrganizationId},
    store::{StoreError, Tx},
};

/// Which relations.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// In this state; `None`: all that have not ended.
    pub status: Option<Status>,
    /// Of this guardian.
    pub guardian: Option<AccountId>,
    /// Of this dependent.
    pub dependent: Option<AccountId>,
}

/// Up to `limit` relations of the organization that have not ended, after the one whose id
/// is `after`; oldest first.
///
/// # Errors
/// The database is away.
pub async fn page(
    tx: &mut Tx,
    organization: OrganizationId,
    filter: &Filter,
    (after, limit): (&str, i64),
) -> Result<Vec<Guardianship>, StoreError> {
    let rows: Vec<Row> = tx
        .query(
            "SELECT id, organization_id, guardian_account_id, dependent_account_id, relationship, basis,
               access_level, scope_ceiling, starts_at, ends_at, survives_majority, status,
               verification, evidence_ref
             FROM guardianships WHERE organization_id = $1 AND status <> 'ended' AND id > $2
               AND ($3 IS NULL OR status = $3) AND ($4 IS NULL OR guardian_account_id = $4)
               AND ($5 IS NULL OR dependent_account_id = $5)
             ORDER BY id LIMIT $6",
        )
        .bind(organization)
        .bind(after)
        .bind(filter.status.map(Status::name))
        .bind(filter.guardian)
        .bind(filter.dependent)
        .bind(limit)
        .all()
        .await?;
    rows.into_iter().map(Guardianship::try_from).collect()
}
