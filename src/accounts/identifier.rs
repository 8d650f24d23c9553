//! E-mail addresses and phone numbers that people sign in with, in one canonical form
//! each, so that case, spaces and Unicode variants never make a second account.
use std::fmt;

use unicode_normalization::UnicodeNormalization;

/// The kind of an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdentifierKind {
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
}

impl IdentifierKind {
    /// The column's value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }
}

/// A login identifier in canonical form: its existence is the proof.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identifier {
    kind: IdentifierKind,
    value: String,
}

/// Longest address (RFC 5321 §4.5.3.1.3), in bytes.
const LONGEST_EMAIL: usize = 254;

impl Identifier {
    /// Reads what somebody typed: an e-mail address if it has an `@`, else a phone number.
    /// `None` when it is neither.
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.contains('@') {
            Self::email(typed)
        } else {
            Self::phone(typed)
        }
    }

    /// An e-mail address: trimmed, NFKC, lower-cased, domain as A-labels. `+tag` and dots
    /// stay. `None` when it is not one.
    pub fn email(typed: &str) -> Option<Self> {
        let text: String = typed.trim().nfkc().collect::<String>().to_lowercase();
        let (local, domain) = text.rsplit_once('@')?;
        let is_plain =
            |c: char| !c.is_whitespace() && !c.is_control() && !"\"(),:;<>@[\\]".contains(c);
        if local.is_empty()
            || local.len() > 64
            || !local.chars().all(is_plain)
            || local.starts_with('.')
            || local.ends_with('.')
            || local.contains("..")
        {
            return None;
        }
        let domain = idna::domain_to_ascii_strict(domain).ok()?;
        let value = format!("{local}@{domain}");
        (domain.contains('.') && value.len() <= LONGEST_EMAIL).then_some(Self {
            kind: IdentifierKind::Email,
            value,
        })
    }

    /// A phone number in E.164: `+` and 8 to 15 digits. Spaces, dashes, dots, slashes and
    /// brackets are dropped; a leading `00` is a `+`. `None` when it is not one.
    pub fn phone(typed: &str) -> Option<Self> {
        let text: String = typed.trim().nfkc().collect();
        let digits: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && !"-./()".contains(*c))
            .collect();
        let number = digits
            .strip_prefix('+')
            .or_else(|| digits.strip_prefix("00"))?;
        let fits = (8..=15).contains(&number.len())
            && !number.starts_with('0')
            && number.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| Self {
            kind: IdentifierKind::Phone,
            value: format!("+{number}"),
        })
    }

    /// Its kind.
    pub const fn kind(&self) -> IdentifierKind {
        self.kind
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.value
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_of_one_address_are_one_identifier() {
        for typed in [
            "john@example.test",
            " John@Example.TEST ",
            "ｊｏｈｎ@example.test",
            "JOHN@EXAMPLE.test\t",
        ] {
            let identifier = Identifier::parse(typed).unwrap();
            assert_eq!(identifier.as_str(), "john@example.test", "{typed}");
        }
        let tagged = Identifier::parse("john+kids@example.test").unwrap();
        assert_eq!(tagged.as_str(), "john+kids@example.test");
        let foreign = Identifier::parse("ann@bücher.example").unwrap();
        assert_eq!(foreign.as_str(), "ann@xn--bcher-kva.example");
    }

    #[test]
    fn variants_of_one_number_are_one_identifier() {
        for typed in [
            "+32 470 12 34 56",
            "0032470123456",
            "+32(470)12-34-56",
            "+32.470/123456",
        ] {
            let identifier = Identifier::parse(typed).unwrap();
            assert_eq!(identifier.as_str(), "+32470123456", "{typed}");
        }
    }

    #[test]
    fn what_is_neither_is_refused() {
        for typed in [
            "",
            "john",
            "@example.test",
            "john@",
            "john@localhost",
            "a b@example.test",
            "john@@example.test",
            "\"john\"@example.test",
            "john..doe@example.test",
            "0470123456",
            "+1234567",
            "+1234567890123456",
            "+32470abc456",
            "john\0@example.test",
        ] {
            assert_eq!(Identifier::parse(typed), None, "{typed}");
        }
    }
}
