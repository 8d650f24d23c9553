//! SMART App Launch 2 scopes over records: `patient/Observation.rs?category=laboratory`.
use std::fmt;

use super::ScopeSet;

/// Whose records, and by which right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// The one patient in context.
    Patient,
    /// Whatever the person may see.
    User,
    /// Whatever the machine may see.
    System,
}

/// Which resources.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Resource {
    /// `*`
    Any,
    /// One FHIR resource type.
    Type(Box<str>),
}

/// A non-empty set of `c`reate, `r`ead, `u`pdate, `d`elete, `s`earch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Verbs(u8);

const LETTERS: &str = "cruds";

impl Verbs {
    /// Reads the letters, which stand in the order of `cruds`.
    fn parse(letters: &str) -> Option<Self> {
        let mut verbs = 0;
        for letter in letters.chars() {
            let bit = 1 << LETTERS.find(letter)?;
            if bit <= verbs {
                return None; // twice, or out of order: an earlier letter has the lower bit
            }
            verbs |= bit;
        }
        (verbs != 0).then_some(Self(verbs))
    }

    fn both(self, other: Self) -> Option<Self> {
        let verbs = self.0 & other.0;
        (verbs != 0).then_some(Self(verbs))
    }
}

/// A scope over records, with its letters in order and SMART 1 spellings resolved.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Clinical {
    context: Context,
    resource: Resource,
    verbs: Verbs,
    /// `param=value&…` as it came: reaches only what the search would find.
    query: Option<Box<str>>,
}

impl Clinical {
    /// Reads what follows `patient/`, `user/` or `system/`. `None` when it is not in
    /// the grammar.
    pub(super) fn parse(context: Context, rest: &str) -> Option<Self> {
        let (reach, query) = match rest.split_once('?') {
            Some((reach, query)) => (reach, Some(query)),
            None => (rest, None),
        };
        let (resource, verbs) = reach.split_once('.')?;
        let resource = match resource {
            "*" => Resource::Any,
            name if is_type(name) => Resource::Type(name.into()),
            _ => return None,
        };
        let is_param = |pair: &str| {
            pair.split_once('=')
                .is_some_and(|(name, value)| !name.is_empty() && !value.is_empty())
        };
        if query.is_some_and(|query| !query.split('&').all(is_param)) {
            return None;
        }
        let letters = match (verbs, query) {
            ("read", None) => "rs", // SMART 1, which had no queries
            ("write", None) => "cud",
            ("*", None) => LETTERS,
            (letters, _) => letters,
        };
        Some(Self {
            context,
            resource,
            verbs: Verbs::parse(letters)?,
            query: query.map(Into::into),
        })
    }

    /// Whose records.
    pub const fn context(&self) -> Context {
        self.context
    }

    /// The resource type; `None` for all of them.
    pub fn type_name(&self) -> Option<&str> {
        match &self.resource {
            Resource::Any => None,
            Resource::Type(name) => Some(name),
        }
    }

    /// Whether it allows to create, update or delete.
    pub fn changes(&self) -> bool {
        "cud"
            .chars()
            .filter_map(|letter| LETTERS.find(letter))
            .any(|bit| self.verbs.0 & (1 << bit) != 0)
    }

    /// What both allow; `None` if that is nothing. With a scope that carries a query,
    /// what an unrestricted one allows is what that query finds; two different
    /// queries have nothing in common that could be written down.
    pub(super) fn meet(&self, other: &Self) -> Option<Self> {
        if self.context != other.context {
            return None;
        }
        let resource = match (&self.resource, &other.resource) {
            (Resource::Any, narrower) | (narrower, Resource::Any) => narrower,
            (a, b) if a == b => a,
            _ => return None,
        };
        let query = match (&self.query, &other.query) {
            (None, query) | (query, None) => query,
            (a, b) if a == b => a,
            _ => return None,
        };
        Some(Self {
            context: self.context,
            verbs: self.verbs.both(other.verbs)?,
            resource: resource.clone(),
            query: query.clone(),
        })
    }

    /// Whether this allows all that `other` does.
    pub fn covers(&self, other: &Self) -> bool {
        self.meet(other).as_ref() == Some(other)
    }

    /// Whether the two differ in nothing but their verbs.
    fn has_reach_of(&self, other: &Self) -> bool {
        self.context == other.context
            && self.resource == other.resource
            && self.query == other.query
    }
}

/// What `pieces` and `limits` have in common, in the order of the limits: pieces
/// that differ only in their verbs become one, and what another already covers is
/// left out.
pub(super) fn narrow(pieces: &[Clinical], limits: &ScopeSet) -> Vec<Clinical> {
    let mut common: Vec<Clinical> = Vec::new();
    for found in pieces
        .iter()
        .flat_map(|piece| limits.clinical().filter_map(|entry| piece.meet(entry)))
    {
        match common.iter_mut().find(|known| known.has_reach_of(&found)) {
            Some(known) => known.verbs.0 |= found.verbs.0,
            None => common.push(found),
        }
    }
    if common.len() > 1 {
        let all = common.clone();
        common.retain(|one| !all.iter().any(|other| other != one && other.covers(one)));
    }
    common
}

fn is_type(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|b| b.is_ascii_alphanumeric())
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Patient => "patient",
            Self::User => "user",
            Self::System => "system",
        })
    }
}

impl fmt::Display for Verbs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, letter) in LETTERS.char_indices() {
            if self.0 & (1 << i) != 0 {
                fmt::Write::write_char(f, letter)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Clinical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let resource = match &self.resource {
            Resource::Any => "*",
            Resource::Type(name) => name,
        };
        self.context.fmt(f)?;
        for part in ["/", resource, "."] {
            f.write_str(part)?;
        }
        self.verbs.fmt(f)?;
        match &self.query {
            Some(query) => write!(f, "?{query}"),
            None => Ok(()),
        }
    }
}
