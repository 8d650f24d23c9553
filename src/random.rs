//! Randomness, and the only place that asks the machine for it.
//!
//! A test replaces [`SystemRandom`] by a [`SeededRandom`], so that its ids and
//! secrets are the same on every run.
use std::{
    cell::RefCell,
    sync::atomic::{AtomicU64, Ordering},
};

use aws_lc_rs::digest;

/// A source of random bytes.
pub trait Random: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// The machine's generator. Ids and codes are cut from bytes that a thread has drawn before: asking
/// costs the same for a few as for many. Keys and secrets are longer, and asked for each by itself.
pub struct SystemRandom;

/// Up to how many bytes are cut from those drawn before.
const FEW: usize = 16;

/// Bytes drawn before, and how many of them are used.
struct Drawn {
    bytes: [u8; 512],
    used: usize,
}

thread_local! {
    static DRAWN: RefCell<Drawn> = const {
        RefCell::new(Drawn { bytes: [0; 512], used: 512 })
    };
}

impl Drawn {
    fn cut(&mut self, bytes: &mut [u8]) {
        let left = self.bytes.len() - self.used;
        if left < bytes.len() {
            ask(&mut self.bytes);
            self.used = 0;
        }
        for (to, from) in bytes.iter_mut().zip(self.bytes.iter_mut().skip(self.used)) {
            *to = std::mem::take(from); // no byte is given twice, nor stays here
        }
        self.used += bytes.len();
    }
}

#[expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "the one place that asks the machine; without randomness nothing here is safe to continue"
)]
fn ask(bytes: &mut [u8]) {
    aws_lc_rs::rand::fill(bytes).expect("the operating system gives random bytes");
}

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        match bytes.len() {
            ..=FEW => DRAWN.with_borrow_mut(|drawn| drawn.cut(bytes)),
            _ => ask(bytes),
        }
    }
}

/// The same bytes on every run: SHA-256 of the seed and a counter.
pub struct SeededRandom {
    seed: u64,
    drawn: AtomicU64,
}

impl SeededRandom {
    /// A generator that starts at `seed`.
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            drawn: AtomicU64::new(0),
        }
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let n = self.drawn.fetch_add(1, Ordering::SeqCst);
            let mut input = [0; 16];
            input[..8].copy_from_slice(&self.seed.to_be_bytes());
            input[8..].copy_from_slice(&n.to_be_bytes());
            let block = digest::digest(&digest::SHA256, &input);
            for (to, from) in chunk.iter_mut().zip(block.as_ref()) {
                *to = *from;
            }
        }
    }
}
