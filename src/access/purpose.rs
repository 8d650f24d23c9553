//! Why data is used: codes of HL7 v3 ActReason (T-05).
use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A purpose of use, such as `TREAT`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Purpose(Cow<'static, str>);

impl Purpose {
    /// The patient asks for his own records.
    pub const PATIENT_REQUEST: Self = Self(Cow::Borrowed("PATRQT"));
    /// A family member asks.
    pub const FAMILY_REQUEST: Self = Self(Cow::Borrowed("FAMRQT"));
    /// Somebody with power of attorney asks, or one whom a court appointed.
    pub const POWER_OF_ATTORNEY: Self = Self(Cow::Borrowed("PWATRNY"));
    /// Treatment.
    pub const TREATMENT: Self = Self(Cow::Borrowed("TREAT"));
    /// Running the organization.
    pub const OPERATIONS: Self = Self(Cow::Borrowed("HOPERAT"));

    /// Its code.
    pub fn code(&self) -> &str {
        &self.0
    }

    /// As `purpose_of_use` in tokens writes it.
    pub fn uri(&self) -> String {
        format!("urn:oid:2.16.840.1.113883.5.8#{}", self.0)
    }
}

/// Not a code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a purpose of use such as TREAT or HOPERAT")]
pub struct NotPurpose(String);

impl FromStr for Purpose {
    type Err = NotPurpose;

    /// Takes any code of the code system's form: upper-case letters.
    fn from_str(code: &str) -> Result<Self, NotPurpose> {
        let is_code =
            (2..=16).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_uppercase());
        if is_code {
            Ok(Self(Cow::Owned(code.to_owned())))
        } else {
            Err(NotPurpose(code.to_owned()))
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Purpose {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Purpose {
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
    fn a_purpose_is_written_as_a_uri_of_act_reason() {
        assert_eq!(
            Purpose::TREATMENT.uri(),
            "urn:oid:2.16.840.1.113883.5.8#TREAT"
        );
        assert_eq!("HOPERAT".parse(), Ok(Purpose::OPERATIONS));
        assert!("treat".parse::<Purpose>().is_err());
    }
}
