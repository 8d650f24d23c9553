//! What an HCP is found by: the beginnings of its names and of its e-mail address, and the
//! beginning or the end of its phone number, whatever the case and the accents.
//!
//! A word is kept in hexadecimal behind a letter for where it comes from. So a beginning is
//! a range that any database finds in an index, whatever its collation. Of the names, each
//! beginning of one of a few [`LENGTHS`] is a word of its own, and so is each pair of two names'
//! first letters: what many have is then found in its order, and what nobody has is seen at once.
use std::collections::BTreeSet;

use super::{Fit, HcpType};
use crate::folding::fold;

/// Longest word that is kept, in bytes before hexadecimal.
const LONGEST: usize = 64;
/// Most words of its names that an HCP is found by: it stands in a list for each two of them.
const MOST_NAMES: usize = 16;
/// Bytes of the beginnings that have lists. One of another length is found in the list of the
/// next shorter one.
pub(super) const LENGTHS: [usize; 5] = [2, 3, 4, 6, 8];
/// Bytes of each name of a pair.
const OF_A_PAIR: usize = 2;

pub(super) const NAME: char = 'n';
/// The beginning of a name.
pub(super) const BEGINNING: char = 'b';
/// The beginning of an organization's name.
pub(super) const OF_ORGANIZATION: char = 'o';
/// The beginnings of two names.
const PAIR: char = 'd';
pub(super) const EMAIL: char = 'e';
pub(super) const PHONE: char = 'p';
/// The number from its end, for those who leave the country out.
pub(super) const PHONE_END: char = 'r';

pub(super) fn encoded(kind: char, text: &str) -> String {
    let end = text.floor_char_boundary(LONGEST);
    hex::encode(format!("{kind}{}", &text[..end]))
}

pub(super) fn parts(folded: &str) -> impl Iterator<Item = &str> {
    let parts = folded.split(|c: char| !c.is_alphanumeric());
    parts.filter(|part| !part.is_empty())
}

/// The words that an HCP is found by.
pub(super) struct Words {
    kind: HcpType,
    names: BTreeSet<String>,
    /// In hexadecimal.
    others: Vec<String>,
}

impl Words {
    pub(super) fn of(fit: &Fit) -> Self {
        let local = fit.email.as_ref().and_then(|email| email.split('@').next());
        let texts = [&fit.last_name, &fit.first_name, &fit.name];
        let texts = texts.into_iter().flatten().map(String::as_str).chain(local);
        let mut names = BTreeSet::new();
        for name in texts.flat_map(|text| parts(&fold(text)).map(str::to_owned).collect::<Vec<_>>())
        {
            if names.len() < MOST_NAMES {
                names.insert(name);
            }
        }
        let mut others = Vec::new();
        if let Some(email) = &fit.email {
            others.push(encoded(EMAIL, &fold(email)));
        }
        if let Some(phone) = &fit.phone {
            let digits = phone.trim_start_matches('+');
            others.push(encoded(PHONE, digits));
            others.push(encoded(PHONE_END, &reversed(digits)));
        }
        Self {
            kind: fit.kind,
            names,
            others,
        }
    }

    /// All of them, each behind a space: what a search is compared with.
    pub(super) fn text(&self) -> String {
        let names = self.names.iter().map(|name| encoded(NAME, name));
        let all = names.chain(self.others.iter().cloned());
        all.flat_map(|word| [" ".to_owned(), word]).collect()
    }

    /// The lists that the HCP stands in.
    pub(super) fn lists(&self) -> BTreeSet<String> {
        let mut lists: BTreeSet<String> = self.others.iter().cloned().collect();
        for (at, name) in self.names.iter().enumerate() {
            let bytes = name.as_bytes();
            for beginning in LENGTHS.iter().filter_map(|length| bytes.get(..*length)) {
                lists.insert(key(BEGINNING, beginning));
                if self.kind == HcpType::Organization {
                    lists.insert(key(OF_ORGANIZATION, beginning));
                }
            }
            let others = self.names.iter().skip(at + 1);
            lists.extend(others.filter_map(|other| pair(name, other)));
        }
        lists
    }
}

pub(super) fn key(kind: char, bytes: &[u8]) -> String {
    format!("{}{}", hex::encode(kind.to_string()), hex::encode(bytes))
}

/// The list of those with both names. `None` where one is a single letter.
pub(super) fn pair(one: &str, other: &str) -> Option<String> {
    let [one, other] = [one, other].map(|name| name.as_bytes().get(..OF_A_PAIR));
    let (one, other) = (one?, other?);
    Some(key(PAIR, &[one.min(other), one.max(other)].concat()))
}

pub(super) fn reversed(text: &str) -> String {
    text.chars().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hcp_stands_in_the_lists_of_its_beginnings_and_pairs() {
        let details = crate::hcps::Details {
            name: Some("Ærø de X Hospital".to_owned()),
            ..Default::default()
        };
        let words = Words::of(&details.check(HcpType::Organization).unwrap());
        let readable = |list: String| String::from_utf8(hex::decode(list).unwrap()).unwrap();
        let lists: Vec<String> = words.lists().into_iter().map(readable).collect();
        let expected = "bae baer baero bde bho bhos bhosp bhospit bhospital daede daeho ddeho \
            oae oaer oaero ode oho ohos ohosp ohospit ohospital";
        assert_eq!(lists.join(" "), expected);
        let words = words.text();
        let words = words
            .split(' ')
            .skip(1)
            .map(|word| readable(word.to_owned()));
        assert!(words.eq(["naero", "nde", "nhospital", "nx"]));
    }
}
