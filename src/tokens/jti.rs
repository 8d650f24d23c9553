//! Token ids. They name what the token was born from, so that whoever judges the token
//! finds its grant or key without another claim.
use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    id::{ApiKeyId, GrantId, HcpTokenId},
    random::Random,
};

/// What a token was born from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// A person's grant.
    Grant(GrantId),
    /// A person's grant, exchanged: he acts for somebody else under it.
    Exchange(GrantId),
    /// An HCP's authentication token.
    Hcp(HcpTokenId),
    /// A service account's key.
    ApiKey(ApiKeyId),
    /// A client's or service account's other proof of itself.
    Itself,
}

/// A token's id: its source and 96 random bits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Jti {
    /// What the token was born from.
    pub source: Source,
    unique: String,
}

impl Jti {
    /// A fresh id.
    pub fn new(source: Source, random: &dyn Random) -> Self {
        let mut bytes = [0; 12];
        random.fill(&mut bytes);
        Self {
            source,
            unique: URL_SAFE_NO_PAD.encode(bytes),
        }
    }

    /// Reads an id. `None` when it is not one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_at_checked(1)?;
        let (id, unique) = rest.split_once('.')?;
        let source = match kind {
            "g" => Source::Grant(GrantId::from_uuid(uuid::Uuid::try_parse(id).ok()?)),
            "x" => Source::Exchange(GrantId::from_uuid(uuid::Uuid::try_parse(id).ok()?)),
            "h" => Source::Hcp(HcpTokenId::from_uuid(uuid::Uuid::try_parse(id).ok()?)),
            "k" => Source::ApiKey(ApiKeyId::from_uuid(uuid::Uuid::try_parse(id).ok()?)),
            "c" if id.is_empty() => Source::Itself,
            _ => return None,
        };
        Some(Self {
            source,
            unique: unique.to_owned(),
        })
    }
}

impl fmt::Display for Jti {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, id) = match self.source {
            Source::Grant(id) => ("g", Some(id.uuid())),
            Source::Exchange(id) => ("x", Some(id.uuid())),
            Source::Hcp(id) => ("h", Some(id.uuid())),
            Source::ApiKey(id) => ("k", Some(id.uuid())),
            Source::Itself => ("c", None),
        };
        let mut digits = uuid::Uuid::encode_buffer();
        let id = id.map(|id| &*id.simple().encode_lower(&mut digits));
        for part in [kind, id.unwrap_or_default(), ".", &self.unique] {
            f.write_str(part)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    #[test]
    fn ids_name_their_source() {
        let random = SeededRandom::new(1);
        let id = uuid::Uuid::from_u128(7);
        for source in [
            Source::Grant(GrantId::from_uuid(id)),
            Source::Exchange(GrantId::from_uuid(id)),
            Source::Hcp(HcpTokenId::from_uuid(id)),
            Source::ApiKey(ApiKeyId::from_uuid(id)),
            Source::Itself,
        ] {
            let jti = Jti::new(source, &random);
            assert_eq!(Jti::parse(&jti.to_string()), Some(jti));
        }
        assert_eq!(Jti::parse("x.y"), None);
        assert_eq!(Jti::parse(""), None);
    }
}
