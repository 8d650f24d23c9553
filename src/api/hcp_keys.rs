//! `/api/v1/databases/{db}/hcps/{id}/keys`: the public keys that data for an HCP is encrypted
//! with. A private key is never taken, and there is none to give (N-13).
use axum::{
    Router,
    body::Body,
    extract::{FromRequest, Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::{
    caller::Caller,
    hcps::find,
    json::{self, List},
    problem::{self, Kind, Problem},
};
use crate::{
    access::Permission,
    clock::Timestamp,
    hcps::{self, HcpKey, Jwk, KeyFault, KeyRefusal, PublicKey},
    id::{HcpId, HcpKeyId},
    web::App,
};

pub(super) fn routes() -> Router<App> {
    let place = |rest: &str| format!("/api/v1/databases/{{db}}/hcps/{{id}}/keys{rest}");
    Router::new()
        .route(&place(""), get(list).post(register))
        .route(&place("/{kid}"), get(show).delete(remove))
}

#[derive(OpenApi)]
#[openapi(paths(list, show, register, remove))]
pub(super) struct Document;

/// A public key of an HCP, in each of its forms.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Key {
    #[schema(value_type = uuid::Uuid)]
    id: HcpKeyId,
    #[schema(value_type = uuid::Uuid)]
    hcp_id: HcpId,
    /// `RSA-OAEP-256`.
    alg: String,
    /// SHA-256 of its SPKI DER, in hexadecimal.
    spki_sha256: String,
    /// Its SPKI DER, in hexadecimal.
    spki_hex: String,
    pem: Option<String>,
    #[schema(value_type = Option<Object>)]
    jwk: Option<Jwk>,
    /// The account or service account that registered it.
    created_by: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<HcpKey> for Key {
    fn from(key: HcpKey) -> Self {
        let public = PublicKey::from_hex(&key.spki_hex).ok();
        Self {
            id: key.id,
            hcp_id: key.hcp_id,
            alg: key.alg,
            spki_sha256: key.spki_sha256,
            spki_hex: key.spki_hex,
            pem: public.as_ref().map(PublicKey::to_pem),
            jwk: public.as_ref().map(PublicKey::to_jwk),
            created_by: key.created_by,
            created_at: key.created_at,
        }
    }
}

/// A public key to be registered, in one of these forms.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyInput {
    /// SPKI DER, in hexadecimal.
    spki_hex: Option<String>,
    /// SPKI in PEM.
    pem: Option<String>,
    /// A public RSA key for `RSA-OAEP-256`.
    #[schema(value_type = Option<Object>)]
    jwk: Option<Jwk>,
}

/// A [`KeyInput`] that was looked through for private keys before anything read it.
pub(super) struct Screened(KeyInput);

impl FromRequest<App> for Screened {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, _: &App) -> Result<Self, Problem> {
        let bytes = json::bytes(request).await?;
        if hcps::holds_private(&bytes) {
            return Err(Problem::of(Kind::Unfit("private_key_material")));
        }
        json::parse(&bytes).map(Self).map_err(Problem::of)
    }
}

impl Screened {
    /// # Errors
    /// `validation`.
    pub(super) fn read(self) -> Result<PublicKey, Problem> {
        let fault = |field| move |fault: KeyFault| Problem::field(field, fault.code());
        match (self.0.spki_hex, self.0.pem, self.0.jwk) {
            (Some(hex), None, None) => PublicKey::from_hex(&hex).map_err(fault("spki_hex")),
            (None, Some(pem), None) => PublicKey::from_pem(&pem).map_err(fault("pem")),
            (None, None, Some(jwk)) => PublicKey::from_jwk(&jwk).map_err(fault("jwk")),
            (None, None, None) => Err(Problem::field("spki_hex", "required")),
            _ => Err(Problem::field("spki_hex", "repeated")),
        }
    }
}

/// The answer to a key that was refused.
pub(super) fn refuse(refusal: KeyRefusal) -> Problem {
    Problem::of(Kind::Conflict(match refusal {
        KeyRefusal::Taken => "key_taken",
        KeyRefusal::TooMany => "too_many_keys",
    }))
}

/// The keys of the HCP, oldest first.
#[utoipa::path(
    get, path = "/api/v1/databases/{db}/hcps/{id}/keys",
    responses((status = 200, body = List<Key>), (status = 404, body = problem::Body)),
    security(("bearer" = ["hcp:read"]))
)]
async fn list(caller: Caller, Path((db, id)): Path<(String, String)>) -> Result<Response, Problem> {
    let mut tx = caller.read().await?;
    let (_, hcp) = find(&caller, Permission::HcpRead, &mut tx, (&db, &id)).await?;
    let found = hcps::keys(&mut tx, hcp.id).await?;
    let items: Vec<Key> = found.into_iter().map(Into::into).collect();
    Ok(json::show(List::whole(items)))
}

/// One key.
#[utoipa::path(
    get, path = "/api/v1/databases/{db}/hcps/{id}/keys/{kid}",
    responses((status = 200, body = Key), (status = 404, body = problem::Body)),
    security(("bearer" = ["hcp:read"]))
)]
async fn show(
    caller: Caller,
    Path((db, id, kid)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let mut tx = caller.read().await?;
    let (_, hcp) = find(&caller, Permission::HcpRead, &mut tx, (&db, &id)).await?;
    let kid = kid.parse().map_err(|_| Problem::of(Kind::NotFound))?;
    let found = hcps::key(&mut tx, hcp.id, kid).await?;
    let key = found.ok_or(Problem::of(Kind::NotFound))?;
    Ok(json::show(Key::from(key)))
}

/// Registers a public key. Anything private is 422 `private_key_material`, and forgotten.
#[utoipa::path(
    post, path = "/api/v1/databases/{db}/hcps/{id}/keys", request_body = KeyInput,
    responses((status = 201, body = Key), (status = 409, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["hcp:keys"]))
)]
async fn register(
    State(app): State<App>,
    caller: Caller,
    Path((db, id)): Path<(String, String)>,
    input: Screened,
) -> Result<Response, Problem> {
    let mut tx = caller.write().await?;
    let (found, hcp) = find(&caller, Permission::HcpKeys, &mut tx, (&db, &id)).await?;
    let (key, organization) = (input.read()?, found.organization_id);
    let made = hcps::register_key(&mut tx, organization, &hcp, &key, &caller.doer()).await?;
    let made = made.map_err(refuse)?;
    tx.commit().await?;
    let issuer = app.config.issuer.as_str();
    let place = format!(
        "{issuer}/api/v1/databases/{}/hcps/{}/keys/{}",
        hcp.database_id, hcp.id, made.id
    );
    Ok(json::created(&place, Key::from(made)))
}

/// Removes a public key. What was encrypted with it stays so.
#[utoipa::path(
    delete, path = "/api/v1/databases/{db}/hcps/{id}/keys/{kid}",
    responses((status = 204), (status = 404, body = problem::Body)),
    security(("bearer" = ["hcp:keys"]))
)]
async fn remove(
    caller: Caller,
    Path((db, id, kid)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let missing = || Problem::of(Kind::NotFound);
    let mut tx = caller.write().await?;
    let (found, hcp) = find(&caller, Permission::HcpKeys, &mut tx, (&db, &id)).await?;
    let kid = kid.parse().map_err(|_| missing())?;
    let organization = found.organization_id;
    if !hcps::remove_key(&mut tx, organization, &hcp, kid, &caller.doer()).await? {
        return Err(missing());
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
