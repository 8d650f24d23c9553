//! What the playground remembers of each visitor: in memory, bounded, gone at the end.
use std::sync::Arc;

use axum::http::HeaderMap;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use serde_json::Value;

use crate::{random::Random, secret::Secret};

const COOKIE: &str = "playground";

/// A request under way.
#[derive(Debug, Clone)]
pub(super) struct Started {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: Secret,
}

/// Tokens that were obtained and verified.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) access_token: String,
    pub(super) id_token: Option<String>,
    pub(super) refresh_token: Option<Secret>,
    pub(super) userinfo: Value,
    pub(super) answer: Value,
}

/// One visitor.
#[derive(Debug, Default)]
pub(super) struct Visit {
    pub(super) started: Option<Started>,
    pub(super) held: Option<Held>,
    pub(super) fault: Option<String>,
}

/// All visitors.
pub(super) struct Visits(quick_cache::sync::Cache<String, Arc<Visit>>);

impl Default for Visits {
    fn default() -> Self {
        Self(quick_cache::sync::Cache::new(256))
    }
}

fn mark(headers: &HeaderMap) -> Option<String> {
    let jar = CookieJar::from_headers(headers);
    jar.get(COOKIE).map(|cookie| cookie.value().to_owned())
}

impl Visits {
    pub(super) fn of(&self, headers: &HeaderMap) -> Option<Arc<Visit>> {
        self.0.get(&mark(headers)?)
    }

    /// Notes a request under way. Gives the cookie to set.
    pub(super) fn begin(
        &self,
        headers: &HeaderMap,
        started: Started,
        random: &dyn Random,
    ) -> String {
        let known = mark(headers).filter(|mark| self.0.get(mark).is_some());
        let mark = known.unwrap_or_else(|| Secret::random("", random).expose().to_owned());
        let visit = Visit {
            started: Some(started),
            ..Visit::default()
        };
        self.0.insert(mark.clone(), Arc::new(visit));
        let cookie = Cookie::build((COOKIE, mark))
            .path("/playground")
            .http_only(true);
        cookie.same_site(SameSite::Lax).build().to_string()
    }

    /// The request under way, which can be answered once.
    pub(super) fn take_started(&self, headers: &HeaderMap) -> Option<Started> {
        let mark = mark(headers)?;
        let started = self.0.get(&mark)?.started.clone();
        self.0.insert(mark, Arc::default());
        started
    }

    pub(super) fn finish(&self, headers: &HeaderMap, outcome: Result<Held, String>) {
        let Some(mark) = mark(headers) else { return };
        let visit = match outcome {
            Ok(held) => Visit {
                held: Some(held),
                ..Visit::default()
            },
            Err(fault) => Visit {
                fault: Some(fault),
                ..Visit::default()
            },
        };
        self.0.insert(mark, Arc::new(visit));
    }
}
