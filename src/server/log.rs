//! The log: what happened, on stderr.
//!
//! What is written on behalf of a request names it: its method, its route and its id. It is kept
//! beside the request's task ([`on_behalf_of`]) and looked at when there is a line to write,
//! which for most requests is never; a span would be put together for each of them.
use std::{io, sync::Arc};

use axum::extract::MatchedPath;
use http::Method;
use serde::Serialize;
use tokio::task::futures::TaskLocalFuture;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{
    field::RecordFields,
    filter::{Targets, filter_fn},
    fmt::{
        self, FmtContext, FormatEvent, FormatFields,
        format::{DefaultFields, Writer},
    },
    prelude::*,
    registry::LookupSpan,
};

use crate::{config::LogFormat, store::Origin};

tokio::task_local! {
    static REQUEST: About;
}

/// What the log says of a request: no query, no header, no token, nothing personal.
#[derive(Clone)]
pub(super) struct About {
    pub(super) method: Method,
    pub(super) route: Option<MatchedPath>,
    pub(super) origin: Arc<Origin>,
}

impl About {
    /// The pattern of the route that answers.
    pub(super) fn route(&self) -> &str {
        self.route.as_ref().map_or("unknown", MatchedPath::as_str)
    }
}

/// Does `work`; what it writes into the log names the request.
pub(super) fn on_behalf_of<W: Future>(request: About, work: W) -> TaskLocalFuture<About, W> {
    REQUEST.scope(request, work)
}

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
        LogFormat::Pretty => registry.with(lines.fmt_fields(Fields)).try_init(),
        LogFormat::Json => {
            let json = fmt::format().json().flatten_event(true);
            let json = json.with_current_span(false).with_span_list(false);
            let lines = lines.json().event_format(Json(json));
            registry.with(lines).try_init()
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

/// An event's fields, then the request's.
struct Fields;

impl<'w> FormatFields<'w> for Fields {
    fn format_fields<R: RecordFields>(
        &self,
        mut writer: Writer<'w>,
        fields: R,
    ) -> std::fmt::Result {
        DefaultFields::new().format_fields(writer.by_ref(), fields)?;
        let told = REQUEST.try_with(|request| {
            let (method, route) = (&request.method, request.route());
            let id = &request.origin.request_id;
            write!(writer, " method={method} route={route} request_id={id}")
        });
        told.unwrap_or(Ok(())) // nobody's request
    }
}

/// Lines of JSON, each with a member `request` where there is one.
struct Json(fmt::format::Format<fmt::format::Json>);

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        #[derive(Serialize)]
        struct Request<'a> {
            method: &'a str,
            route: &'a str,
            request_id: &'a str,
        }
        let mut line = String::new();
        self.0
            .format_event(context, Writer::new(&mut line), event)?;
        let request = REQUEST.try_with(|request| {
            serde_json::to_string(&Request {
                method: request.method.as_str(),
                route: request.route(),
                request_id: &request.origin.request_id,
            })
        });
        match (line.strip_suffix("}\n"), request) {
            (Some(members), Ok(Ok(request))) => {
                writeln!(writer, "{members},\"request\":{request}}}")
            }
            _ => writer.write_str(&line),
        }
    }
}
