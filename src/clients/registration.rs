//! What an application registers: the names of RFC 7591 and OpenID Connect Dynamic
//! Client Registration where they exist, ours where they do not.
use serde::{Deserialize, Serialize};

use super::redirect;
use crate::{
    access::{Scope, ScopeSet},
    id::ServiceAccountId,
    keys::{Alg, foreign::JwkSet, jwe},
};

/// Whether an application can keep a secret (RFC 6749 §2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientType {
    /// It runs on people's devices.
    Public,
    /// It runs on a server.
    Confidential,
}

/// How an application proves who it is (RFC 7591 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// Not at all: public applications.
    None,
    /// Its secret, in the `Authorization` header.
    ClientSecretBasic,
    /// Its secret, in the body.
    ClientSecretPost,
    /// A JWT signed with its private key (RFC 7523).
    PrivateKeyJwt,
}

/// A way to obtain a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum GrantType {
    /// RFC 6749 §4.1.
    #[serde(rename = "authorization_code")]
    AuthorizationCode,
    /// RFC 6749 §6.
    #[serde(rename = "refresh_token")]
    RefreshToken,
    /// RFC 6749 §4.4.
    #[serde(rename = "client_credentials")]
    ClientCredentials,
    /// RFC 8693.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:token-exchange")]
    TokenExchange,
}

/// In which capacities people may use an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllowedPrincipal {
    /// Patients, guardians, dependents, independent HCPs.
    Consumer,
    /// Members with roles.
    Provider,
    /// Owner and Member.
    ConfigUser,
}

/// How `sub` is made (OpenID Connect Core §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectType {
    /// The same for every application.
    #[default]
    Public,
}

/// What an application registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// `public` or `confidential`.
    #[serde(rename = "type")]
    pub client_type: ClientType,
    /// `None`: `client_secret_basic` for confidential clients, `none` for public ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_method: Option<AuthMethod>,
    /// Where answers of the authorization endpoint may go, compared byte for byte.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// Where people may be sent after signing out.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    /// Ways to obtain a token.
    #[serde(default = "code_only")]
    pub grant_types: Vec<GrantType>,
    /// In which capacities people may use it.
    #[serde(default)]
    pub allowed_principals: Vec<AllowedPrincipal>,
    /// The most it may ask for.
    #[serde(default)]
    pub allowed_scopes: ScopeSet,
    /// Those of them that a person may leave out on the consent page.
    #[serde(default)]
    pub optional_scopes: ScopeSet,
    /// The resources its tokens may be for; the first is the default (T-06).
    #[serde(default)]
    pub audiences: Vec<String>,
    /// A first party: people are not asked.
    #[serde(default)]
    pub trusted: bool,
    /// Its public keys, a JWK set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<serde_json::Value>,
    /// Where its public keys are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// The algorithm of its ID tokens; `None`: RS256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token_signed_response_alg: Option<String>,
    /// Key encryption of its ID tokens (RFC 7518 §4); `None`: they are not encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token_encrypted_response_alg: Option<String>,
    /// Content encryption of its ID tokens; `None`: `A256GCM`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token_encrypted_response_enc: Option<String>,
    /// How `sub` is made.
    #[serde(default)]
    pub subject_type: SubjectType,
    /// Longest time since the sign-in, in seconds, where a request names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_max_age: Option<i64>,
    /// The application's own page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// A service account that may act for providers who use it (DOMAIN.md 10.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub may_act_service_account: Option<ServiceAccountId>,
}

fn code_only() -> Vec<GrantType> {
    vec![GrantType::AuthorizationCode]
}

/// What is wrong with a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field, with an index where it is a list: `redirect_uris[1]`.
    pub field: String,
    /// What is wrong and what would be right.
    pub reason: String,
}

/// Algorithms for ID tokens.
const SIGNING: [&str; 4] = ["RS256", "PS256", "ES256", "EdDSA"];
/// Algorithms for the key of an encrypted ID token.
const KEY_ENCRYPTION: [&str; 2] = ["RSA-OAEP-256", "ECDH-ES"];

impl Registration {
    /// The way this application proves who it is.
    pub fn auth_method(&self) -> AuthMethod {
        self.token_endpoint_auth_method
            .unwrap_or(match self.client_type {
                ClientType::Public => AuthMethod::None,
                ClientType::Confidential => AuthMethod::ClientSecretBasic,
            })
    }

