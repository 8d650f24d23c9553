//! One scope (RFC 6749 §3.3, DOMAIN 9.6).
use std::{fmt, str::FromStr};

use super::{Clinical, Context, Permission};

/// One scope that this server knows. There is no variant for unknown ones: they are
/// refused or dropped where text is read, and so never passed on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// `openid`: an ID token.
    OpenId,
    /// `profile`: the subject's names and birth date.
    Profile,
    /// `email`: e-mail addresses the subject owns.
    Email,
    /// `phone`: phone numbers the subject owns.
    Phone,
    /// `fhirUser`: who is acting, as a FHIR resource; needs `openid`.
    FhirUser,
    /// `roles`: roles and organization in the ID token and UserInfo.
    Roles,
    /// `launch`: the context an EHR prepared.
    Launch,
    /// `launch/patient`: the patient in context.
    LaunchPatient,
    /// `offline_access`: a refresh token.
    OfflineAccess,
    /// `online_access`: a refresh token that ends with the session.
    OnlineAccess,
    /// `account`: self-service; trusted clients only.
    Account,
    /// `introspect`: the introspection endpoint; confidential clients only.
    Introspect,
    /// An administrative permission, under its own name.
    Permission(Permission),
    /// Records.
    Clinical(Clinical),
}

/// Why a text is not a [`Scope`] or a set of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// A character that RFC 6749 allows in no scope.
    #[error("a scope holds a character that RFC 6749 does not allow")]
    Characters,
    /// It begins like a SMART scope, but does not go on like one.
    #[error("\"{0}\" is not a SMART scope such as patient/Observation.rs")]
    Grammar(String),
    /// No such scope.
    #[error("unknown scope \"{0}\"")]
    Unknown(String),
    /// More than [`super::ScopeSet::MAX`].
    #[error("more than {max} scopes", max = super::ScopeSet::MAX)]
    TooMany,
}

const PLAIN: [(&str, Scope); 12] = [
    ("openid", Scope::OpenId),
    ("profile", Scope::Profile),
    ("email", Scope::Email),
    ("phone", Scope::Phone),
    ("fhirUser", Scope::FhirUser),
    ("roles", Scope::Roles),
    ("launch", Scope::Launch),
    ("launch/patient", Scope::LaunchPatient),
    ("offline_access", Scope::OfflineAccess),
    ("online_access", Scope::OnlineAccess),
    ("account", Scope::Account),
    ("introspect", Scope::Introspect),
];

impl Scope {
    /// The scopes that stand for themselves, for discovery documents.
    pub fn plain() -> impl Iterator<Item = Self> {
        PLAIN.into_iter().map(|(_, scope)| scope)
    }

    /// Whose records it reaches, if it reaches records.
    pub const fn context(&self) -> Option<Context> {
        match self {
            Self::Clinical(clinical) => Some(clinical.context()),
            _ => None,
        }
    }

    /// The administrative permission it names, if any.
    pub const fn permission(&self) -> Option<Permission> {
        match self {
            Self::Permission(permission) => Some(*permission),
            _ => None,
        }
    }

    /// Whether somebody who acts for another may have it by a token exchange: never what
    /// administers, self-service, introspection, or what yields a refresh token (N-06).
    pub const fn may_be_exchanged(&self) -> bool {
        match self {
            Self::OpenId
            | Self::Profile
            | Self::Email
            | Self::Phone
            | Self::FhirUser
            | Self::Roles
            | Self::LaunchPatient
            | Self::Clinical(_) => true,
            Self::Launch
            | Self::OfflineAccess
            | Self::OnlineAccess
            | Self::Account
            | Self::Introspect
            | Self::Permission(_) => false,
        }
    }

    /// Whether this allows all that `other` does.
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Clinical(mine), Self::Clinical(other)) => mine.covers(other),
            _ => self == other,
        }
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(token: &str) -> Result<Self, ScopeError> {
        let allowed = |b: u8| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        if token.is_empty() || !token.bytes().all(allowed) {
            return Err(ScopeError::Characters);
        }
        let context = match token.split_once('/') {
            Some(("patient", rest)) => Some((Context::Patient, rest)),
            Some(("user", rest)) => Some((Context::User, rest)),
            Some(("system", rest)) => Some((Context::System, rest)),
            _ => None,
        };
        if let Some((context, rest)) = context {
            return Clinical::parse(context, rest)
                .map(Self::Clinical)
                .ok_or_else(|| ScopeError::Grammar(token.to_owned()));
        }
        if let Ok(permission) = token.parse() {
            return Ok(Self::Permission(permission));
        }
        let known = PLAIN.into_iter().find(|(name, _)| *name == token);
        known
            .map(|(_, scope)| scope)
            .ok_or_else(|| ScopeError::Unknown(token.to_owned()))
    }
}

impl From<Permission> for Scope {
    fn from(permission: Permission) -> Self {
        Self::Permission(permission)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clinical(clinical) => clinical.fmt(f),
            Self::Permission(permission) => permission.fmt(f),
            plain => {
                let name = PLAIN.iter().find(|(_, scope)| scope == plain);
                f.write_str(name.map_or("", |(name, _)| name))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smart_1_spellings_become_smart_2() {
        for (old, new) in [
            ("patient/*.read", "patient/*.rs"),
            ("user/Patient.write", "user/Patient.cud"),
            ("system/*.*", "system/*.cruds"),
        ] {
            assert_eq!(old.parse::<Scope>().unwrap().to_string(), new);
        }
    }

    #[test]
    fn malformed_smart_scopes_are_told_from_unknown_ones() {
        for text in [
            "patient/",
            "patient/Patient",
            "patient/Patient.",
            "patient/Patient.sr",
            "patient/Patient.rr",
            "patient/Patient.x",
            "patient/patient.rs",
            "patient/*.rs?",
            "patient/*.rs?a",
            "patient/*.rs?=b",
            "patient/*.rs?a=b&",
            "patient/*.read?a=b",
            "patient/.rs",
            "patient/Pa*.rs",
            "patient/*.rs.rs",
            "user/Obs_x.rs",
            "system/**.rs",
            "patient/*.READ",
        ] {
            assert_eq!(text.parse::<Scope>(), Err(ScopeError::Grammar(text.into())));
        }
        for text in [
            "Patient/*.rs",
            "OPENID",
            "launch/encounter",
            "hcp:",
            "hcp:*",
        ] {
            assert_eq!(text.parse::<Scope>(), Err(ScopeError::Unknown(text.into())));
        }
    }

    #[test]
    fn every_plain_scope_reads_as_it_writes() {
        let all: Vec<_> = Scope::plain().collect();
        for scope in &all {
            assert_eq!(scope.to_string().parse::<Scope>().as_ref(), Ok(scope));
        }
        assert_eq!(all.len(), 12);
    }
}
