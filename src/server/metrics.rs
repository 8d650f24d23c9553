//! Figures for operators, in the form Prometheus reads.
use std::{
    collections::HashMap,
    sync::{LazyLock, OnceLock, PoisonError, RwLock},
    time::Duration,
};

use http::{Method, StatusCode};
use metrics::Histogram;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::web::App;

const DURATION: &str = "tutela_http_request_duration_seconds";
const PANICS: &str = "tutela_http_panics_total";
const POOL: &str = "tutela_database_connections";
const PASSWORDS: &str = "tutela_passwords_waiting";
const HASHES: &str = "tutela_passwords_hashed_total";
const EVENTS: &str = "tutela_audit_events_waiting";

/// Upper bounds of the latency histogram, in seconds.
const BUCKETS: [f64; 12] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0,
];

/// The recorder of this process. There is one, however many servers run in it.
static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// Starts to measure, once per process.
pub(super) fn recorder() -> &'static PrometheusHandle {
    RECORDER.get_or_init(|| {
        let builder = PrometheusBuilder::new();
        let builder = builder
            .set_buckets_for_metric(Matcher::Full(DURATION.to_owned()), &BUCKETS)
            .unwrap_or_default(); // fails only for an empty list
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another recorder of metrics is in place; /metrics stays empty");
        }
        describe();
        handle
    })
}

fn describe() {
    metrics::describe_histogram!(
        DURATION,
        metrics::Unit::Seconds,
        "Time from a request's head to its answer"
    );
    metrics::describe_counter!(PANICS, "Requests that ended in a panic");
    metrics::describe_gauge!(POOL, "Connections to the database");
    metrics::describe_gauge!(PASSWORDS, "Passwords that wait to be hashed");
    metrics::describe_counter!(HASHES, "Passwords that were hashed or checked");
    metrics::describe_gauge!(EVENTS, "Audit events that wait to be written");
}

/// What a kind of answer is told apart by.
type Kind = (&'static str, &'static str);

/// The histograms of each route: to find one by its labels costs more than to count.
static DURATIONS: LazyLock<RwLock<HashMap<String, HashMap<Kind, Histogram>>>> =
    LazyLock::new(RwLock::default);

/// Counts a request. Its route is the pattern, never the path.
pub(super) fn observe(method: &Method, route: &str, status: StatusCode, took: Duration) {
    let kind = (method_name(method), class(status));
    {
        let known = DURATIONS.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(durations) = known.get(route).and_then(|of_route| of_route.get(&kind)) {
            durations.record(took);
            return;
        }
    }
    let labels = [
        ("method", kind.0.into()),
        ("route", metrics::SharedString::from(route.to_owned())),
        ("status", kind.1.into()),
    ];
    let durations = metrics::histogram!(DURATION, &labels[..]);
    durations.record(took);
    let mut known = DURATIONS.write().unwrap_or_else(PoisonError::into_inner);
    let of_route = known.entry(route.to_owned()).or_default();
    of_route.insert(kind, durations);
}

/// Counts a panic.
pub(super) fn count_panic() {
    metrics::counter!(PANICS).increment(1);
}

/// Looks at the state of things that nobody counts as they happen.
pub(super) fn set_state(app: &App) {
    let pool = app.store.pool_state();
    metrics::gauge!(POOL, "state" => "idle").set(pool.idle);
    metrics::gauge!(POOL, "state" => "used").set(pool.open.saturating_sub(pool.idle));
    metrics::gauge!(PASSWORDS).set(count(app.passwords.waiting()));
    metrics::counter!(HASHES).absolute(app.passwords.hashed());
    metrics::gauge!(EVENTS).set(count(app.later.waiting()));
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// A bounded set of names: clients may invent methods.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}