    /// Everything that is wrong; empty when the registration may be stored.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        self.check_addresses(&mut faults);
        self.check_authentication(&mut faults);
        self.check_grants(&mut faults);
        self.check_algorithms(&mut faults);
        faults
    }

    fn check_addresses(&self, faults: &mut Vec<Fault>) {
        let lists = [
            ("redirect_uris", &self.redirect_uris),
            ("post_logout_redirect_uris", &self.post_logout_redirect_uris),
        ];
        for (list, uris) in lists {
            for (n, uri) in uris.iter().enumerate() {
                if let Err(fault) = redirect::check_redirect_uri(uri) {
                    faults.push(Fault {
                        field: format!("{list}[{n}]"),
                        reason: fault.to_string(),
                    });
                }
            }
        }
        if self.grant_types.contains(&GrantType::AuthorizationCode) && self.redirect_uris.is_empty()
        {
            fault(
                faults,
                "redirect_uris",
                "authorization_code needs at least one",
            );
        }
        for (n, audience) in self.audiences.iter().enumerate() {
            if audience != "self" && url::Url::parse(audience).is_err() {
                let field = format!("audiences[{n}]");
                fault(faults, &field, "expected an absolute URI or \"self\"");
            }
        }
        for (name, uri) in [
            ("jwks_uri", &self.jwks_uri),
            ("client_uri", &self.client_uri),
        ] {
            let is_web = |uri: &String| {
                url::Url::parse(uri).is_ok_and(|u| matches!(u.scheme(), "https" | "http"))
            };
            if uri.as_ref().is_some_and(|uri| !is_web(uri)) {
                fault(faults, name, "expected an https address");
            }
        }
    }

    fn check_authentication(&self, faults: &mut Vec<Fault>) {
        let method = self.auth_method();
        let is_public = self.client_type == ClientType::Public;
        if is_public != (method == AuthMethod::None) {
            let reason = "a public client uses \"none\", a confidential one anything else";
            fault(faults, "token_endpoint_auth_method", reason);
        }
        if self.jwks.is_some() && self.jwks_uri.is_some() {
            fault(faults, "jwks_uri", "give jwks or jwks_uri, not both");
        }
        let has_keys = self.jwks.is_some() || self.jwks_uri.is_some();
        if method == AuthMethod::PrivateKeyJwt && !has_keys {
            fault(faults, "jwks", "private_key_jwt needs jwks or jwks_uri");
        }
        if self.id_token_encrypted_response_alg.is_some() && !has_keys {
            fault(faults, "jwks", "encrypted ID tokens need jwks or jwks_uri");
        }
        match self.jwks.as_ref().map(JwkSet::from_value) {
            Some(Err(unfit)) => fault(faults, "jwks", &unfit.to_string()),
            Some(Ok(keys)) if !self.keys_serve(&keys) => {
                fault(
                    faults,
                    "jwks",
                    "none of the keys serves for what is registered",
                );
            }
            Some(Ok(_)) | None => {}
        }
    }

    fn keys_serve(&self, keys: &JwkSet) -> bool {
        let proves = self.auth_method() == AuthMethod::PrivateKeyJwt;
        let way = self.id_token_encrypted_response_alg.as_deref();
        let way = way.and_then(|name| name.parse::<jwe::KeyManagement>().ok());
        (!proves || keys.can_verify(&Alg::ALL))
            && way.is_none_or(|way| jwe::Cipher::new(keys, way).is_ok())
    }

    fn check_grants(&self, faults: &mut Vec<Fault>) {
        let is_public = self.client_type == ClientType::Public;
        if is_public && self.grant_types.contains(&GrantType::ClientCredentials) {
            fault(
                faults,
                "grant_types",
                "a public client cannot use client_credentials",
            );
        }
        let has_code = self.grant_types.contains(&GrantType::AuthorizationCode);
        if has_code && self.allowed_principals.is_empty() {
            fault(
                faults,
                "allowed_principals",
                "authorization_code needs at least one",
            );
        }
        for scope in self.optional_scopes.iter() {
            if !self.allowed_scopes.covers(scope) {
                let reason = format!("\"{scope}\" is not among allowed_scopes");
                fault(faults, "optional_scopes", &reason);
            }
        }
        if is_public && self.allowed_scopes.contains(&Scope::Introspect) {
            fault(
                faults,
                "allowed_scopes",
                "\"introspect\" is for confidential clients",
            );
        }
        if !self.trusted && self.allowed_scopes.contains(&Scope::Account) {
            fault(
                faults,
                "allowed_scopes",
                "\"account\" is for trusted clients",
            );
        }
        if self.default_max_age.is_some_and(|age| age < 0) {
            fault(faults, "default_max_age", "expected seconds, 0 or more");
        }
    }

    fn check_algorithms(&self, faults: &mut Vec<Fault>) {
        let fields: [(&str, &Option<String>, &[&str]); 3] = [
            (
                "id_token_signed_response_alg",
                &self.id_token_signed_response_alg,
                &SIGNING,
            ),
            (
                "id_token_encrypted_response_alg",
                &self.id_token_encrypted_response_alg,
                &KEY_ENCRYPTION,
            ),
            (
                "id_token_encrypted_response_enc",
                &self.id_token_encrypted_response_enc,
                &["A256GCM"],
            ),
        ];
        for (name, value, known) in fields {
            if let Some(value) = value
                && !known.contains(&value.as_str())
            {
                let reason = format!("unknown algorithm \"{value}\"; one of {}", known.join(", "));
                fault(faults, name, &reason);
            }
        }
        if self.id_token_encrypted_response_enc.is_some()
            && self.id_token_encrypted_response_alg.is_none()
        {
            let reason = "needs id_token_encrypted_response_alg";
            fault(faults, "id_token_encrypted_response_enc", reason);
        }
    }
}

fn fault(faults: &mut Vec<Fault>, field: &str, reason: &str) {
    faults.push(Fault {
        field: field.to_owned(),
        reason: reason.to_owned(),
    });
}
