//! What somebody looks for, and in which lists of [`words`](super::words) it stands.
use super::{
    HcpType,
    words::{
        BEGINNING, EMAIL, LENGTHS, NAME, OF_ORGANIZATION, PHONE, PHONE_END, encoded, key, pair,
        parts, reversed,
    },
};
use crate::folding::fold;

/// Most words of a search that narrow it.
pub(super) const MOST_TERMS: usize = 4;

/// From which word to which.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) from: String,
    pub(super) to: String,
}

impl Range {
    /// The words that begin with `from`.
    fn beginning(from: String) -> Self {
        let to = format!("{from}g"); // the letter after the last digit
        Self { from, to }
    }

    /// One list.
    fn only(list: String) -> Self {
        Self {
            to: list.clone(),
            from: list,
        }
    }
}

/// A word that somebody looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    kind: char,
    text: String,
}

impl Term {
    fn new(kind: char, text: &str) -> Self {
        let text = text.to_owned();
        Self { kind, text }
    }

    /// What [`Words::text`] is like where a word begins with this.
    fn pattern(&self) -> String {
        format!("% {}%", encoded(self.kind, &self.text))
    }

    /// The list in which all of them stand, in the order of names; for `kind` alone where
    /// that has its own. `None` for what is in no order.
    fn list(&self, kind: Option<HcpType>) -> Option<String> {
        let bytes = self.text.as_bytes();
        let mut lengths = LENGTHS.iter().rev();
        let beginning = lengths.find_map(|length| bytes.get(..*length))?;
        (self.kind == NAME).then(|| match kind {
            Some(HcpType::Organization) => key(OF_ORGANIZATION, beginning),
            _ => key(BEGINNING, beginning),
        })
    }
}

/// What somebody looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Search {
    /// Each of these words, the longest first.
    Words(Vec<Term>),
    /// A phone number, by its beginning or by its end.
    Phone([Term; 2]),
}

impl Search {
    /// Reads what was typed. `None` when it holds nothing to look for, or too little.
    pub(super) fn parse(typed: &str) -> Option<Self> {
        if let Some(digits) = phone(typed) {
            let plain = digits.trim_start_matches('0');
            let end = reversed(plain);
            return Some(Self::Phone([
                Term::new(PHONE, plain),
                Term::new(PHONE_END, &end),
            ]));
        }
        let folded = fold(typed);
        let mut terms: Vec<Term> = Vec::new();
        for token in folded.split_whitespace() {
            if token.contains('@') {
                terms.push(Term::new(EMAIL, token.trim_start_matches('@')));
            } else {
                terms.extend(parts(token).map(|part| Term::new(NAME, part)));
            }
        }
        // The longest words narrow the most.
        terms.sort_by_key(|term| std::cmp::Reverse(term.text.len()));
        let terms = terms.into_iter().fold(Vec::new(), without_implied);
        let is_enough = terms.first().is_some_and(|term| term.text.len() >= 2);
        is_enough.then(|| Self::Words(terms.into_iter().take(MOST_TERMS).collect()))
    }

    /// What [`Words::text`] must be like; of a phone number, one of two.
    pub(super) fn patterns(&self) -> Vec<String> {
        let terms = match self {
            Self::Words(terms) => terms.as_slice(),
            Self::Phone(terms) => terms,
        };
        terms.iter().map(Term::pattern).collect()
    }

    /// Where all of `kind` that it finds stand, besides others: each of these two ranges of
    /// lists holds them together. Those that may hold the fewest come first.
    pub(super) fn ranges(&self, kind: Option<HcpType>) -> Vec<[Range; 2]> {
        let range = |term: &Term| match term.list(kind) {
            Some(list) => Range::only(list),
            None => Range::beginning(encoded(term.kind, &term.text)),
        };
        match self {
            Self::Phone(terms) => vec![terms.each_ref().map(range)],
            Self::Words(terms) => {
                let pair = self.pair().map(Range::only);
                let long = terms.iter().filter(|term| term.text.len() >= 2).map(range);
                pair.into_iter()
                    .chain(long)
                    .map(|range| [range, Range::default()])
                    .collect()
            }
        }
    }

    /// The list, in the order of names, in which all of `kind` that it finds stand.
    pub(super) fn list(&self, kind: Option<HcpType>) -> Option<String> {
        let Self::Words(terms) = self else {
            return None;
        };
        let single = || terms.iter().find_map(|term| term.list(kind));
        match kind {
            Some(HcpType::Organization) => single(),
            _ => self.pair().or_else(single),
        }
    }

    /// The list of those with the two longest names.
    fn pair(&self) -> Option<String> {
        let Self::Words(terms) = self else {
            return None;
        };
        let mut names = terms.iter().filter(|term| term.kind == NAME);
        pair(&names.next()?.text, &names.next()?.text)
    }
}

/// Leaves out a word with which a longer one begins, since whoever has that has both.
fn without_implied(mut terms: Vec<Term>, term: Term) -> Vec<Term> {
    let is_implied = |other: &Term| other.kind == term.kind && other.text.starts_with(&term.text);
    if !terms.iter().any(is_implied) {
        terms.push(term);
    }
    terms
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

    fn contains(range: &Range, word: &str) -> bool {
        (range.from.as_str()..=range.to.as_str()).contains(&word)
    }

    #[test]
    fn a_beginning_is_a_range() {
        let range = Range::beginning(encoded(EMAIL, "mar"));
        for (word, is_in) in [
            ("mar", true),
            ("mary", true),
            ("mar\u{10ffff}", true),
            ("mas", false),
            ("ma", false),
        ] {
            assert_eq!(contains(&range, &encoded(EMAIL, word)), is_in, "{word}");
        }
        assert!(!contains(&range, &encoded(PHONE, "mary")));
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
            let search = Search::parse(typed).unwrap();
            assert!(matches!(search, Search::Phone(_)), "{typed}");
            let [beginning, end] = &search.ranges(None)[0];
            let found = contains(beginning, &encoded(PHONE, number))
                || contains(end, &encoded(PHONE_END, &reversed(number)));
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

    fn readable(list: Option<String>) -> Option<String> {
        list.map(|list| String::from_utf8(hex::decode(list).unwrap()).unwrap())
    }

    #[test]
    fn a_search_is_narrowed_by_its_two_longest_names() {
        let kind = Some(HcpType::Organization);
        for (typed, list, of_organizations) in [
            ("An", "ban", "oan"),
            ("Vandenberghe", "bvandenbe", "ovandenbe"),
            ("Janssens", "bjanssens", "ojanssens"),
            ("Jansser", "bjansse", "ojansse"),
            ("anna Benali", "danbe", "obenali"),
            ("benali anna x", "danbe", "obenali"),
            ("anna x", "banna", "oanna"),
            ("ann anna", "banna", "oanna"),
            ("anna anneke", "danan", "oanneke"),
            ("anna@home.example benali", "bbenali", "obenali"),
        ] {
            let search = Search::parse(typed).unwrap();
            assert_eq!(
                readable(search.list(None)).as_deref(),
                Some(list),
                "{typed}"
            );
            assert_eq!(
                readable(search.list(kind)).as_deref(),
                Some(of_organizations),
                "{typed}"
            );
        }
        for typed in ["anna@home.example", "+32 470 12 34 56"] {
            assert_eq!(Search::parse(typed).unwrap().list(None), None, "{typed}");
        }
    }
}
