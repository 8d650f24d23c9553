//! `tutela restore`.
//!
//! A backup is older than what happened since: tokens that were revoked, sessions that
//! ended. So in the copy that is put back every session and every grant ends before
//! anybody can use it (SECURITY.md 10).
use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, bail};

use super::{Ending, backup::beside, database_file};
use crate::{
    accounts::session,
    audit::{self, Action, Event},
    clock::SystemClock,
    config::Config,
    grants::{self, Group},
    random::SystemRandom,
    secret::Secret,
    store::{Options, Schema, Store, check_file, settle_file},
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A file that `tutela backup` made
    file: PathBuf,
}

pub(super) async fn run(arguments: &Arguments, config: &Config) -> Ending {
    let Some(database) = database_file(config) else {
        bail!(
            "this database is PostgreSQL: stop the server and put {} back with \
             `pg_restore --clean --if-exists --single-transaction`; then end what it brought \
             back to life: UPDATE grants SET revoked_at = created_at, revoked_reason = 'restored' \
             WHERE revoked_at IS NULL; UPDATE sessions SET ended_at = last_seen_at WHERE ended_at IS NULL",
            arguments.file.display()
        );
    };
    if !arguments.file.is_file() {
        bail!("there is no file {}", arguments.file.display());
    }
    if database.exists() {
        settle_file(&database).await?;
    }
    let coming = beside(&database, "restoring");
    let ended = put_back(&arguments.file, &coming, &database).await;
    let ended = match ended {
        Ok(ended) => ended,
        Err(error) => {
            let _ = remove_with_companions(&coming); // nothing half-made stays behind
            return Err(error);
        }
    };
    eprintln!(
        "{} is back. {ended} sessions and grants in it were ended: people sign in again.",
        arguments.file.display()
    );
    Ok(ExitCode::SUCCESS)
}

/// Gives how many sessions and grants were ended.
async fn put_back(backup: &Path, coming: &Path, database: &Path) -> anyhow::Result<u64> {
    prepare(backup, coming).await?;
    let ended = end_everything(coming).await?;
    swap(coming, database).await?;
    Ok(ended)
}

/// A sound copy of the backup beside the database.
async fn prepare(backup: &Path, coming: &Path) -> anyhow::Result<()> {
    check_file(backup).await?;
    if let Some(folder) = coming.parent() {
        fs::create_dir_all(folder)?;
    }
    remove_with_companions(coming)?;
    fs::copy(backup, coming).context("the backup cannot be copied beside the database")?;
    Ok(check_file(coming).await?)
}

/// Ends every session and every grant in the database at `coming`; gives how many.
async fn end_everything(coming: &Path) -> anyhow::Result<u64> {
    let path = coming
        .to_str()
        .context("the path of the database must be UTF-8")?;
    let options = Options {
        url: Secret::new(format!("sqlite:{path}")),
        schema: Schema::Migrate,
    };
    let store = Store::open(&options, Arc::new(SystemClock), Arc::new(SystemRandom)).await?;
    let mut tx = store.write().await?;
    let sessions = session::end_every(&mut tx).await?;
    let grants = grants::revoke_all(&mut tx, &Group::All, grants::Ending::Restored).await?;
    let event = Event::done(Action::Restored).by_machine("command", "restore");
    audit::record(&mut tx, event).await?;
    tx.commit().await?;
    store.close().await;
    settle_file(coming).await?;
    fs::File::open(coming)?.sync_all()?;
    Ok(sessions + grants)
}

/// Puts `coming` in the database's place in one step, and keeps what was there.
async fn swap(coming: &Path, database: &Path) -> anyhow::Result<()> {
    if database.exists() {
        settle_file(database).await?;
        let before = beside(database, "before-restore");
        remove_with_companions(&before)?;
        fs::hard_link(database, &before)
            .or_else(|_| fs::copy(database, &before).map(drop)) // no links on this file system
            .context("the present database cannot be kept")?;
        eprintln!("The database that was there is in {}.", before.display());
    }
    for companion in companions(database) {
        remove(&companion)?;
    }
    fs::rename(coming, database).context("the backup cannot take the database's place")?;
    if let Some(folder) = database.parent().filter(|f| !f.as_os_str().is_empty()) {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// The files SQLite keeps beside a database.
fn companions(database: &Path) -> [PathBuf; 2] {
    ["-wal", "-shm"].map(|end| {
        let mut name = database.as_os_str().to_owned();
        name.push(end);
        name.into()
    })
}

fn remove_with_companions(database: &Path) -> io::Result<()> {
    companions(database)
        .iter()
        .try_for_each(|path| remove(path))?;
    remove(database)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
