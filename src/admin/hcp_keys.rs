//! `/admin/databases/{db}/hcps/{id}/keys`: a public key is registered, downloaded or removed.
use axum::{
    Router,
    extract::{Path, State},
    http::header,
    response::IntoResponse,
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    desk::Answer,
    directory::FreshAtHcp,
    hcp::{open, page},
    hcp_words,
};
use crate::{
    access::Permission,
    hcps::{self, Jwk, KeyFault, PublicKey},
    web::{App, Browser, Faults, Form, Nothing, Problem, SignedIn, Texts, done},
};

pub(super) fn routes() -> Router<App> {
    let place = "/admin/databases/{db}/hcps/{id}/keys";
    Router::new()
        .route(place, post(register))
        .route(&format!("{place}/{{kid}}/{{file}}"), get(download))
        .route(&format!("{place}/{{kid}}/delete"), post(remove))
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    public_key: String,
}

/// The key, as PEM, as a JWK or in hexadecimal; or the key of the words for why not.
fn read(typed: &str) -> Result<PublicKey, &'static str> {
    if hcps::holds_private(typed.as_bytes()) {
        return Err("fault-private-key");
    }
    let read = match typed.trim_start().as_bytes() {
        [b'-', ..] => PublicKey::from_pem(typed),
        [b'{', ..] => match serde_json::from_str::<Jwk>(typed) {
            Ok(jwk) => PublicKey::from_jwk(&jwk),
            Err(_) => Err(KeyFault::Invalid),
        },
        _ => PublicKey::from_hex(typed),
    };
    read.map_err(hcp_words::key_fault)
}

async fn register(
    State(app): State<App>,
    FreshAtHcp(sign_in): FreshAtHcp,
    browser: Browser,
    Path((db, id)): Path<(String, String)>,
    t: Texts,
    Form(typed): Form<Typed>,
) -> Answer {
    let needed = Permission::HcpKeys;
    let (desk, hcp) = open(&app, &browser, &sign_in, (&db, &id, needed)).await?;
    let refusal = match read(&typed.public_key) {
        Err(words) => words,
        Ok(key) => {
            let mut tx = app.store.write_from(browser.origin()).await?;
            let organization = desk.organization.id;
            let made = hcps::register_key(&mut tx, organization, &hcp, &key, &desk.doer).await?;
            match made {
                Err(refusal) => hcp_words::key_refusal(refusal),
                Ok(_) => {
                    tx.commit().await?;
                    return Ok(done(&desk.of(&hcp), "key-saved"));
                }
            }
        }
    };
    let mut faults = Faults::default();
    faults.add("public_key", t.get(refusal));
    page(&app, t, desk, hcp, faults.into()).await
}

/// The public key as a file: `public.hex` (SPKI), `public.pem` or `public.jwk`.
async fn download(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    Path((db, id, kid, file)): Path<(String, String, String, String)>,
) -> Answer {
    let needed = Permission::HcpRead;
    let (_, hcp) = open(&app, &browser, &sign_in, (&db, &id, needed)).await?;
    let key = match kid.parse() {
        Ok(kid) => hcps::key(&mut app.store.read().await?, hcp.id, kid).await?,
        Err(_) => None,
    };
    let key = key.and_then(|key| PublicKey::from_hex(&key.spki_hex).ok());
    let Some((kind, text)) = key.and_then(|key| written(&key, &file)) else {
        return Ok(Problem::NotFound.into_response());
    };
    let attachment = format!("attachment; filename=\"{file}\"");
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, attachment),
    ];
    Ok((headers, text).into_response())
}

/// The key as the file of that name holds it, with the file's type.
fn written(key: &PublicKey, file: &str) -> Option<(&'static str, String)> {
    match file {
        "public.hex" => Some(("text/plain; charset=utf-8", key.to_hex())),
        "public.pem" => Some(("application/x-pem-file", key.to_pem())),
        "public.jwk" => {
            let jwk = serde_json::to_string_pretty(&key.to_jwk()).ok()?;
            Some(("application/jwk+json", jwk))
        }
        _ => None,
    }
}

async fn remove(
    State(app): State<App>,
    FreshAtHcp(sign_in): FreshAtHcp,
    browser: Browser,
    Path((db, id, kid)): Path<(String, String, String)>,
    Form(Nothing {}): Form<Nothing>,
) -> Answer {
    let needed = Permission::HcpKeys;
    let (desk, hcp) = open(&app, &browser, &sign_in, (&db, &id, needed)).await?;
    let Ok(kid) = kid.parse() else {
        return Ok(Problem::NotFound.into_response());
    };
    let mut tx = app.store.write_from(browser.origin()).await?;
    let organization = desk.organization.id;
    let is_removed = hcps::remove_key(&mut tx, organization, &hcp, kid, &desk.doer).await?;
    tx.commit().await?;
    Ok(match is_removed {
        true => done(&desk.of(&hcp), "key-removed"),
        false => Problem::NotFound.into_response(),
    })
}
