//! Seeded dice that throw what has broken somebody's program.
use serde_json::{Map, Value, json};

use crate::harness::{BOT, EMILY, JOHN};

/// Texts that have broken somebody's program.
const NASTY: [&str; 18] = [
    "",
    " ",
    "\0",
    "a\0b",
    "'; DROP TABLE accounts; --",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "%00%ff%c0%af",
    "\u{202e}gnp.exe",
    "\u{feff}\u{200b}",
    "\r\nSet-Cookie: a=b",
    "9999999999999999999999",
    "-1",
    "1e309",
    "2026-02-30T25:61:61Z",
    "0000-00-00",
    "00000000-0000-0000-0000-000000000000",
    "ﬁﬂ🦀𝔘𝔫𝔦",
];

/// Seeded dice (splitmix64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(sides).unwrap()).unwrap()
    }

    pub(super) fn of<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }

    pub(super) fn text(&mut self) -> String {
        match self.below(24) {
            0 => "x".repeat(5000),
            1 => self.of(&[super::garbage::ORG, JOHN, EMILY, BOT]).to_owned(),
            2 => self
                .of(&["openid", "active", "OWNER", "john@example.test"])
                .to_owned(),
            n => NASTY[n % NASTY.len()].to_owned(),
        }
    }

    pub(super) fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth > 3 { 6 } else { 9 }) {
            0 => Value::Null,
            1 => json!(true),
            2 => json!(i64::MIN),
            3 => json!(1e308),
            4..6 => json!(self.text()),
            6 => (0..self.below(4)).map(|_| self.value(depth + 1)).collect(),
            _ => {
                let mut members = Map::new();
                for _ in 0..self.below(4) {
                    members.insert(self.text(), self.value(depth + 1));
                }
                Value::Object(members)
            }
        }
    }
}
