//! `tutela audit`: the chain over the audit events.
use std::process::ExitCode;

use anyhow::{Context, bail};

use super::{Ending, open_existing, print, print_json};
use crate::{
    audit::{self, Flaw, Head, Verdict},
    config::Config,
    keys::{Alg, JwtFault, Keys, Typ},
    server,
    store::Store,
};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Walk the chain of audit events, and name the first row that is wrong
    Verify {
        /// A head that was kept elsewhere, over which the chain must lead: a line of `tutela
        /// audit head` or of the server's log, or ROW:HASH
        #[arg(long)]
        head: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the head of the chain, signed, to be kept elsewhere
    Head,
}

pub(super) async fn run(command: &Command, config: &Config) -> Ending {
    let store = open_existing(config).await?;
    let code = match command {
        Command::Verify { head, json } => {
            let known = match head {
                Some(text) => Some(known(text, &store, config).await?),
                None => None,
            };
            verify(&store, known.as_ref(), *json).await?
        }
        Command::Head => {
            let head = audit::head(&store).await?;
            let head = head.context("nothing is sealed yet: start the server once")?;
            let keys = Keys::open(&store, server::kek_source(config)).await?;
            print(&keys.sign(Alg::ES256, Typ::AuditHead, &head, store.now())?)?;
            ExitCode::SUCCESS
        }
    };
    store.close().await;
    Ok(code)
}

/// The head that was kept.
async fn known(text: &str, store: &Store, config: &Config) -> anyhow::Result<Head> {
    if let Some((row, hash)) = text.split_once(':') {
        let row = row.parse().context("--head: ROW is not a number")?;
        let hash = hash.to_owned();
        return Ok(Head { row, hash, iat: 0 });
    }
    let keys = Keys::open(store, server::kek_source(config)).await?;
    match keys.verify(Typ::AuditHead, text) {
        Ok(verified) => Ok(verified.claims),
        Err(JwtFault::UnknownKey) => bail!(
            "--head: the key that signed it is not in the database any more. If you trust the \
             place where it was kept, give it as ROW:HASH; the log has both"
        ),
        Err(_) => bail!("--head: this is no head that this server signed"),
    }
}

async fn verify(store: &Store, known: Option<&Head>, json: bool) -> Ending {
    let verdict = audit::verify(store, known).await?;
    match json {
        true => print_json(&as_json(&verdict))?,
        false => print(&in_words(&verdict))?,
    }
    Ok(match &verdict {
        Verdict::Sound { .. } => ExitCode::SUCCESS,
        Verdict::Broken { .. } => ExitCode::FAILURE,
    })
}

fn flaw(flaw: Flaw) -> (&'static str, &'static str) {
    match flaw {
        Flaw::SealMissing => ("seal_missing", "its seal is missing"),
        Flaw::EventMissing => ("event_missing", "its event is missing"),
        Flaw::Changed => ("changed", "it was changed after it was sealed"),
        Flaw::Rewritten => (
            "rewritten",
            "it is not what the head says; it or a row before it was rewritten",
        ),
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
