//! `tutela keys`.
use std::process::ExitCode;

use anyhow::{Context, bail};

use super::{Ending, open_existing, print, print_json};
use crate::{
    audit::{self, Action, Event},
    config::Config,
    keys::{self, Alg, Change, KeyInfo, Keys, Refusal},
    store::{Store, Tx},
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
}

pub(super) async fn run(command: &Command, config: &Config) -> Ending {
    let store = open_existing(config).await?;
    match command {
        Command::List { json } => list(&store, *json).await?,
        Command::Rotate { alg, json } => {
            let keys = Keys::open(&store, &config.keys_dir).await?;
            let algs = alg.map_or(Alg::ALL.to_vec(), |alg| vec![alg]);
            let mut changes = Vec::new();
            for alg in algs {
                changes.push(rotate(&store, &keys, alg).await?);
            }
            show(&changes, *json)?;
        }
        Command::Retire { kid, json } => {
            let keys = Keys::open(&store, &config.keys_dir).await?;
            let change = retire(&store, &keys, kid).await?;
            show(&[change], *json)?;
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
