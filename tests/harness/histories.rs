//! Many random histories at once, each from a seed of its own that can be given again.
use tokio::task::{JoinError, JoinSet};

/// Histories that run at the same time.
const AT_ONCE: usize = 4;

/// Lives through histories of `long` steps until there were `steps` of them, or as many as
/// `TEST_HISTORY_STEPS` says; the first begins with the seed 1, or with `TEST_HISTORY_SEED`.
/// Each gives how many answers it compared; so does this, for all.
pub(crate) async fn histories<F>(steps: usize, long: usize, history: fn(u64, usize) -> F) -> usize
where
    F: Future<Output = usize> + Send + 'static,
{
    let steps = number("TEST_HISTORY_STEPS", steps);
    let first = number("TEST_HISTORY_SEED", 1);
    let mut compared = 0;
    let mut running = JoinSet::new();
    for place in 0..steps.div_ceil(long) {
        if running.len() == AT_ONCE {
            compared += result(running.join_next().await.unwrap());
        }
        let seed = u64::try_from(first + place).unwrap();
        running.spawn(history(seed, long));
    }
    while let Some(done) = running.join_next().await {
        compared += result(done);
    }
    assert!(compared > steps, "only {compared} answers were compared");
    compared
}

fn number(name: &str, unless: usize) -> usize {
    std::env::var(name).map_or(unless, |text| text.parse().unwrap())
}

fn result(done: Result<usize, JoinError>) -> usize {
    done.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}
