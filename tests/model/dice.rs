//! What happens next.
use tutela::random::{Random, SeededRandom};

/// The same throws for the same seed.
pub(super) struct Dice(SeededRandom);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(SeededRandom::new(seed))
    }

    /// A number below `sides`.
    pub(super) fn below(&self, sides: usize) -> usize {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        usize::try_from(u32::from_le_bytes(bytes)).unwrap() % sides
    }

    /// A number from `least` to `most`.
    pub(super) fn between(&self, least: i64, most: i64) -> i64 {
        let sides = usize::try_from(most - least + 1).unwrap();
        least + i64::try_from(self.below(sides)).unwrap()
    }

    pub(super) fn chance(&self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(super) fn pick<T: Copy>(&self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// One of them, if there is one.
    pub(super) fn one<T: Copy>(&self, from: &[T]) -> Option<T> {
        (!from.is_empty()).then(|| self.pick(from))
    }
}
