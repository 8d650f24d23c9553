//! `tutela operator create`.
use std::process::ExitCode;

use anyhow::{Context, bail};

use super::{Ending, open, print, print_json};
use crate::{config::Config, service_accounts::create_operator, store::Schema};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make a platform operator, and print its key this once
    Create {
        /// What it is called; no two have one name
        #[arg(long, default_value = "operator")]
        name: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(command: &Command, config: &Config) -> Ending {
    let Command::Create { name, json } = command;
    let store = open(config, Schema::Migrate).await?;
    let mut tx = store.write().await?;
    let Some(operator) = create_operator(&mut tx, name).await? else {
        bail!("there is an operator called \"{name}\" already; choose another with --name");
    };
    tx.commit()
        .await
        .context("the operator may not have been made")?;
    store.close().await;
    let key = operator.api_key.expose();
    match json {
        true => print_json(&serde_json::json!({ "client_id": operator.id, "api_key": key }))?,
        false => print(key)?,
    }
    eprintln!(
        "This is the key of operator {}, client_id {}.",
        name, operator.id
    );
    eprintln!("It is shown this once: keep it where secrets are kept.");
    Ok(ExitCode::SUCCESS)
}
