//! What is issued: access tokens (RFC 9068), ID tokens (OpenID Connect Core §2), and what
//! UserInfo and introspection say of them.
//!
//! One function derives the claims of every access token from who acts, for what and
//! when ([`AccessClaims`]'s `derive`). Issuing signs what it gives; introspection runs
//! it again over the present state and shows what is left (DOMAIN.md 15). So nothing
//! that a token says can be looked up differently from how it was made.
mod claims;
mod derive;
mod exchange;
mod hcp;
mod hcp_access;
mod id_token;
mod inspect;
mod issue;
mod jti;
mod machine;
mod user_info;

use std::sync::Arc;

use aws_lc_rs::digest;

use self::inspect::Told;
use crate::{
    keys::Keys,
    store::{Cache, Topic},
};

pub use claims::{AccessClaims, Act, MayAct, PrincipalType};
pub use exchange::{consented, may_act};
pub use hcp::{HcpClaims, hcp_purpose};
pub use hcp_access::HcpBearer;
pub use id_token::IdClaims;
pub use inspect::{Context, Live};
pub use issue::{IssueFor, Issued, Machine};
pub use jti::{Jti, Source};
pub use machine::{account_as_machine, client_as_machine};

/// Issues tokens and judges them.
pub struct Tokens {
    issuer: Arc<str>,
    keys: Arc<Keys>,
    /// Tokens that were judged live, by SHA-256 of their text.
    live: Cache<[u8; 32], Arc<Live>>,
    /// ID tokens that came as hints and are ours, by the same.
    hints: Cache<[u8; 32], Arc<IdClaims>>,
}

impl Tokens {
    /// Tokens of `issuer`, signed with `keys`.
    pub fn new(issuer: impl Into<Arc<str>>, keys: Arc<Keys>) -> Self {
        const TOPICS: &[Topic] = &[
            Topic::Configuration,
            Topic::People,
            Topic::Revocations,
            Topic::Keys,
        ];
        Self {
            issuer: issuer.into(),
            keys,
            live: Cache::new(16_384, TOPICS),
            hints: Cache::new(4096, &[Topic::Keys]),
        }
    }

    /// The resource name of the JSON API, which `self` stands for in `audiences`.
    pub fn api_audience(&self) -> String {
        format!("{}/api", self.issuer)
    }
}

/// SHA-256 of a token's text: what it is remembered by.
fn digest_of(token: &str) -> [u8; 32] {
    let mut key = [0; 32];
    key.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
    key
}
