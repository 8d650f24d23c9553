//! Several scopes.
use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Clinical, Context, Permissions, Scope, ScopeError, clinical};

/// Scopes in the order they were given, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ScopeSet(Vec<Scope>);

/// What was read from a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requested {
    /// What this server knows.
    pub scopes: ScopeSet,
    /// What was dropped: unknown, malformed, or with letters out of order.
    pub dropped: Vec<String>,
}

impl ScopeSet {
    /// The most scopes one text may hold.
    pub const MAX: usize = 256;

    /// Reads a request's `scope`. What this server does not know is dropped and
    /// reported, so that the caller can log it (DOMAIN 9.6).
    ///
    /// # Errors
    /// Characters that are no scope's, or too many scopes: the request is malformed.
    pub fn read(text: &str) -> Result<Requested, ScopeError> {
        let mut dropped = Vec::new();
        let mut scopes = Self::default();
        for (i, token) in tokens(text).enumerate() {
            if i == Self::MAX {
                return Err(ScopeError::TooMany);
            }
            match token.parse() {
                Ok(scope) => scopes.insert(scope),
                Err(ScopeError::Characters) => return Err(ScopeError::Characters),
                Err(_) => dropped.push(token.to_owned()),
            }
        }
        Ok(Requested { scopes, dropped })
    }

    /// Adds `scope`, if it is not there yet.
    pub fn insert(&mut self, scope: Scope) {
        if !self.0.contains(&scope) {
            self.0.push(scope);
        }
    }

    /// Keeps those of which `keep` is true.
    pub fn retain(&mut self, keep: impl FnMut(&Scope) -> bool) {
        self.0.retain(keep);
    }

    /// In order.
    pub fn iter(&self) -> std::slice::Iter<'_, Scope> {
        self.0.iter()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether exactly `scope` is among them.
    pub fn contains(&self, scope: &Scope) -> bool {
        self.0.contains(scope)
    }

    /// Whether they allow, taken together, all that `scope` does.
    pub fn covers(&self, scope: &Scope) -> bool {
        match scope {
            Scope::Clinical(asked) => {
                let common = clinical::narrow(std::slice::from_ref(asked), self);
                common.contains(asked)
            }
            plain => self.contains(plain),
        }
    }

    /// Whether they allow, taken together, all that `others` do.
    pub fn covers_all(&self, others: &Self) -> bool {
        others.iter().all(|other| self.covers(other))
    }

    /// What these and `limits` have in common. A wildcard becomes the limits' entries;
    /// nothing is ever widened.
    pub fn narrowed_to(&self, limits: &Self) -> Self {
        let mut common = Self::default();
        for scope in self {
            match scope {
                Scope::Clinical(asked) => {
                    let pieces = clinical::narrow(std::slice::from_ref(asked), limits);
                    common.extend(pieces.into_iter().map(Scope::Clinical));
                }
                plain if limits.contains(plain) => common.insert(plain.clone()),
                _ => {}
            }
        }
        common
    }

    /// Whether the `patient` in context belongs to these: `launch/patient`, or any
    /// `patient/` scope, which implies it.
    pub fn wants_patient(&self) -> bool {
        self.contains(&Scope::LaunchPatient) || self.has(Context::Patient)
    }

    /// Whether any of them reaches records of `context`.
    pub fn has(&self, context: Context) -> bool {
        self.iter().any(|scope| scope.context() == Some(context))
    }

    /// Those that reach records of `context`.
    #[must_use]
    pub fn only(&self, context: Context) -> Self {
        let of_context = |scope: &&Scope| scope.context() == Some(context);
        self.iter().filter(of_context).cloned().collect()
    }

    /// The administrative permissions among them.
    pub fn permissions(&self) -> Permissions {
        self.iter().filter_map(Scope::permission).collect()
    }

    /// These without administrative permissions: what may be delegated (N-06).
    #[must_use]
    pub fn without_permissions(mut self) -> Self {
        self.retain(|scope| scope.permission().is_none());
        self
    }

    pub(super) fn clinical(&self) -> impl Iterator<Item = &Clinical> {
        self.iter().filter_map(|scope| match scope {
            Scope::Clinical(clinical) => Some(clinical),
            _ => None,
        })
    }
}

fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').filter(|token| !token.is_empty())
}

impl FromStr for ScopeSet {
    type Err = ScopeError;

    /// Reads space separated scopes and drops nothing: for what people registered.
    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let mut requested = Self::read(text)?;
        match requested.dropped.pop() {
            Some(token) => Err(token
                .parse::<Scope>()
                .err()
                .unwrap_or(ScopeError::Unknown(token))),
            None => Ok(requested.scopes),
        }
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut set = Self::default();
        set.extend(scopes);
        set
    }
}

impl Extend<Scope> for ScopeSet {
    fn extend<I: IntoIterator<Item = Scope>>(&mut self, scopes: I) {
        scopes.into_iter().for_each(|scope| self.insert(scope));
    }
}

impl IntoIterator for ScopeSet {
    type Item = Scope;
    type IntoIter = std::vec::IntoIter<Scope>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a ScopeSet {
    type Item = &'a Scope;
    type IntoIter = std::slice::Iter<'a, Scope>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for ScopeSet {
    /// Space separated, as in OAuth.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, scope) in self.iter().enumerate() {
            f.write_str(if i == 0 { "" } else { " " })?;
            scope.fmt(f)?;
        }
        Ok(())
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.to_string())
    }
}

