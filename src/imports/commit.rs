//! Rows that fit become HCPs, all at once.
use super::{Import, Line, Reason, Refusal, Staged, Status, queries, stage::check_directory};
use crate::{
    audit::{self, Action, Doer, Event},
    hcps::{self, Details, HcpType},
    organizations::{self, Directory},
    store::{StoreError, Tx},
};

/// How long an import is remembered once it was taken, in seconds.
const REMEMBERED: i64 = 7 * 24 * 60 * 60;

/// Makes an HCP of each row that still fits; those that somebody else was faster with are
/// told with the rejected ones. Whoever is refused must not commit `tx`.
///
/// # Errors
/// The database is away.
pub async fn commit(
    tx: &mut Tx,
    directory: &Directory,
    import: &mut Import,
    by: &Doer,
) -> Result<Result<Vec<Staged>, Refusal>, StoreError> {
    let until = tx.now().plus_seconds(REMEMBERED);
    if !queries::commit(tx, import.id, until).await? {
        return Ok(Err(Refusal::AlreadyCommitted));
    }
    import.status = Status::Committed;
    import.committed_at = Some(tx.now());
    let database = directory.database.id;
    organizations::hold_database(tx, database).await?;
    let mut all = queries::lines(tx, import.id).await?;
    let accepted = all.iter_mut().map(|staged| &mut staged.line);
    let mut accepted: Vec<&mut Line> = accepted.filter(|line| line.is_accepted()).collect();
    let numbers: Vec<u32> = accepted.iter().map(|line| line.number).collect();
    check_directory(tx, database, &mut accepted).await?;
    for staged in &mut all {
        if numbers.binary_search(&staged.line.number).is_err() {
            continue;
        }
        if staged.line.is_accepted() {
            create(tx, directory, staged, by).await?;
        }
        queries::update_line(tx, import.id, staged).await?;
    }
    let event = Event::done(Action::HcpImportCommitted)
        .done_by(by)
        .within(directory.organization_id)
        .on(import.id);
    audit::record(tx, event).await?;
    Ok(Ok(all))
}

async fn create(
    tx: &mut Tx,
    directory: &Directory,
    staged: &mut Staged,
    by: &Doer,
) -> Result<(), StoreError> {
    let content = &staged.line.content;
    let details = Details {
        first_name: Some(content.first_name.clone()),
        last_name: Some(content.last_name.clone()),
        name: None,
        email: content.email.clone(),
        phone: content.phone.clone(),
        parent_id: content.parent.map(|parent| parent.to_string()),
    };
    let fit = details.check(HcpType::Professional);
    let fit = fit.map_err(|_| StoreError::Corrupt {
        what: "import row",
        value: staged.line.number.to_string(),
    })?;
    match hcps::create(tx, directory, &fit, by).await? {
        Ok(hcp) => staged.hcp = Some(hcp.id),
        Err(refusal) => drop(staged.line.reasons.insert(late(refusal))),
    }
    Ok(())
}

/// What an HCP is refused for after all checks: somebody was faster, or the organization
/// stands too deep to have anybody below it.
const fn late(refusal: hcps::Refusal) -> Reason {
    match refusal {
        hcps::Refusal::UnknownParent => Reason::UnknownParentOrganization,
        hcps::Refusal::ParentNotOrganization
        | hcps::Refusal::ParentCycle
        | hcps::Refusal::TooDeep => Reason::ParentNotOrganization,
        hcps::Refusal::EmailTaken
        | hcps::Refusal::Stale
        | hcps::Refusal::HasChildren
        | hcps::Refusal::LastOwner => Reason::EmailExists,
    }
}
