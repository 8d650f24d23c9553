//! The command line: one file per sub-command. Data goes to stdout, words for people to
//! stderr; the program ends with 0 when it is done, 1 when it failed and 2 when it was
//! called wrongly.
mod apply;
mod audit;
mod backup;
mod config;
mod demo;
mod doctor;
mod hcp;
mod keypair;
mod keys;
mod migrate;
mod openapi;
mod operator;
mod restore;
mod serve;
mod service_account;
mod settings;

use std::{
    ffi::OsStr,
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

use clap::{CommandFactory, Parser, error::ErrorKind};

use crate::{
    clock::SystemClock,
    config::{Config, Mode, Sources},
    random::SystemRandom,
    spreadsheet,
    store::{OpenError, Options, Schema, Store},
};

/// An OAuth 2.0 and OpenID Connect authorization server for healthcare.
#[derive(Debug, Parser)]
#[command(name = "tutela", version, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// The file of settings; `tutela.toml` when left out
    #[arg(long = "config", value_name = "FILE", global = true)]
    settings_file: Option<PathBuf>,
    #[command(flatten)]
    settings: settings::Flags,
    #[command(flatten)]
    serve: serve::Arguments,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Run the server; so does `tutela` alone
    Serve(serve::Arguments),
    /// Run the example clinic on this machine, with a playground to look at tokens
    Demo,
    /// Make the database match declared resources
    Apply(apply::Arguments),
    /// Bring the database's schema up to date, or say whether it is
    Migrate(migrate::Arguments),
    /// Copy the running database, whole and consistent, to a file
    Backup(backup::Arguments),
    /// Put a backup back; every session and every grant in it ends
    Restore(restore::Arguments),
    /// The audit log
    #[command(subcommand)]
    Audit(audit::Command),
    /// The signing keys
    #[command(subcommand)]
    Keys(keys::Command),
    /// Make a key pair for an HCP on this machine
    Keypair(keypair::Arguments),
    /// The platform's operators
    #[command(subcommand)]
    Operator(operator::Command),
    /// The directories of HCPs
    #[command(subcommand)]
    Hcp(hcp::Command),
    /// The service accounts of an organization, and their keys
    #[command(subcommand)]
    ServiceAccount(service_account::Command),
    /// Print the OpenAPI document of the JSON API
    Openapi,
    /// Check everything the server needs; each finding comes with its cure
    Doctor(doctor::Arguments),
    /// Show every setting and where it came from, secrets masked
    Config(config::Arguments),
    /// Read a spreadsheet from stdin for the server, which starts this itself
    #[command(hide = true)]
    ReadSpreadsheet,
}

/// How a command ended, or why it failed.
type Ending = anyhow::Result<ExitCode>;

/// The program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if cli.command.is_some() && cli.serve != serve::Arguments::default() {
        let message = "--no-migrate belongs to `serve`";
        Cli::command()
            .error(ErrorKind::ArgumentConflict, message)
            .exit();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let ending = match runtime {
        Ok(runtime) => runtime.block_on(run(cli)),
        Err(error) => Err(error.into()),
    };
    ending.unwrap_or_else(|error| {
        eprintln!("tutela: {}", in_words(&error));
        ExitCode::FAILURE
    })
}

/// An error with its causes, save those that it has told already.
fn in_words(error: &anyhow::Error) -> String {
    let mut words = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if words.is_empty() {
            words = cause;
        } else if !words.contains(&cause) {
            words = format!("{words}: {cause}");
        }
    }
    words
}

async fn run(cli: Cli) -> Ending {
    let Cli {
        command,
        settings_file,
        settings,
        serve,
    } = cli;
    let settled = crate::config::load(&Sources {
        mode: match command {
            Some(Command::Demo) => Mode::Demo,
            _ => Mode::Serve,
        },
        file: settings_file,
        environment: std::env::vars_os()
            .map(|(name, value)| (lossy(&name), lossy(&value)))
            .collect(),
        flags: settings.0,
        on_terminal: io::stderr().is_terminal(),
    });
    match command {
        None => serve::run(&serve, settled?.config).await,
        Some(Command::Serve(arguments)) => serve::run(&arguments, settled?.config).await,
        Some(Command::Demo) => demo::run(settled?.config).await,
        Some(Command::Apply(arguments)) => apply::run(&arguments, &settled?.config).await,
        Some(Command::Migrate(arguments)) => migrate::run(&arguments, &settled?.config).await,
        Some(Command::Backup(arguments)) => backup::run(&arguments, &settled?.config).await,
        Some(Command::Restore(arguments)) => restore::run(&arguments, &settled?.config).await,
        Some(Command::Audit(command)) => audit::run(&command, &settled?.config).await,
        Some(Command::Keys(command)) => keys::run(&command, &settled?.config).await,
        Some(Command::Keypair(arguments)) => keypair::run(&arguments),
        Some(Command::Operator(command)) => operator::run(&command, &settled?.config).await,
        Some(Command::Hcp(command)) => hcp::run(&command, &settled?.config).await,
        Some(Command::ServiceAccount(command)) => {
            service_account::run(&command, &settled?.config).await
        }
        Some(Command::Openapi) => openapi::run(),
        Some(Command::Doctor(arguments)) => doctor::run(&arguments, settled).await,
        Some(Command::Config(arguments)) => config::run(&arguments, &settled?),
        Some(Command::ReadSpreadsheet) => Ok(spreadsheet::work()),
    }
}

fn lossy(text: &OsStr) -> String {
    text.to_string_lossy().into_owned()
}

/// Opens the configured database as the machine's clock and dice see it.
async fn open(config: &Config, schema: Schema) -> Result<Store, OpenError> {
    let options = Options {
        url: config.database_url.clone(),
        schema,
    };
    Store::open(&options, Arc::new(SystemClock), Arc::new(SystemRandom)).await
}

/// Opens the configured database, which must be there and up to date.
async fn open_existing(config: &Config) -> anyhow::Result<Store> {
    if let Some(file) = database_file(config).filter(|file| !file.exists()) {
        anyhow::bail!("there is no database at {}", file.display());
    }
    Ok(open(config, Schema::Require).await?)
}

/// The file of a SQLite database. `None`: it is PostgreSQL.
fn database_file(config: &Config) -> Option<PathBuf> {
    let path = config.database_url.expose().strip_prefix("sqlite:")?;
    Some(PathBuf::from(path.trim_start_matches("//")))
}

/// Writes a line of data to stdout.
fn print(line: &str) -> anyhow::Result<()> {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()), // whoever read the data has had enough
    }
}

/// Writes a value to stdout as JSON.
fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    print(&serde_json::to_string_pretty(value)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_cause_is_told_once() {
        let error = anyhow::anyhow!("no disk")
            .context("cannot write: no disk")
            .context("copying");
        assert_eq!(in_words(&error), "copying: cannot write: no disk");
    }

    #[test]
    fn a_setting_may_stand_before_or_behind_the_command() {
        for line in ["tutela --keys-dir k doctor", "tutela doctor --keys-dir k"] {
            let cli = Cli::parse_from(line.split(' '));
            assert_eq!(cli.settings.0, [("keys_dir".to_owned(), "k".to_owned())]);
        }
    }
}
