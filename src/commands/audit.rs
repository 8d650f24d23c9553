//! `tutela audit verify`.
use std::process::ExitCode;

use super::{Ending, open_existing, print, print_json};
use crate::{
    audit::{Flaw, Verdict, verify},
    config::Config,
};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Walk the chain of audit events, and name the first row that is wrong
    Verify {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(command: &Command, config: &Config) -> Ending {
    let Command::Verify { json } = command;
    let store = open_existing(config).await?;
    let verdict = verify(&store).await?;
    store.close().await;
    let code = match &verdict {
        Verdict::Sound { .. } => ExitCode::SUCCESS,
        Verdict::Broken { .. } => ExitCode::FAILURE,
    };
    match json {
        true => print_json(&as_json(&verdict))?,
        false => print(&in_words(&verdict))?,
    }
    Ok(code)
}

fn flaw(flaw: Flaw) -> (&'static str, &'static str) {
    match flaw {
        Flaw::SealMissing => ("seal_missing", "its seal is missing"),
        Flaw::EventMissing => ("event_missing", "its event is missing"),
        Flaw::Changed => ("changed", "it was changed after it was sealed"),
    }
}

fn in_words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Sound { events } => format!("The chain is sound: {events} events are sealed."),
        Verdict::Broken {
            seq,
            event,
            flaw: f,
        } => {
            let event = event.map(|id| format!(", event {id}")).unwrap_or_default();
            format!("The chain is broken at row {seq}{event}: {}.", flaw(*f).1)
        }
    }
}

fn as_json(verdict: &Verdict) -> serde_json::Value {
    match verdict {
        Verdict::Sound { events } => serde_json::json!({ "sound": true, "events": events }),
        Verdict::Broken {
            seq,
            event,
            flaw: f,
        } => serde_json::json!({
            "sound": false,
            "row": seq,
            "event": event,
            "flaw": flaw(*f).0,
        }),
    }
}
