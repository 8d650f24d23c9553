//! Rows that fit become HCPs, all at once.
use super::{
    AT_ONCE, Import, Line, Reason, Refusal, Staged, Status, queries, stage::check_directory,
};
use crate::{
    audit::{self, Action, Doer, Event},
    hcps::{self, Details, Fit, HcpType},
    organizations::{self, Directory},
    store::{StoreError, Tx},
};

/// How long an import is remembered once it was taken, in seconds.
const REMEMBERED: i64 = 7 * 24 * 60 * 60;

/// Makes an HCP of each row that still fits; those that somebody else was faster with are
/// told with the rejected ones. Whoever is refused must not commit `tx`. `tell` hears
/// of each few hundred rows that are done.
///
/// # Errors
/// The database is away.
pub async fn commit(
    tx: &mut Tx,
    directory: &Directory,
    import: &mut Import,
    by: &Doer,
    tell: &mut (dyn FnMut(usize) + Send),
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
    let accepted = all.iter_mut().filter(|staged| staged.line.is_accepted());
    let mut accepted: Vec<&mut Staged> = accepted.collect();
    let lines = accepted.iter_mut().map(|staged| &mut staged.line);
    check_directory(tx, database, &mut lines.collect::<Vec<_>>()).await?;
    for some in accepted.chunks_mut(AT_ONCE) {
        create(tx, directory, some, by).await?;
        queries::update_lines(tx, import.id, some).await?;
        tell(some.len());
    }
    let event = Event::done(Action::HcpImportCommitted)
        .done_by(by)
        .within(directory.organization_id)
        .on(import.id);
    audit::record(tx, event).await?;
    Ok(Ok(all))
}

/// Makes an HCP of each row that still fits.
async fn create(
    tx: &mut Tx,
    directory: &Directory,
    lines: &mut [&mut Staged],
    by: &Doer,
) -> Result<(), StoreError> {
    let fitting = lines.iter_mut().filter(|staged| staged.line.is_accepted());
    let mut fitting: Vec<&mut &mut Staged> = fitting.collect();
    let fits = fitting.iter().map(|staged| fit(&staged.line));
    let fits: Vec<Fit> = fits.collect::<Result<_, _>>()?;
    let made = hcps::create_many(tx, directory, &fits, by).await?;
    for (staged, made) in fitting.iter_mut().zip(made) {
        match made {
            Ok(id) => staged.hcp = Some(id),
            Err(refusal) => drop(staged.line.reasons.insert(late(refusal))),
        }
    }
    Ok(())
}

fn fit(line: &Line) -> Result<Fit, StoreError> {
    let content = &line.content;
    let details = Details {
        first_name: Some(content.first_name.clone()),
        last_name: Some(content.last_name.clone()),
        name: None,
        email: content.email.clone(),
        phone: content.phone.clone(),
        parent_id: content.parent.map(|parent| parent.to_string()),
    };
    let fit = details.check(HcpType::Professional);
    fit.map_err(|_| StoreError::Corrupt {
        what: "import row",
        value: line.number.to_string(),
    })
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
