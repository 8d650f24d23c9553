//! Whether the server lives and may be sent requests (SECURITY.md 7.6): `ok` or
//! `not ok`, and nothing else.
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Router, extract::State, routing::get};
use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::store::Store;

/// Where health is told, whatever host the request names.
pub(super) const PATHS: [&str; 2] = ["/health/live", "/health/ready"];

/// Longest wait for the database.
const PATIENCE: Duration = Duration::from_secs(2);

/// What readiness depends on. That migrations are done and keys are loaded needs no
/// look: without them the server does not start.
#[derive(Clone)]
pub(super) struct Health {
    store: Store,
    is_draining: Arc<AtomicBool>,
}

impl Health {
    pub(super) fn new(store: Store) -> Self {
        Self {
            store,
            is_draining: Arc::default(),
        }
    }

    /// From now on the server is not ready.
    pub(super) fn turn_red(&self) {
        self.is_draining.store(true, Ordering::Release);
    }

    async fn is_ready(&self) -> bool {
        let database = tokio::time::timeout(PATIENCE, self.store.ping());
        !self.is_draining.load(Ordering::Acquire) && matches!(database.await, Ok(Ok(())))
    }
}

pub(super) fn routes(health: Health) -> Router {
    Router::new()
        .route(PATHS[0], get(async || answer(true)))
        .route(PATHS[1], get(ready))
        .with_state(health)
}

async fn ready(State(health): State<Health>) -> Answer {
    answer(health.is_ready().await)
}

type Answer = (StatusCode, [(HeaderName, HeaderValue); 1], &'static str);

fn answer(is_well: bool) -> Answer {
    let (status, word) = match is_well {
        true => (StatusCode::OK, "ok\n"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not ok\n"),
    };
    let no_store = HeaderValue::from_static("no-store");
    (status, [(header::CACHE_CONTROL, no_store)], word)
}
