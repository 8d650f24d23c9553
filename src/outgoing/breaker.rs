//! How many requests a target may take at once, and when to leave it alone.
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::Semaphore, time::Instant};

/// Requests to one target at once.
const AT_ONCE: usize = 4;
/// Failures in a row after which a target is left alone.
const FAILURES: u32 = 5;
/// For how long it is.
const REST: Duration = Duration::from_secs(30);

/// What is known of one origin.
pub(super) struct Target {
    pub(super) permits: Semaphore,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    failures: u32,
    rests_until: Option<Instant>,
}

impl Target {
    pub(super) fn new() -> Self {
        Self {
            permits: Semaphore::new(AT_ONCE),
            state: Mutex::default(),
        }
    }

    /// Whether it is left alone at present. After its rest one failure more brings
    /// the next rest, one success ends it.
    pub(super) fn rests(&self, now: Instant) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.rests_until.is_some_and(|until| now < until)
    }

    /// A request went well.
    pub(super) fn succeeded(&self) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }

    /// A request failed.
    pub(super) fn failed(&self, now: Instant) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES {
            state.rests_until = Some(now + REST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_that_keeps_failing_rests_and_gets_one_chance_after() {
        let target = Target::new();
        let mut now = Instant::now();
        for _ in 1..FAILURES {
            target.failed(now);
            assert!(!target.rests(now));
        }
        target.failed(now);
        assert!(target.rests(now));
        now += REST;
        assert!(!target.rests(now));
        target.failed(now);
        assert!(target.rests(now));
        now += REST;
        target.succeeded();
        target.failed(now);
        assert!(!target.rests(now));
    }
}
