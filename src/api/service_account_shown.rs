//! What the API shows of machines and their keys. Secrets are shown once, when they are made.
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    access::Purpose,
    clock::Timestamp,
    id::{ApiKeyId, OrganizationId, ServiceAccountId},
    service_accounts::{ApiKey, Mode, ServiceAccount},
};

/// A service account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServiceAccount)]
pub(super) struct Machine {
    /// `client_id` and `sub`.
    #[schema(value_type = uuid::Uuid)]
    id: ServiceAccountId,
    #[schema(value_type = Option<uuid::Uuid>)]
    organization_id: Option<OrganizationId>,
    name: String,
    /// `application`, `provider`.
    #[schema(value_type = Vec<String>)]
    modes: Vec<Mode>,
    /// The most it may ask for as an application.
    scopes: Vec<String>,
    /// The resources its tokens may be for; empty: the organization's.
    audiences: Vec<String>,
    /// Codes such as `HOPERAT`.
    #[schema(value_type = Vec<String>)]
    purposes: Vec<Purpose>,
    /// `active` or `disabled`.
    status: &'static str,
    #[schema(value_type = Option<Object>)]
    jwks: Option<Value>,
    jwks_uri: Option<String>,
    /// Requests to the token endpoint in a minute, at each node; `null`: as many as it likes.
    requests_per_minute: Option<u32>,
    /// Tokens on a day, in UTC; `null`: as many as it likes.
    tokens_per_day: Option<u32>,
    /// Whether one of its keys is old enough to be replaced.
    rotation_due: bool,
}

impl Machine {
    pub(super) fn of(account: &ServiceAccount, now: Timestamp) -> Self {
        let registration = &account.registration;
        Self {
            id: account.id,
            organization_id: account.organization,
            name: account.name.clone(),
            modes: registration.modes.clone(),
            scopes: registration
                .scopes
                .iter()
                .map(ToString::to_string)
                .collect(),
            audiences: registration.audiences.clone(),
            purposes: registration.purposes.clone(),
            status: match account.is_active {
                true => "active",
                false => "disabled",
            },
            jwks: registration.jwks.clone(),
            jwks_uri: registration.jwks_uri.clone(),
            requests_per_minute: registration.limits.requests_per_minute,
            tokens_per_day: registration.limits.tokens_per_day,
            rotation_due: account.keys.iter().any(|key| key.is_rotation_due(now)),
        }
    }
}

/// An API key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(super) struct Key {
    #[schema(value_type = uuid::Uuid)]
    id: ApiKeyId,
    name: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
    /// `active` or `expired`.
    status: &'static str,
    /// The key that took its place; it ends at `expires_at`.
    #[schema(value_type = Option<uuid::Uuid>)]
    replaced_by: Option<ApiKeyId>,
    /// Whether it is old enough to be replaced: 90 days.
    rotation_due: bool,
    /// The key itself, only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<String>,
}

impl Key {
    pub(super) fn of(key: &ApiKey, now: Timestamp) -> Self {
        Self {
            id: key.id,
            name: key.name.clone(),
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
            status: match key.is_live(now) {
                true => "active",
                false => "expired",
            },
            replaced_by: key.replaced_by,
            rotation_due: key.is_rotation_due(now),
            api_key: None,
        }
    }

    /// The same, with the key itself.
    pub(super) fn with(mut self, secret: &crate::secret::Secret) -> Self {
        self.api_key = Some(secret.expose().to_owned());
        self
    }
}
