//! Lengths of time as people set them.
use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A length of time in whole seconds. Written `30 min` or `12 h`; a plain number is
/// seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u32);

/// Not a length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a length of time such as \"30 min\" or \"12 h\"")]
pub struct NotSpan(String);

impl Span {
    /// `seconds` long.
    pub const fn of_seconds(seconds: u32) -> Self {
        Self(seconds)
    }

    /// How many seconds.
    pub const fn seconds(self) -> u32 {
        self.0
    }
}

impl FromStr for Span {
    type Err = NotSpan;

    fn from_str(text: &str) -> Result<Self, NotSpan> {
        let span = text.parse::<jiff::SignedDuration>().ok();
        let whole = span.filter(|span| span.subsec_nanos() == 0);
        whole
            .and_then(|span| u32::try_from(span.as_secs()).ok())
            .map(Self)
            .ok_or_else(|| NotSpan(text.to_owned()))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            n if n > 0 && n.is_multiple_of(3600) => write!(f, "{} h", n / 3600),
            n if n > 0 && n.is_multiple_of(60) => write!(f, "{} min", n / 60),
            n => write!(f, "{n} s"),
        }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected a length of time such as \"30 min\"")]
        enum Written {
            Seconds(u32),
            Text(String),
        }
        match Written::deserialize(from)? {
            Written::Seconds(seconds) => Ok(Self(seconds)),
            Written::Text(text) => text.parse().map_err(de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_reads_as_it_writes() {
        for (text, seconds) in [("30 min", 1800), ("12 h", 43_200), ("45 s", 45), ("0 s", 0)] {
            assert_eq!(text.parse(), Ok(Span(seconds)));
            assert_eq!(Span(seconds).to_string(), text);
        }
        assert_eq!(serde_json::from_str::<Span>("90").unwrap(), Span(90));
        for text in ["", "soon", "-1 h", "1.5 s", "30"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
