//! `tutela serve`.
use std::{process::ExitCode, sync::Arc};

use super::Ending;
use crate::{
    clock::SystemClock,
    config::Config,
    random::SystemRandom,
    server::{self, Options, StopSignals},
    spreadsheet,
    store::Schema,
};

#[derive(Debug, Default, PartialEq, Eq, clap::Args)]
pub(super) struct Arguments {
    /// Refuse to start on a database whose schema is not up to date
    #[arg(long)]
    no_migrate: bool,
}

pub(super) async fn run(arguments: &Arguments, config: Config) -> Ending {
    server::log_to_stderr(config.log.format);
    let mut signals = StopSignals::new()?;
    let running = server::start(Options {
        config,
        schema: match arguments.no_migrate {
            true => Schema::Require,
            false => Schema::Migrate,
        },
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        program: spreadsheet::own_program()?,
    })
    .await?;
    tracing::info!(
        address = %running.address(),
        issuer = %running.app().config.issuer,
        metrics = running.admin_address().map(tracing::field::display),
        "listening"
    );
    running.until_told(&mut signals).await?;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}
