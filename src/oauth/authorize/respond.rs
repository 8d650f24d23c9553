//! The answer of the authorization endpoint: always with `iss` (RFC 9207), to an address
//! that the client registered.
use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::request::{Reply, ResponseMode};
use crate::{
    oauth::Refusal,
    secret::Secret,
    web::{App, FormTarget, Page, Texts},
};

#[derive(Template)]
#[template(path = "oauth/authorize/respond.html")]
struct FormPost {
    t: Texts,
    to: String,
    place: String,
    fields: Vec<(&'static str, String)>,
}

/// Sends a code.
pub(super) fn code(app: &App, t: Texts, reply: &Reply, code: &Secret) -> Response {
    send(app, t, reply, vec![("code", code.expose().to_owned())])
}

/// Sends an error.
pub(super) fn error(app: &App, t: Texts, reply: &Reply, refusal: &Refusal) -> Response {
    let fields = vec![
        ("error", refusal.code.name().to_owned()),
        ("error_description", refusal.reason.to_string()),
    ];
    send(app, t, reply, fields)
}

fn send(app: &App, t: Texts, reply: &Reply, mut fields: Vec<(&'static str, String)>) -> Response {
    if let Some(state) = &reply.state {
        fields.push(("state", state.clone()));
    }
    fields.push(("iss", app.config.issuer.as_str().to_owned()));
    let uri = reply.to.as_str();
    let join = match reply.mode {
        ResponseMode::FormPost => return form_post(t, reply, fields),
        ResponseMode::Fragment => '#',
        ResponseMode::Query if uri.contains('?') => '&',
        ResponseMode::Query => '?',
    };
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(fields);
    redirect(&format!("{uri}{join}{}", query.finish()))
}

/// 303: the browser comes with a GET, whatever it was asked with. The address is the
/// client's own bytes, which no library may normalise.
fn redirect(to: &str) -> Response {
    let Ok(location) = HeaderValue::try_from(to) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let no_store = HeaderValue::from_static("no-store");
    let no_referrer = HeaderValue::from_static("no-referrer");
    let headers = [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, no_store),
        (header::REFERRER_POLICY, no_referrer),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

fn form_post(t: Texts, reply: &Reply, fields: Vec<(&'static str, String)>) -> Response {
    let page = FormPost {
        t,
        to: reply.to.as_str().to_owned(),
        place: reply.to.place(),
        fields,
    };
    Page::new(page)
        .leading_to(FormTarget::of(reply.to.as_str()))
        .into_response()
}
