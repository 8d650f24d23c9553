//! What an HCP is found by: the beginnings of its names and of its e-mail address, and the
//! beginning or the end of its phone number, whatever the case and the accents.
//!
//! A word is kept in hexadecimal behind a letter for where it comes from. So a beginning is
//! a range that any database finds in an index, whatever its collation.
use std::collections::BTreeSet;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::Fit;

/// Longest word that is kept, in bytes before hexadecimal.
const LONGEST: usize = 64;
/// Most words of a search that narrow it.
pub(super) const MOST_TERMS: usize = 4;

const NAME: char = 'n';
const EMAIL: char = 'e';
const PHONE: char = 'p';
/// The number from its end, for those who leave the country out.
const PHONE_END: char = 'r';

/// `text` in lower case and without accents.
pub(super) fn fold(text: &str) -> String {
    let plain = text.nfkd().filter(|c| !is_combining_mark(*c));
    let lower = plain.collect::<String>().to_lowercase();
    lower.chars().fold(String::new(), |mut folded, c| {
        match c {
            'ł' => folded.push('l'),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ı' => folded.push('i'),
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            c => folded.push(c),
        }
        folded
    })
}

fn encoded(kind: char, text: &str) -> String {
    let end = text.floor_char_boundary(LONGEST);
    hex::encode(format!("{kind}{}", &text[..end]))
}

fn parts(folded: &str) -> impl Iterator<Item = &str> {
    let parts = folded.split(|c: char| !c.is_alphanumeric());
    parts.filter(|part| !part.is_empty())
}

/// The words that an HCP is found by.
pub(super) fn of(fit: &Fit) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let local = fit.email.as_ref().and_then(|email| email.split('@').next());
    let names = [&fit.first_name, &fit.last_name, &fit.name];
    let names = names.into_iter().flatten().map(String::as_str);
    for text in names.chain(local) {
        words.extend(parts(&fold(text)).map(|part| encoded(NAME, part)));
    }
    if let Some(email) = &fit.email {
        words.insert(encoded(EMAIL, &fold(email)));
    }
    if let Some(phone) = &fit.phone {
        let digits = phone.trim_start_matches('+');
        words.insert(encoded(PHONE, digits));
        words.insert(encoded(PHONE_END, &reversed(digits)));
    }
    words
}

fn reversed(text: &str) -> String {
    text.chars().rev().collect()
}

/// From which word to before which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) from: String,
    pub(super) before: String,
}

impl Range {
    /// The words of `kind` that begin with `text`.
    fn beginning(kind: char, text: &str) -> Self {
        let from = encoded(kind, text);
        let before = format!("{from}g"); // the letter after the last digit
        Self { from, before }
    }
}

/// What somebody looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Search {
    /// Each of these words.
    Words(Vec<Range>),
    /// A phone number, by its beginning or by its end.
    Phone(Range, Range),
}

impl Search {
    /// Reads what was typed. `None` when it holds nothing to look for, or too little.
    pub(super) fn parse(typed: &str) -> Option<Self> {
        if let Some(digits) = phone(typed) {
            let plain = digits.trim_start_matches('0');
            return Some(Self::Phone(
                Range::beginning(PHONE, plain),
                Range::beginning(PHONE_END, &reversed(plain)),
            ));
        }
        let folded = fold(typed);
        let mut ranges = Vec::new();
        for token in folded.split_whitespace() {
            if token.contains('@') {
                ranges.push(Range::beginning(EMAIL, token.trim_start_matches('@')));
            } else {
                ranges.extend(parts(token).map(|part| Range::beginning(NAME, part)));
            }
        }
        // The longest words narrow the most.
        ranges.sort_by_key(|range| std::cmp::Reverse(range.from.len()));
        ranges.truncate(MOST_TERMS);
        let is_enough = ranges.first().is_some_and(|range| range.from.len() > 4);
        is_enough.then_some(Self::Words(ranges))
    }
}

/// The digits of what looks like a phone number: five at least.
fn phone(typed: &str) -> Option<String> {
    let is_phone = |c: char| c.is_ascii_digit() || c.is_whitespace() || "+-./()".contains(c);
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    (typed.chars().all(is_phone) && digits.trim_start_matches('0').len() >= 5).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_ligatures_do_not_matter() {
        for (text, folded) in [
            ("ÉLISE", "elise"),
            ("Łukasz Müller-Strauß", "lukasz muller-strauss"),
            ("Søren Ærø", "soren aero"),
            ("ﬁ", "fi"),
            ("李", "李"),
        ] {
            assert_eq!(fold(text), folded);
        }
    }

    fn contains(range: &Range, word: &str) -> bool {
        (range.from.as_str()..range.before.as_str()).contains(&word)
    }

    #[test]
    fn a_beginning_is_a_range() {
        let range = Range::beginning(NAME, "mar");
        for (word, is_in) in [
            ("mar", true),
            ("mary", true),
            ("mar\u{10ffff}", true),
            ("mas", false),
            ("ma", false),
        ] {
            assert_eq!(contains(&range, &encoded(NAME, word)), is_in, "{word}");
        }
        assert!(!contains(&range, &encoded(EMAIL, "mary")));
    }

    #[test]
    fn a_phone_number_is_found_by_its_beginning_or_its_end() {
        let number = "32470123456";
        for (typed, is_found) in [
            ("+32 470 12", true),
            ("0032470123456", true),
            ("0470/12.34.56", true),
            ("470123456", true),
            ("12345", false),
            ("+33470123456", false),
        ] {
            let Some(Search::Phone(beginning, end)) = Search::parse(typed) else {
                panic!("{typed}");
            };
            let found = contains(&beginning, &encoded(PHONE, number))
                || contains(&end, &encoded(PHONE_END, &reversed(number)));
            assert_eq!(found, is_found, "{typed}");
        }
        assert!(matches!(Search::parse("ward 12"), Some(Search::Words(_))));
    }

    #[test]
    fn a_single_letter_looks_for_nothing() {
        for typed in ["", " ", "a", "- -", "a b", "@"] {
            assert_eq!(Search::parse(typed), None, "{typed}");
        }
        assert!(Search::parse("李").is_some());
        assert!(Search::parse("a bo").is_some());
    }
}
