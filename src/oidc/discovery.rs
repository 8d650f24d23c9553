//! What the server says of itself (OpenID Connect Discovery 1.0, RFC 8414, RFC 9728).
//! Nothing stands here that is not honoured; a test walks the list.
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};

use crate::{
    access::{Permission, Scope},
    accounts::Acr,
    keys::{Alg, jwe::KeyManagement},
    web::{App, paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/.well-known/openid-configuration", get(metadata))
        .route("/.well-known/oauth-authorization-server", get(metadata))
        .route("/.well-known/oauth-protected-resource", get(resource))
        .route("/.well-known/smart-configuration", get(smart))
}

/// Browsers and clients may keep it for five minutes.
const CACHE: (HeaderName, HeaderValue) = (
    header::CACHE_CONTROL,
    HeaderValue::from_static("public, max-age=300"),
);

async fn metadata(State(app): State<App>) -> Response {
    ([CACHE], Json(document(&app))).into_response()
}

async fn resource(State(app): State<App>) -> Response {
    let body = json!({
        "resource": app.tokens.api_audience(),
        "authorization_servers": [app.config.issuer.as_str()],
        "bearer_methods_supported": ["header"],
        "scopes_supported": ["account"],
        "resource_name": "Tutela",
    });
    ([CACHE], Json(body)).into_response()
}

/// The same for applications that know SMART App Launch 2 (§2.2): only what is honoured.
async fn smart(State(app): State<App>) -> Response {
    let mut body = document(&app);
    if let Value::Object(body) = &mut body {
        let capabilities = [
            "launch-standalone",
            "client-public",
            "client-confidential-symmetric",
            "client-confidential-asymmetric",
            "sso-openid-connect",
            "context-standalone-patient",
            "context-banner",
            "permission-offline",
            "permission-online",
            "permission-patient",
            "permission-user",
            "permission-v1",
            "permission-v2",
            "authorize-post",
        ];
        body.insert("capabilities".to_owned(), json!(capabilities));
    }
    ([CACHE], Json(body)).into_response()
}

fn scopes() -> Vec<String> {
    // `launch` needs a context that an EHR prepared; none can be prepared yet.
    let plain = Scope::plain().filter(|scope| *scope != Scope::Launch);
    let own = plain.map(|scope| scope.to_string());
    let clinical = ["patient/*.cruds", "user/*.cruds", "system/*.cruds"];
    let permissions = Permission::all().map(|permission| permission.to_string());
    own.chain(clinical.map(str::to_owned))
        .chain(permissions)
        .collect()
}

/// The document, the same at both addresses.
pub(super) fn document(app: &App) -> Value {
    let issuer = &app.config.issuer;
    let algs: Vec<_> = Alg::ALL.iter().map(|alg| alg.name()).collect();
    let ways: Vec<_> = KeyManagement::ALL.iter().map(|way| way.name()).collect();
    let methods = [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
    ];
    let with_none = [&methods[..], &["none"]].concat();
    json!({
        "issuer": issuer.as_str(),
        "authorization_endpoint": issuer.url("/authorize"),
        "token_endpoint": issuer.url(paths::TOKEN),
        "userinfo_endpoint": issuer.url(paths::USERINFO),
        "jwks_uri": issuer.url(paths::JWKS),
        "introspection_endpoint": issuer.url(paths::INTROSPECT),
        "revocation_endpoint": issuer.url(paths::REVOKE),
        "end_session_endpoint": issuer.url(paths::LOGOUT),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": [
            "authorization_code", "refresh_token", "client_credentials",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algs,
        "id_token_encryption_alg_values_supported": ways,
        "id_token_encryption_enc_values_supported": [crate::keys::jwe::CONTENT_ENCRYPTION],
        "token_endpoint_auth_methods_supported": with_none,
        "token_endpoint_auth_signing_alg_values_supported": algs,
        "introspection_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_signing_alg_values_supported": algs,
        "revocation_endpoint_auth_methods_supported": with_none,
        "revocation_endpoint_auth_signing_alg_values_supported": algs,
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": scopes(),
        "claims_supported": [
            "iss", "sub", "aud", "azp", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid",
            "act", "principal_type", "consumer_kind", "organization_id", "organization_name", "roles",
            "hcp_id", "name", "given_name", "family_name", "birthdate", "updated_at", "email",
            "email_verified", "phone_number", "phone_number_verified", "fhirUser",
        ],
        "claim_types_supported": ["normal"],
        "acr_values_supported": Acr::ALL.map(Acr::as_str),
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "display_values_supported": ["page"],
        "ui_locales_supported": ["en"],
        "claims_parameter_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "require_request_uri_registration": false,
        "authorization_response_iss_parameter_supported": true,
    })
}