impl<'de> Deserialize<'de> for ScopeSet {
    /// Takes a space separated text or a list of texts.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct TextOrList;
        impl<'de> de::Visitor<'de> for TextOrList {
            type Value = ScopeSet;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("scopes: one text with spaces between, or a list")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<ScopeSet, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<ScopeSet, A::Error> {
                let mut set = ScopeSet::default();
                while let Some(token) = list.next_element::<String>()? {
                    set.insert(token.parse().map_err(de::Error::custom)?);
                }
                Ok(set)
            }
        }
        from.deserialize_any(TextOrList)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::access::Permission;

    pub(in crate::access) fn set(text: &str) -> ScopeSet {
        ScopeSet::read(text).unwrap().scopes
    }

    fn scopes() -> impl Strategy<Value = Scope> {
        let clinical = (
            prop_oneof![Just("patient"), Just("user"), Just("system")],
            prop_oneof![
                Just("*"),
                Just("Patient"),
                Just("Observation"),
                Just("CarePlan")
            ],
            proptest::sample::subsequence(vec!['c', 'r', 'u', 'd', 's'], 1..=5),
            prop_oneof![4 => Just(""), 1 => Just("?a=1"), 1 => Just("?b=2&c=3")],
        )
            .prop_map(|(context, resource, verbs, query)| {
                let verbs: String = verbs.into_iter().collect();
                format!("{context}/{resource}.{verbs}{query}")
                    .parse()
                    .unwrap()
            });
        let permissions: Vec<_> = Permission::all().map(Scope::Permission).collect();
        prop_oneof![
            4 => clinical,
            1 => proptest::sample::select(Scope::plain().collect::<Vec<_>>()),
            1 => proptest::sample::select(permissions),
        ]
    }

    pub(in crate::access) fn scope_sets() -> impl Strategy<Value = ScopeSet> {
        proptest::collection::vec(scopes(), 0..8).prop_map(ScopeSet::from_iter)
    }

    #[test]
    fn unknown_and_malformed_scopes_are_dropped_and_reported() {
        let read = ScopeSet::read("openid address patient/Patient.sr patient/*.rs openid").unwrap();
        assert_eq!(read.scopes.to_string(), "openid patient/*.rs");
        assert_eq!(read.dropped, ["address", "patient/Patient.sr"]);
    }

    #[test]
    fn a_text_that_is_no_scope_parameter_is_refused() {
        for text in [
            "a\"b",
            "a\\b",
            "openid\tprofile",
            "op\u{0}enid",
            "é",
            "openid\n",
        ] {
            assert_eq!(
                ScopeSet::read(text),
                Err(ScopeError::Characters),
                "{text:?}"
            );
        }
        let many = vec!["openid"; ScopeSet::MAX + 1].join(" ");
        assert_eq!(ScopeSet::read(&many), Err(ScopeError::TooMany));
    }

    #[test]
    fn what_people_register_must_be_known() {
        let unknown = "openid custom".parse::<ScopeSet>().unwrap_err();
        assert_eq!(unknown, ScopeError::Unknown("custom".into()));
        let malformed = "user/Patient.".parse::<ScopeSet>().unwrap_err();
        assert_eq!(malformed, ScopeError::Grammar("user/Patient.".into()));
    }

    #[test]
    fn a_list_reads_like_a_text() {
        let list: ScopeSet = serde_json::from_str(r#"["openid", "patient/*.read"]"#).unwrap();
        let text: ScopeSet = serde_json::from_str(r#""openid patient/*.rs""#).unwrap();
        assert_eq!(list, text);
        assert!(serde_json::from_str::<ScopeSet>(r#"["a b"]"#).is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(set in scope_sets()) {
            prop_assert_eq!(set.to_string().parse::<ScopeSet>().unwrap(), set);
        }

        #[test]
        fn any_text_is_read_without_panic(text in ".{0,80}") {
            if let Ok(read) = ScopeSet::read(&text) {
                prop_assert_eq!(read.scopes.to_string().parse::<ScopeSet>().unwrap(), read.scopes);
            }
        }

        #[test]
        fn coverage_is_reflexive(set in scope_sets()) {
            prop_assert!(set.covers_all(&set));
        }

        #[test]
        fn coverage_is_transitive(a in scope_sets(), b in scope_sets(), c in scope_sets()) {
            let (b, c) = (b.narrowed_to(&a), c.narrowed_to(&b.narrowed_to(&a)));
            prop_assert!(a.covers_all(&b) && b.covers_all(&c) && a.covers_all(&c));
        }

        #[test]
        fn one_scope_covers_transitively(a in scopes(), b in scopes(), c in scopes()) {
            prop_assert!(!(a.covers(&b) && b.covers(&c)) || a.covers(&c));
        }

        #[test]
        fn narrowing_loses_nothing_that_both_cover(asked in scope_sets(), limits in scope_sets(), probe in scopes()) {
            let narrowed = asked.narrowed_to(&limits);
            let plain = asked.clinical().chain(limits.clinical()).all(|c| !c.to_string().contains('?'));
            if plain && asked.covers(&probe) && limits.covers(&probe) {
                prop_assert!(narrowed.covers(&probe));
            }
        }
    }
}
