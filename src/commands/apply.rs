//! `tutela apply`.
use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};

use super::{Ending, database_file, open, open_existing, print, print_json};
use crate::{
    accounts::Passwords,
    config::Config,
    keys::Keys,
    random::{Random, SystemRandom},
    resources::{self, Change, Declared, Options},
    secret::Secret,
    server,
    store::{Schema, Store},
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
    let changes = match options.dry_run {
        true => plan(config, &declared, options).await?,
        false => apply(config, &declared, options).await?,
    };
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

/// What [`apply`] would change. It makes and changes nothing: neither the database nor keys.
async fn plan(
    config: &Config,
    declared: &Declared,
    options: Options,
) -> anyhow::Result<Vec<Change>> {
    let is_new = database_file(config).is_some_and(|file| !file.exists());
    let (store, scratch) = match is_new {
        true => {
            let scratch = Scratch::new().context("cannot make a temporary folder")?;
            (scratch.open(config).await?, Some(scratch))
        }
        false => (open_existing(config).await?, None),
    };
    let passwords = match scratch {
        Some(_) => Passwords::new([0; 32], store.random())?,
        None => passwords(&store, config).await?,
    };
    let changes = resources::apply(&store, &passwords, declared, options).await?;
    store.close().await;
    drop(scratch);
    Ok(changes)
}

/// Checks passwords as the server does. Without keys none is stored, so any pepper will do.
async fn passwords(store: &Store, config: &Config) -> anyhow::Result<Passwords> {
    let keys = Keys::open_existing(store, server::kek_source(config)).await?;
    Ok(match keys {
        Some(keys) => server::passwords(&keys, store.random())?,
        None => Passwords::new([0; 32], store.random())?,
    })
}

/// A folder with an empty database, which goes when it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> std::io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        let mut name = [0; 16];
        SystemRandom.fill(&mut name);
        let folder = std::env::temp_dir().join(format!("tutela-plan-{}", hex::encode(name)));
        std::fs::DirBuilder::new().mode(0o700).create(&folder)?;
        Ok(Self(folder))
    }

    async fn open(&self, config: &Config) -> anyhow::Result<Store> {
        let url = format!("sqlite:{}", self.0.join("tutela.db").display());
        let config = Config {
            database_url: Secret::new(url),
            ..config.clone()
        };
        Ok(open(&config, Schema::Migrate).await?)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0); // the system cleans up what is left
    }
}
