//! Staff change the end, reach or evidence of a relation.
use super::{AccessLevel, Basis, Guardianship, decide, queries, rules};
use crate::{
    access::{Context, ScopeSet},
    audit::{Action, Doer},
    organizations::Organization,
    store::{StoreError, Tx},
};

/// Why nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeRefusal {
    /// I-16: nobody extends a relation of his own, or records evidence for it.
    OwnRelation,
    /// Its time is over: a right that ended by itself does not come back (DOMAIN.md 3).
    Over,
    /// The end lies behind, or a proxy's beyond what is allowed (I-12).
    EndsAt,
    /// Only `patient/` scopes can bound a relation.
    Ceiling,
    /// What the adult granted is his to widen.
    NotStaffs,
}

/// Stores what `changed` says of end, reach and evidence, while the relation lasts.
///
/// # Errors
/// The database is away.
pub async fn change(
    tx: &mut Tx,
    organization: &Organization,
    changed: &Guardianship,
    by: &Doer,
) -> Result<Result<(), ChangeRefusal>, StoreError> {
    let now = tx.now();
    if changed.concerns(by) {
        return Ok(Err(ChangeRefusal::OwnRelation));
    }
    let Some(before) = queries::case(tx, changed.id).await? else {
        return Ok(Err(ChangeRefusal::NotStaffs));
    };
    let (dependent, settings) = (&before.parties.dependent, &organization.settings);
    if rules::ended_by_itself(&before.relation, dependent, settings, now).is_some() {
        return Ok(Err(ChangeRefusal::Over));
    }
    let is_proxy = changed.basis == Basis::PatientConsent;
    let is_widened = changed.ends_at > before.relation.ends_at
        || (before.relation.access_level, changed.access_level)
            == (AccessLevel::Limited, AccessLevel::Full);
    if is_proxy && is_widened {
        return Ok(Err(ChangeRefusal::NotStaffs));
    }
    let longest = rules::longest_proxy(settings, now);
    let is_out = changed.ends_at.is_some_and(|end| end <= now)
        || (is_proxy && changed.ends_at.is_none_or(|end| end > longest));
    if is_out && changed.ends_at != before.relation.ends_at {
        return Ok(Err(ChangeRefusal::EndsAt));
    }
    let is_clinical = |ceiling: &ScopeSet| ceiling.only(Context::Patient).len() == ceiling.len();
    if !changed.scope_ceiling.as_ref().is_none_or(is_clinical) {
        return Ok(Err(ChangeRefusal::Ceiling));
    }
    queries::update_declared(tx, changed).await?;
    decide::record(tx, changed, Action::GuardianshipChanged, by, None).await?;
    Ok(Ok(()))
}
