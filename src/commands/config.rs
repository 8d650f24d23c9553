//! `tutela config`.
use std::process::ExitCode;

use super::{Ending, print, print_json};
use crate::config::Settled;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, settled: &Settled) -> Ending {
    if arguments.json {
        print_json(&settled.effective)?;
        return Ok(ExitCode::SUCCESS);
    }
    let width = settled.effective.iter().map(|e| e.key.len()).max();
    for setting in &settled.effective {
        let value = setting.value.as_deref().unwrap_or("(off)");
        print(&format!(
            "{:width$}  {value}  ({})",
            setting.key,
            setting.source,
            width = width.unwrap_or(0),
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
