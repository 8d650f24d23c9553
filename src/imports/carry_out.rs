//! Rows that fit become HCPs, some at a time, so that whoever else writes has his turn.
use std::{sync::Arc, time::Duration};

use tokio::task::JoinHandle;

use super::{
    Line, Reason, Staged,
    begin::REMEMBERED,
    invite::{Invites, invite_made},
    queries,
    stage::check_directory,
    step_queries::{self, Job},
};
use crate::{
    audit::{self, Action, Event},
    hcps::{self, Details, Fit, HcpType},
    id::ImportId,
    organizations::{self, Directory},
    store::{Store, StoreError, Tx},
};

/// How many rows are taken at a time: others who write wait for so many.
const ROWS: i64 = 512;
/// How often in a row a step may fail before the rest is left to whoever looks for what stands
/// still, and how long it waits in between.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(500);

/// As [`carry_out`], beside whatever else is done: it goes on when the handle is dropped.
pub fn set_going(
    store: &Store,
    invites: Invites,
    id: ImportId,
) -> JoinHandle<Result<(), StoreError>> {
    let store = store.clone();
    tokio::spawn(async move {
        let done = carry_out(&store, Some(&invites), id, &mut |_| {}).await;
        if let Err(error) = &done {
            tracing::warn!(%error, import = %id, "an import stands still for a while");
        }
        done
    })
}

/// Makes an HCP of each row that still fits, until none is left; those that somebody else was
/// faster with are told with the rejected ones. Several may do so at once, and each row
/// is taken once. `tell` hears how many rows a step took. Without `invites` nobody is invited.
///
/// # Errors
/// The database is away; what was taken stays taken, and the rest can be carried out later.
pub async fn carry_out(
    store: &Store,
    invites: Option<&Invites>,
    id: ImportId,
    tell: &mut (dyn FnMut(usize) + Send),
) -> Result<(), StoreError> {
    let mut failed = 0;
    loop {
        match step(store, invites, id).await {
            Ok(None) => return Ok(()),
            Ok(Some(rows)) => {
                failed = 0;
                tell(rows);
            }
            Err(error) if failed == ATTEMPTS => return Err(error),
            Err(_) => {
                failed += 1;
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Carries on with imports that nobody has moved for so many seconds: their server may have
/// ended meanwhile.
///
/// # Errors
/// The database is away.
pub async fn carry_on(store: &Store, invites: &Invites, seconds: i64) -> Result<(), StoreError> {
    let mut tx = store.read().await?;
    let before = tx.now().plus_seconds(-seconds);
    let ids = step_queries::standing_still(&mut tx, before).await?;
    drop(tx);
    for id in ids {
        carry_out(store, Some(invites), id, &mut |_| {}).await?;
    }
    Ok(())
}

/// Takes the next rows and counts them. `None` when there was nothing left.
async fn step(
    store: &Store,
    invites: Option<&Invites>,
    id: ImportId,
) -> Result<Option<usize>, StoreError> {
    let mut tx = store.write().await?;
    let Some(job) = step_queries::job(&mut tx, id).await? else {
        return Ok(None);
    };
    if let Some(origin) = &job.origin {
        tx.set_origin(Arc::clone(origin));
    }
    let found = organizations::directory(&mut tx, job.database_id).await?;
    let mut lines = match &found {
        Some(_) => step_queries::next_lines(&mut tx, id, job.position, ROWS).await?,
        None => Vec::new(), // it was put away meanwhile: nobody is taken into it
    };
    match (&found, lines.last()) {
        (Some(directory), Some(last)) => {
            let taken = i64::try_from(lines.len()).unwrap_or(i64::MAX);
            // Whoever else is at it has taken them.
            if !step_queries::advance(&mut tx, &job, last.line.number, taken).await? {
                return Ok(Some(0));
            }
            take(&mut tx, directory, &job, (&mut lines, invites)).await?;
        }
        _ => finish(&mut tx, &job, found.as_ref()).await?,
    }
    tx.commit().await?;
    Ok((!lines.is_empty()).then_some(lines.len()))
}

async fn take(
    tx: &mut Tx,
    directory: &Directory,
    job: &Job,
    (lines, invites): (&mut [Staged], Option<&Invites>),
) -> Result<(), StoreError> {
    let database = directory.database.id;
    organizations::hold_database(tx, database).await?;
    let checked = lines.iter_mut().map(|staged| &mut staged.line);
    check_directory(tx, database, &mut checked.collect::<Vec<_>>()).await?;
    create(tx, directory, lines, job).await?;
    queries::update_lines(tx, job.id, lines).await?;
    if let Some(invites) = invites.filter(|_| job.invites) {
        invite_made(tx, invites, directory, (lines, &job.by)).await?;
    }
    Ok(())
}

/// Nothing is left to take.
async fn finish(tx: &mut Tx, job: &Job, found: Option<&Directory>) -> Result<(), StoreError> {
    let until = tx.now().plus_seconds(REMEMBERED);
    if !step_queries::finish(tx, job.id, until).await? {
        return Ok(());
    }
    let event = Event::done(Action::HcpImportCommitted).done_by(&job.by);
    let event = match found {
        Some(directory) => event.within(directory.organization_id),
        None => event,
    };
    audit::record(tx, event.on(job.id)).await
}

/// Makes an HCP of each row that still fits.
async fn create(
    tx: &mut Tx,
    directory: &Directory,
    lines: &mut [Staged],
    job: &Job,
) -> Result<(), StoreError> {
    let fitting = lines.iter_mut().filter(|staged| staged.line.is_accepted());
    let mut fitting: Vec<&mut Staged> = fitting.collect();
    let fits = fitting.iter().map(|staged| fit(&staged.line));
    let fits: Vec<Fit> = fits.collect::<Result<_, _>>()?;
    let made = hcps::create_many(tx, directory, &fits, &job.by).await?;
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
