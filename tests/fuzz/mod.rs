//! Every parser of files and keys, given files that were valid before they were harmed: never a
//! panic, never more than the limits allow, always an answer.
//!
//! The tests are seeded and short. `FUZZ_CASES` says how many harmed files each parser of text
//! gets (500), a tenth of which each parser of workbooks gets; `FUZZ_SEED` (any text) changes
//! which.
mod keys;
mod spreadsheets;

use std::fs;

use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

/// How many harmed files a parser of text gets.
fn cases() -> u32 {
    std::env::var("FUZZ_CASES").map_or(500, |cases| cases.parse().unwrap())
}

fn runner(cases: u32) -> TestRunner {
    let seed = std::env::var("FUZZ_SEED").unwrap_or_default();
    let mut bytes = [0x5a; 32];
    for (n, byte) in seed.bytes().enumerate() {
        bytes[n % 32] ^= byte;
    }
    let config = Config {
        cases,
        failure_persistence: None, // a seed and a number of cases say it again
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// A file to begin with.
fn corpus(name: &str) -> Vec<u8> {
    fs::read(format!("tests/fuzz/corpus/{name}")).unwrap()
}

/// What happens to a file.
#[derive(Debug, Clone)]
enum Harm {
    /// A bit is another.
    Flip(prop::sample::Index, u8),
    /// A byte is another.
    Set(prop::sample::Index, u8),
    /// The rest is lost.
    Cut(prop::sample::Index),
    /// A part is lost.
    Lose(prop::sample::Index, usize),
    /// A part stands twice, or many times.
    Repeat(prop::sample::Index, usize, usize),
    /// A part of another file stands in it.
    Splice(prop::sample::Index, prop::sample::Index, usize),
    /// The beginning is another, as a wrong header.
    Head(Vec<u8>),
    /// What steers parsers stands in it.
    Insert(prop::sample::Index, &'static [u8]),
}

/// Texts that parsers have a rule for.
const TOKENS: [&[u8]; 16] = [
    b"\"",
    b"\0",
    b"\r\n",
    b";",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"<!DOCTYPE x [<!ENTITY a \"b\">]>",
    b"&a;",
    b"&#x10FFFF;",
    b"]]>",
    b"</",
    b" ss:Index=\"4294967295\"",
    b"table:number-rows-repeated=\"1048576\"",
    b"-----BEGIN PUBLIC KEY-----",
    b"PK\x03\x04",
    b"99999999999999999999",
];

fn harm() -> impl Strategy<Value = Harm> {
    use prop::sample::Index;
    let place = any::<Index>;
    prop_oneof![
        4 => (place(), 0_u8..8).prop_map(|(at, bit)| Harm::Flip(at, bit)),
        4 => (place(), any::<u8>()).prop_map(|(at, byte)| Harm::Set(at, byte)),
        1 => place().prop_map(Harm::Cut),
        2 => (place(), 1_usize..64).prop_map(|(at, len)| Harm::Lose(at, len)),
        2 => (place(), 1_usize..64, 1_usize..200).prop_map(|(at, len, n)| Harm::Repeat(at, len, n)),
        2 => (place(), place(), 1_usize..256).prop_map(|(at, from, len)| Harm::Splice(at, from, len)),
        1 => prop::collection::vec(any::<u8>(), 1..16).prop_map(Harm::Head),
        3 => (place(), prop::sample::select(&TOKENS[..])).prop_map(|(at, token)| Harm::Insert(at, token)),
    ]
}

/// A few of them.
fn harms() -> impl Strategy<Value = Vec<Harm>> {
    prop::collection::vec(harm(), 1..6)
}

/// `file` after all of `harms`; `other` is what is spliced in.
fn harmed(file: &[u8], other: &[u8], harms: &[Harm]) -> Vec<u8> {
    let mut bytes = file.to_vec();
    for harm in harms {
        if bytes.is_empty() {
            return bytes;
        }
        let end = |at: usize, len: usize, all: usize| (at + len).min(all);
        match harm {
            Harm::Flip(at, bit) => *at.get_mut(&mut bytes) ^= 1 << bit,
            Harm::Set(at, byte) => *at.get_mut(&mut bytes) = *byte,
            Harm::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Harm::Lose(at, len) => {
                let at = at.index(bytes.len());
                bytes.drain(at..end(at, *len, bytes.len()));
            }
            Harm::Repeat(at, len, times) => {
                let at = at.index(bytes.len());
                let part = bytes[at..end(at, *len, bytes.len())].repeat(*times);
                bytes.splice(at..at, part);
            }
            Harm::Splice(at, from, len) => {
                let (at, from) = (at.index(bytes.len()), from.index(other.len()));
                let part = other[from..end(from, *len, other.len())].to_vec();
                bytes.splice(at..at, part);
            }
            Harm::Head(head) => {
                let most = head.len().min(bytes.len());
                bytes[..most].copy_from_slice(&head[..most]);
            }
            Harm::Insert(at, token) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, token.iter().copied());
            }
        }
    }
    bytes
}
