//! How and when somebody proved who he is: `auth_time`, `amr`, `acr` (T-07).
use std::fmt;

use crate::clock::Timestamp;

/// A method of authentication (RFC 8176).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Amr {
    /// A password.
    Pwd,
    /// A one-time code.
    Otp,
    /// A proof with a key that a machine holds, such as a passkey.
    Hwk,
    /// More than one factor.
    Mfa,
}

/// How sure we are: `aal1`, or `aal2` with two factors.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Acr {
    /// One factor.
    Aal1,
    /// Two factors.
    Aal2,
}

impl Acr {
    /// All values, weakest first; discovery lists them.
    pub const ALL: [Self; 2] = [Self::Aal1, Self::Aal2];

    /// The claim's value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aal1 => "aal1",
            Self::Aal2 => "aal2",
        }
    }

    /// Reads a claim's value. `None` when it is not one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|acr| acr.as_str() == text)
    }
}

impl fmt::Display for Acr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Amr {
    /// The claim's value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pwd => "pwd",
            Self::Otp => "otp",
            Self::Hwk => "hwk",
            Self::Mfa => "mfa",
        }
    }

    /// Reads a claim's value. `None` when it is not one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pwd, Self::Otp, Self::Hwk, Self::Mfa]
            .into_iter()
            .find(|amr| amr.as_str() == text)
    }

    /// Several values, separated by spaces, as columns hold them.
    pub fn join(methods: &[Self]) -> String {
        let words: Vec<_> = methods.iter().map(|m| m.as_str()).collect();
        words.join(" ")
    }

    /// Reads what [`Amr::join`] wrote; unknown words are left out.
    pub fn split(text: &str) -> Vec<Self> {
        text.split(' ').filter_map(Self::parse).collect()
    }
}

/// A proof of identity.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Authentication {
    /// When.
    pub auth_time: Timestamp,
    /// By which methods.
    pub amr: Vec<Amr>,
    /// How sure we are.
    pub acr: Acr,
}
