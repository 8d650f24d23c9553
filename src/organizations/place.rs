//! Addresses of things on the web.
use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use url::Url;

/// An `http` or `https` address without query and fragment, kept letter for letter:
/// audiences are compared exactly.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl(String);

/// Not an address that something can be found under.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an address such as https://fhir.example/r4")]
pub struct NotBaseUrl(String);

impl BaseUrl {
    /// The letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `path` under it: `https://fhir.example/r4/Patient/1`.
    pub fn join(&self, path: &str) -> String {
        format!("{}/{path}", self.0.trim_end_matches('/'))
    }
}

impl FromStr for BaseUrl {
    type Err = NotBaseUrl;

    fn from_str(text: &str) -> Result<Self, NotBaseUrl> {
        let fits = |url: &Url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
                && url.fragment().is_none()
        };
        match Url::parse(text) {
            Ok(url) if fits(&url) && text.trim() == text => Ok(Self(text.to_owned())),
            _ => Err(NotBaseUrl(text.to_owned())),
        }
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for BaseUrl {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for BaseUrl {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_letters() {
        let base: BaseUrl = "https://fhir.example.test".parse().unwrap();
        assert_eq!(base.as_str(), "https://fhir.example.test");
        assert_eq!(
            base.join("Patient/1"),
            "https://fhir.example.test/Patient/1"
        );
    }

    #[test]
    fn what_nothing_can_be_found_under_is_refused() {
        for text in [
            "",
            "fhir",
            "ftp://a/b",
            "https://a?b=c",
            "https://a/#b",
            "https://u:p@a/",
            " https://a",
        ] {
            assert!(text.parse::<BaseUrl>().is_err(), "{text:?}");
        }
    }
}
