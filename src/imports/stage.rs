//! A file is read, and its rows wait for somebody to look at them.
use std::sync::Arc;

use super::{AT_ONCE, FileFault, Import, Line, Reason, Staged, Status, lines, queries};
use crate::{
    audit::{self, Action, Doer, Event},
    hcps::{self, HcpType},
    id::{DatabaseId, HcpId},
    organizations::Directory,
    spreadsheet::{Limits, Worker, WorkerError},
    store::{Origin, Store, StoreError, Tx},
};

/// How long rows wait, in seconds.
const WAITING: i64 = 60 * 60;
/// Longest name of a file or a sheet that is kept, in characters.
const LONGEST_NAME: usize = 120;

/// A file, read and checked row by row.
#[derive(Debug)]
pub struct Sheet {
    file_name: String,
    sheet_name: Option<String>,
    bytes: i64,
    lines: Result<Vec<Line>, FileFault>,
}

/// Reads a file, which `limits` bound, and checks each of its rows by itself.
///
/// # Errors
/// No file can be read now.
pub async fn read(
    worker: &Worker,
    bytes: &[u8],
    name: &str,
    limits: Limits,
) -> Result<Sheet, WorkerError> {
    let table = worker.read(bytes, name, limits).await?;
    let sheet_name = table.as_ref().ok().and_then(|table| table.sheet.as_deref());
    let sheet_name = sheet_name.map(visible);
    let table = table.map_err(FileFault::Unreadable);
    Ok(Sheet {
        file_name: plain_name(name),
        sheet_name,
        bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        lines: table.and_then(lines::check),
    })
}

/// A name to show: it never becomes a path.
fn plain_name(name: &str) -> String {
    visible(name.rsplit(['/', '\\']).next().unwrap_or_default())
}

fn visible(name: &str) -> String {
    let visible = name
        .chars()
        .filter(|c| !c.is_control() && !super::is_invisible(*c));
    visible.take(LONGEST_NAME).collect()
}

/// Checks the rows against the directory and against each other, and stores them, some at a
/// time, so that whoever else writes has his turn. They are there when all of them are.
///
/// # Errors
/// The database is away.
pub async fn stage(
    store: &Store,
    origin: Option<&Arc<Origin>>,
    directory: &Directory,
    sheet: Sheet,
    by: &Doer,
) -> Result<Result<(Import, Vec<Staged>), FileFault>, StoreError> {
    let event = |event: Event| event.done_by(by).within(directory.organization_id);
    let mut lines = match sheet.lines {
        Ok(lines) => lines,
        Err(fault) => {
            let refused = Event::refused(Action::HcpImportStaged, fault.code());
            let mut tx = write(store, origin).await?;
            audit::record(&mut tx, event(refused)).await?;
            tx.commit().await?;
            return Ok(Err(fault));
        }
    };
    let database = directory.database.id;
    let mut tx = store.read().await?;
    check_directory(&mut tx, database, &mut lines.iter_mut().collect::<Vec<_>>()).await?;
    drop(tx);
    lines::mark_duplicates(&mut lines);
    let mut tx = write(store, origin).await?;
    let import = Import {
        id: tx.id(),
        database_id: database,
        file_name: sheet.file_name,
        sheet_name: sheet.sheet_name,
        bytes: sheet.bytes,
        status: Status::Staged,
        created_at: tx.now(),
        committed_at: None,
        rows_done: 0,
        rows_wanted: 0,
    };
    let until = tx.now().plus_seconds(WAITING);
    queries::insert(&mut tx, &import, until).await?;
    for lines in lines.chunks(AT_ONCE) {
        queries::insert_lines(&mut tx, import.id, lines).await?;
        tx.commit().await?;
        tx = write(store, origin).await?;
    }
    queries::ready(&mut tx, import.id).await?;
    let staged = Event::done(Action::HcpImportStaged).on(import.id);
    audit::record(&mut tx, event(staged)).await?;
    tx.commit().await?;
    let lines = lines.into_iter().map(|line| Staged { line, hcp: None });
    Ok(Ok((import, lines.collect())))
}

async fn write(store: &Store, origin: Option<&Arc<Origin>>) -> Result<Tx, StoreError> {
    match origin {
        Some(origin) => store.write_from(origin).await,
        None => store.write().await,
    }
}

/// Marks lines whose e-mail address is taken (I-31), or whose parent does not stand in the
/// database or is no organization (I-32).
pub(super) async fn check_directory(
    tx: &mut Tx,
    database: DatabaseId,
    lines: &mut [&mut Line],
) -> Result<(), StoreError> {
    let emails = lines
        .iter()
        .filter_map(|line| line.content.email.as_deref());
    let taken = hcps::known_emails(tx, database, &emails.collect::<Vec<_>>()).await?;
    let mut parents: Vec<HcpId> = lines
        .iter()
        .filter_map(|line| line.content.parent)
        .collect();
    parents.sort_unstable();
    parents.dedup();
    let types = hcps::known_types(tx, database, &parents).await?;
    for line in lines {
        let Line {
            content, reasons, ..
        } = &mut **line;
        if content
            .email
            .as_ref()
            .is_some_and(|email| taken.contains(email))
        {
            reasons.insert(Reason::EmailExists);
        }
        reasons.extend(content.parent.and_then(|parent| match types.get(&parent) {
            None => Some(Reason::UnknownParentOrganization),
            Some(HcpType::Professional) => Some(Reason::ParentNotOrganization),
            Some(HcpType::Organization) => None,
        }));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_only_a_name() {
        for (sent, kept) in [
            ("people.xlsx", "people.xlsx"),
            ("C:\\Users\\rosa\\people.xlsx", "people.xlsx"),
            ("../../etc/passwd", "passwd"),
            ("a\u{202e}xslx.exe\n", "axslx.exe"),
            ("", ""),
        ] {
            assert_eq!(plain_name(sent), kept);
        }
        assert_eq!(plain_name(&"é".repeat(500)).chars().count(), LONGEST_NAME);
    }
}
