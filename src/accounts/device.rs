//! A browser in which somebody signed in before. Whoever guesses at an identifier slows down
//! all others who try it, but not its owner in a browser that knows him (SECURITY.md 5.2).
use subtle::ConstantTimeEq;

use super::Passwords;
use crate::{id::AccountId, random::Random};

/// People whom one browser knows; the one who was there longest ago is forgotten first.
const MOST: usize = 4;
/// Hexadecimal digits of the name, and of a mark.
const NAME: usize = 32;
const MARK: usize = 64;

/// What a browser keeps: a name of its own, and a mark per person, which only the server
/// can make. It says nothing of who they are.
#[derive(Debug, Clone)]
pub struct Device {
    name: String,
    marks: Vec<String>,
}

impl Device {
    /// A browser that knows nobody yet.
    pub fn new(random: &dyn Random) -> Self {
        let mut name = [0; NAME / 2];
        random.fill(&mut name);
        Self {
            name: hex::encode(name),
            marks: Vec::new(),
        }
    }

    /// What a browser brought. `None`: nothing that was ever given to one.
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let is_hex = |part: &&str, digits: usize| {
            part.len() == digits && part.bytes().all(|digit| digit.is_ascii_hexdigit())
        };
        let name = parts.next().filter(|name| is_hex(name, NAME))?.to_owned();
        let marks = parts.filter(|mark| is_hex(mark, MARK)).take(MOST);
        Some(Self {
            name,
            marks: marks.map(str::to_owned).collect(),
        })
    }

    /// What the browser is to keep.
    pub fn write(&self) -> String {
        let parts = std::iter::once(&self.name).chain(&self.marks);
        parts.map(String::as_str).collect::<Vec<_>>().join(".")
    }

    /// Whether `account` signed in here before.
    pub fn knows(&self, passwords: &Passwords, account: AccountId) -> bool {
        let mark = self.mark(passwords, account);
        let is_it = |kept: &String| bool::from(kept.as_bytes().ct_eq(mark.as_bytes()));
        self.marks.iter().any(is_it)
    }

    /// The same browser, once `account` has signed in here.
    #[must_use]
    pub fn knowing(mut self, passwords: &Passwords, account: AccountId) -> Self {
        let mark = self.mark(passwords, account);
        self.marks.retain(|kept| *kept != mark);
        self.marks.insert(0, mark);
        self.marks.truncate(MOST);
        self
    }

    /// Under what the tries of `account` here are counted.
    pub(super) fn whose(&self, account: AccountId) -> String {
        format!("{account}\n{}", self.name)
    }

    fn mark(&self, passwords: &Passwords, account: AccountId) -> String {
        passwords.mark(&["device", &self.name, &account.to_string()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{id::Id, random::SeededRandom};

    fn account(n: u128) -> AccountId {
        Id::from_uuid(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn a_browser_knows_the_last_four_and_nobody_it_was_not_told_of() {
        let random = SeededRandom::new(1);
        let passwords = Passwords::new([7; 32], &random).unwrap();
        let mut device = Device::new(&random);
        for n in 0..6 {
            assert!(!device.knows(&passwords, account(n)));
            device = device.knowing(&passwords, account(n));
        }
        let device = Device::read(&device.write()).unwrap();
        let known: Vec<_> = (0..7)
            .filter(|n| device.knows(&passwords, account(*n)))
            .collect();
        assert_eq!(known, [2, 3, 4, 5]);
        // A mark serves in its own browser only, and on its own server.
        let mark = device.write().split_once('.').unwrap().1.to_owned();
        let other = format!("{}.{mark}", Device::new(&random).name);
        assert!(!Device::read(&other).unwrap().knows(&passwords, account(5)));
        let elsewhere = Passwords::new([8; 32], &random).unwrap();
        assert!(!device.knows(&elsewhere, account(5)));
        for nonsense in ["", ".", "x", &"0".repeat(31), &"g".repeat(32)] {
            assert!(Device::read(nonsense).is_none(), "{nonsense}");
        }
    }
}
