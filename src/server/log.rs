//! The log: what happened, on stderr.
use std::io;

use tracing::Level;
use tracing_subscriber::{
    filter::{Targets, filter_fn},
    fmt,
    prelude::*,
};

use crate::config::LogFormat;

/// Writes events to stderr in `format`, those that `RUST_LOG` names or else from level
/// `info` up, and panics among them. Libraries are never heard below `info`: at `trace`
/// some of them write headers, and with them secrets (SECURITY.md 4.3); tower-sessions
/// never, as its spans would hide the request's and its errors are ours told twice. Does
/// nothing where a log is in place already.
pub fn log_to_stderr(format: LogFormat) {
    let named = std::env::var("RUST_LOG").ok();
    let named = named.and_then(|named| named.parse::<Targets>().ok());
    let filter = named.unwrap_or_else(|| Targets::new().with_default(Level::INFO));
    let discreet = filter_fn(|event| {
        let target = event.target();
        let is_ours = target.starts_with("tutela");
        (is_ours || *event.level() <= Level::INFO) && !target.starts_with("tower_sessions")
    });
    let registry = tracing_subscriber::registry().with(filter).with(discreet);
    let lines = fmt::layer().with_writer(io::stderr);
    let set = match format {
        LogFormat::Pretty => registry.with(lines).try_init(),
        LogFormat::Json => {
            let json = lines.json().flatten_event(true).with_current_span(true);
            registry.with(json.with_span_list(false)).try_init()
        }
    };
    if set.is_ok() {
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string);
            let message = panic.payload_as_str().unwrap_or("no message");
            tracing::error!(place, message, "a bug: the program panicked");
        }));
    }
}
