//! What is sent about machines, read into what it must be.
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use utoipa::ToSchema;

use super::{checks::Checks, problem::Problem};
use crate::{
    access::{Purpose, ScopeSet},
    organizations::SELF_AUDIENCE,
    service_accounts::{KeysFault, Limits, Mode, Registration, ServiceAccount, not_registrable},
};

/// A machine to be registered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceAccountInput {
    /// Unique in the organization.
    name: String,
    /// `application`, `provider`, or both.
    modes: Vec<String>,
    /// `system/` and administrative scopes, a list or one text.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    scopes: ScopeSet,
    /// `self` or absolute URIs; the organization's when left out.
    #[serde(default)]
    audiences: Vec<String>,
    /// Codes such as `HOPERAT`.
    #[serde(default)]
    purposes: Vec<String>,
    /// Public keys, where it proves itself by `private_key_jwt`.
    #[schema(value_type = Option<Object>)]
    jwks: Option<Value>,
    /// Where its public keys are.
    jwks_uri: Option<String>,
    /// Requests to the token endpoint in a minute, at each node; as many as it likes when left out.
    requests_per_minute: Option<u32>,
    /// Tokens on a day, in UTC; as many as it likes when left out.
    tokens_per_day: Option<u32>,
}

impl ServiceAccountInput {
    pub(super) fn read(self) -> Result<(String, Registration), Problem> {
        let mut checks = Checks::default();
        let name = checks.name("name", &self.name);
        let registration = Registration {
            modes: modes(&mut checks, &self.modes),
            scopes: scopes(&mut checks, self.scopes),
            audiences: audiences(&mut checks, self.audiences),
            purposes: purposes(&mut checks, &self.purposes),
            jwks: self.jwks,
            jwks_uri: self.jwks_uri,
            limits: Limits {
                requests_per_minute: self.requests_per_minute,
                tokens_per_day: self.tokens_per_day,
            },
        };
        limits(&mut checks, registration.limits);
        keys(&mut checks, &registration);
        checks.finish().map(|()| (name, registration))
    }
}

/// What may be changed of a machine.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceAccountChange {
    name: Option<String>,
    /// `active` or `disabled`.
    status: Option<String>,
    /// `application`, `provider`, or both.
    modes: Option<Vec<String>>,
    /// `system/` and administrative scopes, a list or one text.
    #[schema(value_type = Option<Vec<String>>)]
    scopes: Option<ScopeSet>,
    /// `self` or absolute URIs; the organization's when empty.
    audiences: Option<Vec<String>>,
    /// Codes such as `HOPERAT`.
    purposes: Option<Vec<String>>,
    /// Public keys; `null` removes them.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Object>)]
    jwks: Option<Option<Value>>,
    /// Where its public keys are; `null` removes it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    jwks_uri: Option<Option<String>>,
    /// Requests to the token endpoint in a minute, at each node; `null`: as many as it likes.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    requests_per_minute: Option<Option<u32>>,
    /// Tokens on a day, in UTC; `null`: as many as it likes.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    tokens_per_day: Option<Option<u32>>,
}

/// Tells `null` from what is left out.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

impl ServiceAccountChange {
    pub(super) fn read(self, before: &ServiceAccount) -> Result<ServiceAccount, Problem> {
        let mut checks = Checks::default();
        let mut after = before.clone();
        if let Some(name) = &self.name {
            after.name = checks.name("name", name);
        }
        if let Some(status) = &self.status {
            let parse = |text: &str| match text {
                "active" => Some(true),
                "disabled" => Some(false),
                _ => None,
            };
            after.is_active = checks.word("status", status, parse, true);
        }
        let registration = &mut after.registration;
        if let Some(names) = &self.modes {
            registration.modes = modes(&mut checks, names);
        }
        if let Some(wanted) = self.scopes {
            registration.scopes = scopes(&mut checks, wanted);
        }
        if let Some(wanted) = self.audiences {
            registration.audiences = audiences(&mut checks, wanted);
        }
        if let Some(codes) = &self.purposes {
            registration.purposes = purposes(&mut checks, codes);
        }
        if let Some(jwks) = self.jwks {
            registration.jwks = jwks;
        }
        if let Some(uri) = self.jwks_uri {
            registration.jwks_uri = uri;
        }
        if let Some(most) = self.requests_per_minute {
            registration.limits.requests_per_minute = most;
        }
        if let Some(most) = self.tokens_per_day {
            registration.limits.tokens_per_day = most;
        }
        limits(&mut checks, registration.limits);
        keys(&mut checks, registration);
        checks.finish().map(|()| after)
    }
}

fn modes(checks: &mut Checks, names: &[String]) -> Vec<Mode> {
    let mut modes = Vec::new();
    for name in names {
        let mode = checks.word("modes", name, Mode::parse, Mode::Application);
        if !modes.contains(&mode) {
            modes.push(mode);
        }
    }
    if names.is_empty() {
        checks.fault("modes", "required");
    }
    modes
}

fn scopes(checks: &mut Checks, wanted: ScopeSet) -> ScopeSet {
    if !not_registrable(&wanted).is_empty() {
        checks.fault("scopes", "not_for_service_accounts");
    }
    wanted
}

fn audiences(checks: &mut Checks, wanted: Vec<String>) -> Vec<String> {
    let is_good =
        |audience: &String| audience == SELF_AUDIENCE || url::Url::parse(audience).is_ok();
    if !wanted.iter().all(is_good) {
        checks.fault("audiences", "invalid");
    }
    wanted
}

fn purposes(checks: &mut Checks, codes: &[String]) -> Vec<Purpose> {
    let mut purposes = Vec::new();
    for code in codes {
        match code.parse() {
            Ok(purpose) => purposes.push(purpose),
            Err(_) => checks.fault("purposes", "invalid"),
        }
    }
    purposes
}

fn limits(checks: &mut Checks, limits: Limits) {
    for (field, limit) in [
        ("requests_per_minute", limits.requests_per_minute),
        ("tokens_per_day", limits.tokens_per_day),
    ] {
        if limit.is_some_and(|limit| !Limits::BOUNDS.contains(&limit)) {
            checks.fault(field, "out_of_range");
        }
    }
}

fn keys(checks: &mut Checks, registration: &Registration) {
    match registration.check_keys() {
        Ok(()) => {}
        Err(KeysFault::Private) => checks.fault("jwks", "private_key_material"),
        Err(KeysFault::Unreadable) => checks.fault("jwks", "invalid"),
        Err(KeysFault::NoAddress) => checks.fault("jwks_uri", "invalid"),
        Err(KeysFault::Both) => checks.fault("jwks_uri", "give_one"),
    }
}
