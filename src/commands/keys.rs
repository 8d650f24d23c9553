//! `tutela keys`.
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};

use super::{Ending, database_file, open_existing, print, print_json};
use crate::{
    audit::{self, Action, Event},
    config::Config,
    keys::{self, Alg, Change, KeyInfo, Keys, Refusal, Rewrap},
    mail, server,
    store::{Store, Tx, settle_file},
};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Show every signing key and where it stands
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Publish successors now; they sign from tomorrow on
    Rotate {
        /// Only keys of this algorithm: RS256, PS256, ES256 or EdDSA
        #[arg(long)]
        alg: Option<Alg>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove a key at once, in an emergency: every token that it signed is refused
    Retire {
        /// The key's id
        kid: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Make another key-encryption key and seal everything with it; stop every server first
    Rewrap {
        /// The file of the new key, for keys_secret_file; made if there is none. When left
        /// out, the new key takes the place of the one in keys_dir
        #[arg(long, value_name = "FILE")]
        new_key_file: Option<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(command: &Command, config: &Config) -> Ending {
    if let Command::Rewrap { .. } = command
        && let Some(database) = database_file(config).filter(|file| file.exists())
    {
        settle_file(&database).await?; // refuses while a server runs
    }
    let store = open_existing(config).await?;
    match command {
        Command::List { json } => list(&store, *json).await?,
        Command::Rotate { alg, json } => {
            let keys = Keys::open(&store, server::kek_source(config)).await?;
            let algs = alg.map_or(Alg::ALL.to_vec(), |alg| vec![alg]);
            let mut changes = Vec::new();
            for alg in algs {
                changes.push(rotate(&store, &keys, alg).await?);
            }
            show(&changes, *json)?;
        }
        Command::Retire { kid, json } => {
            let keys = Keys::open(&store, server::kek_source(config)).await?;
            let change = retire(&store, &keys, kid).await?;
            show(&[change], *json)?;
        }
        Command::Rewrap { new_key_file, json } => {
            rewrap(&store, config, new_key_file.as_deref(), *json).await?;
        }
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn list(store: &Store, json: bool) -> anyhow::Result<()> {
    let all = keys::list(store).await?;
    if json {
        return print_json(&all);
    }
    for KeyInfo {
        kid,
        alg,
        state,
        life,
    } in all
    {
        let moment = |at: Option<_>| at.map_or("-".to_owned(), |at| format!("{at}"));
        let state = format!("{state:?}").to_lowercase();
        let retired = moment(life.retired_at);
        print(&format!(
            "{kid}  {alg:5}  {state:9}  signs from {} to {retired}",
            life.active_at
        ))?;
    }
    Ok(())
}

async fn rotate(store: &Store, keys: &Keys, alg: Alg) -> anyhow::Result<Change> {
    let successor = keys.successor(store, alg).await?;
    let mut tx = store.write().await?;
    let change = keys::rotate(&mut tx, successor).await?;
    finish(tx, change, "keys rotate")
        .await
        .with_context(|| format!("{alg} is not rotated"))
}

async fn retire(store: &Store, keys: &Keys, kid: &str) -> anyhow::Result<Change> {
    let all = keys::list(store).await?;
    let Some(key) = all.iter().find(|key| key.kid == kid) else {
        bail!("there is no key {kid}; see `tutela keys list`");
    };
    let spare = keys.successor(store, key.alg).await?;
    let mut tx = store.write().await?;
    let change = keys::retire(&mut tx, kid, spare).await?;
    finish(tx, change, "keys retire").await
}

/// Audits and commits. A running server follows within a second.
async fn finish(
    mut tx: Tx,
    change: Result<Change, Refusal>,
    command: &'static str,
) -> anyhow::Result<Change> {
    let change = change?;
    let event = Event::done(Action::SigningKey).by_machine("command", command);
    let event = event.on(change.ends.as_deref().unwrap_or(&change.successor));
    audit::record(&mut tx, event).await?;
    tx.commit().await?;
    Ok(change)
}

async fn rewrap(
    store: &Store,
    config: &Config,
    target: Option<&Path>,
    json: bool,
) -> anyhow::Result<()> {
    let source = server::kek_source(config);
    let Some(rewrap) = Rewrap::prepare(store, source, target).await? else {
        eprintln!("Everything is sealed with that key already; set keys_secret_file to its file.");
        return Ok(());
    };
    let (old, new) = (rewrap.old_id().to_owned(), rewrap.new_id().to_owned());
    let records = reseal(store, &rewrap).await?;
    let kept = rewrap
        .finish()
        .context("everything is sealed with the new key, which the next start puts in place")?;
    match json {
        true => print_json(&serde_json::json!({ "old": old, "new": new, "records": records }))?,
        false => print(&format!("{records} records: {new} follows {old}"))?,
    }
    if let Some(target) = target {
        let file = target.display();
        eprintln!("Set keys_secret_file to {file}, or keys_secret to what it holds, then start.");
    }
    if let Some(kept) = kept {
        eprintln!("The old key is kept in {}.", kept.display());
    }
    eprintln!("Backups made before need the old key: keep it for as long as you keep them.");
    Ok(())
}

/// Seals every record anew in one transaction; gives how many. Each module that keeps
/// sealed records has its turn here.
async fn reseal(store: &Store, rewrap: &Rewrap) -> anyhow::Result<usize> {
    let mut tx = store.write().await?;
    let mut records = rewrap.carry_out(&mut tx).await?;
    records += mail::reseal(&mut tx, rewrap).await?;
    let event = Event::done(Action::KeyEncryptionKey).by_machine("command", "keys rewrap");
    audit::record(&mut tx, event.on(rewrap.new_id())).await?;
    tx.commit()
        .await
        .context("the records may not have been sealed anew; run the command again")?;
    Ok(records)
}

fn show(changes: &[Change], json: bool) -> anyhow::Result<()> {
    if json {
        return print_json(&changes);
    }
    for change in changes {
        let ends = change.ends.as_deref().unwrap_or("nothing");
        print(&format!(
            "{:5}  {} follows {ends} at {}",
            change.alg.name(),
            change.successor,
            change.active_at
        ))?;
    }
    Ok(())
}
