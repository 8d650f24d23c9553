//! `tutela apply`.
use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};

use super::{Ending, open, print, print_json};
use crate::{
    config::Config,
    keys::Keys,
    resources::{self, Change, Declared, Options},
    server,
    store::Schema,
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Declarations, TOML or JSON; several are read as one
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Tell what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// End what is stored in the declared organizations and not declared
    #[arg(long)]
    prune: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: &Arguments, config: &Config) -> Ending {
    let declared = read(&arguments.files)?;
    let options = Options {
        dry_run: arguments.dry_run,
        prune: arguments.prune,
    };
    let changes = apply(config, &declared, options).await?;
    if arguments.json {
        print_json(&serde_json::json!({ "changes": changes, "dry_run": options.dry_run }))?;
        return Ok(ExitCode::SUCCESS);
    }
    for change in &changes {
        print(&change.to_string())?;
    }
    if changes.is_empty() {
        print("no changes")?;
    } else if options.dry_run {
        eprintln!("Nothing was changed: this was a dry run.");
    } else {
        eprintln!("Applied {} changes.", changes.len());
    }
    Ok(ExitCode::SUCCESS)
}

fn read(files: &[PathBuf]) -> anyhow::Result<Declared> {
    let mut texts = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        texts.push((file.display().to_string(), text));
    }
    match resources::read(&texts) {
        Ok(declared) => Ok(declared),
        Err(faults) => {
            let lines: Vec<_> = faults.iter().map(ToString::to_string).collect();
            bail!("nothing was changed:\n{}", lines.join("\n"))
        }
    }
}

/// Makes what is missing (database, keys) and the database match.
pub(super) async fn apply(
    config: &Config,
    declared: &Declared,
    options: Options,
) -> anyhow::Result<Vec<Change>> {
    let store = open(config, Schema::Migrate).await?;
    let keys = Keys::open(&store, server::kek_source(config)).await?;
    let passwords = server::passwords(&keys, store.random())?;
    let changes = resources::apply(&store, &passwords, declared, options).await?;
    store.close().await;
    Ok(changes)
}
