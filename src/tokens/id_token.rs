//! ID tokens (OpenID Connect Core §2, DOMAIN.md 9.3).
use std::{collections::HashMap, sync::Arc};

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Act, PrincipalType, Tokens, derive, digest_of,
    issue::IssueFor,
    user_info::{self, About},
};
use crate::{
    access::{Scope, ScopeSet},
    accounts::Amr,
    capacity::{ConsumerKind, Role},
    clock::Timestamp,
    id::{OrganizationId, SessionId},
    keys::{Alg, KeyError, Typ},
    store::Store,
};

/// How long an ID token is good for, in seconds.
const TTL: i64 = 600;

/// The claims of an ID token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IdClaims {
    /// The server.
    pub iss: String,
    /// The subject.
    pub sub: String,
    /// The application.
    pub aud: String,
    /// The application.
    pub azp: String,
    /// When it ends, in seconds.
    pub exp: i64,
    /// When it was issued, in seconds.
    pub iat: i64,
    /// When the person signed in, in seconds.
    pub auth_time: i64,
    /// The request's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// How sure the sign-in is.
    pub acr: String,
    /// By which methods.
    pub amr: Vec<Amr>,
    /// The left half of the access token's hash (§3.1.3.6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// The browser session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    /// Who acts for the subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Act>,
    /// What the subject is.
    pub principal_type: PrincipalType,
    /// Which kind of consumer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer_kind: Option<ConsumerKind>,
    /// The tenant.
    pub organization_id: OrganizationId,
    /// The claims by scope.
    #[serde(flatten)]
    pub by_scope: HashMap<String, Value>,
}

impl Tokens {
    /// The ID token beside `access_token`. `None` without `openid`.
    pub(super) fn id_token(
        &self,
        of: &IssueFor<'_>,
        scope: &ScopeSet,
        access_token: &str,
        now: Timestamp,
    ) -> Result<Option<String>, KeyError> {
        if !scope.contains(&Scope::OpenId) {
            return Ok(None);
        }
        let (standing, grant) = (of.standing, of.grant);
        let (principal_type, consumer_kind) = match &standing.role {
            Role::Consumer { kind, .. } => (PrincipalType::Consumer, Some(*kind)),
            Role::Hcp { .. } => (PrincipalType::Consumer, Some(ConsumerKind::Hcp)),
            Role::Provider { .. } => (PrincipalType::Provider, None),
            Role::ConfigUser { .. } => (PrincipalType::ConfigUser, None),
        };
        let by_scope = user_info::claims(&About { standing, scope });
        let registered = of
            .client
            .registration
            .id_token_signed_response_alg
            .as_deref();
        let alg = registered
            .and_then(|alg| alg.parse().ok())
            .unwrap_or(Alg::RS256);
        let claims = IdClaims {
            iss: self.issuer.to_string(),
            sub: grant.capacity.subject().to_string(),
            aud: of.client.id.clone(),
            azp: of.client.id.clone(),
            exp: standing.bounds(now.plus_seconds(TTL)).seconds(),
            iat: now.seconds(),
            auth_time: grant.authentication.auth_time.seconds(),
            nonce: grant.nonce.clone(),
            acr: grant.authentication.acr.as_str().to_owned(),
            amr: grant.authentication.amr.clone(),
            at_hash: Some(half_hash(access_token, alg)),
            sid: grant.session,
            act: derive::act(standing),
            principal_type,
            consumer_kind,
            organization_id: standing.organization.id,
            by_scope: by_scope
                .into_iter()
                .filter(|(name, _)| *name != "organization_id")
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        };
        self.keys.sign(alg, Typ::IdToken, &claims, now).map(Some)
    }

    /// Reads an ID token of ours that a client sends back as `id_token_hint`, expired or
    /// not. `None` when it is not ours. Applications send the same one again and again.
    pub fn read_hint(&self, store: &Store, token: &str) -> Option<Arc<IdClaims>> {
        let key = digest_of(token);
        if let Some(claims) = self.hints.get(store, &key) {
            return Some(claims);
        }
        let versions = self.hints.versions(store);
        let verified = self.keys.verify::<IdClaims>(Typ::IdToken, token).ok()?;
        let claims = Arc::new(verified.claims);
        if *claims.iss != *self.issuer {
            return None;
        }
        if let Some(versions) = versions {
            self.hints.put(key, versions, Arc::clone(&claims));
        }
        Some(claims)
    }
}

/// The left half of the hash that goes with the ID token's algorithm: SHA-512 for EdDSA
/// with Ed25519, SHA-256 for the others.
fn half_hash(access_token: &str, alg: Alg) -> String {
    let algorithm = match alg {
        Alg::EdDSA => &digest::SHA512,
        Alg::RS256 | Alg::PS256 | Alg::ES256 => &digest::SHA256,
    };
    let hash = digest::digest(algorithm, access_token.as_bytes());
    let (left, _) = hash.as_ref().split_at(hash.as_ref().len() / 2);
    URL_SAFE_NO_PAD.encode(left)
}
