//! `tutela migrate`.
use std::process::ExitCode;

use anyhow::bail;

use super::{Ending, database_file, open};
use crate::{
    config::Config,
    store::{MigrationError, OpenError, Schema},
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Change nothing; exit 1 unless the schema is up to date
    #[arg(long)]
    check: bool,
}

pub(super) async fn run(arguments: &Arguments, config: &Config) -> Ending {
    if !arguments.check {
        open(config, Schema::Migrate).await?.close().await;
        eprintln!("The schema is up to date.");
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(file) = database_file(config).filter(|file| !file.exists()) {
        bail!(
            "there is no database at {}; run `tutela migrate`",
            file.display()
        );
    }
    match open(config, Schema::Require).await {
        Ok(store) => store.close().await,
        Err(OpenError::Schema(MigrationError::Behind(missing))) => {
            bail!(
                "not applied yet: {}; run `tutela migrate`",
                missing.join(", ")
            );
        }
        Err(error) => return Err(error.into()),
    }
    eprintln!("The schema is up to date.");
    Ok(ExitCode::SUCCESS)
}
