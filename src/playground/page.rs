//! The playground's one page.
use askama::Template;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use super::visits::{Held, Visit};
use crate::{
    clock::Timestamp,
    config::Issuer,
    web::{Texts, relation_text},
};

#[derive(Template)]
#[template(path = "playground/page.html")]
pub(super) struct Playground {
    t: Texts,
    csrf: String,
    fault: Option<String>,
    tokens: Option<Shown>,
}

struct Shown {
    summary: Vec<String>,
    parts: Vec<(String, String)>,
    can_refresh: bool,
    sign_out: String,
}

pub(super) fn page(
    t: Texts,
    csrf: String,
    visit: Option<&Visit>,
    (issuer, now): (&Issuer, Timestamp),
) -> Playground {
    let held = visit.and_then(|visit| visit.held.as_ref());
    Playground {
        csrf,
        fault: visit.and_then(|visit| visit.fault.clone()),
        tokens: held.map(|held| shown(&t, held, issuer, now)),
        t,
    }
}

fn shown(t: &Texts, held: &Held, issuer: &Issuer, now: Timestamp) -> Shown {
    let access = payload(&held.access_token);
    let mut parts = vec![
        (t.get("play-access-token"), pretty(&access)),
        (
            t.get("play-access-header"),
            pretty(&part(&held.access_token, 0)),
        ),
    ];
    if let Some(id_token) = &held.id_token {
        parts.push((t.get("play-id-token"), pretty(&payload(id_token))));
    }
    parts.push((t.get("play-userinfo"), pretty(&held.userinfo)));
    parts.push((t.get("play-answer"), pretty(&held.answer)));
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("client_id", "playground");
    query.append_pair("post_logout_redirect_uri", &issuer.url("/playground"));
    if let Some(id_token) = &held.id_token {
        query.append_pair("id_token_hint", id_token);
    }
    Shown {
        summary: summary(t, &access, &held.userinfo, now),
        parts,
        can_refresh: held.refresh_token.is_some(),
        sign_out: format!("/logout?{}", query.finish()),
    }
}

/// What the token says, in sentences.
fn summary(t: &Texts, access: &Value, userinfo: &Value, now: Timestamp) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = userinfo
        .get("name")
        .map_or_else(|| text(&access["sub"]), text);
    let mut lines = vec![t.with("play-subject", &[("name", &name)])];
    let relation = access.pointer("/act/relationship");
    let relation = relation
        .and_then(Value::as_str)
        .and_then(relation_text::relationship_named);
    lines.push(match (access.get("act"), relation) {
        (Some(_), Some(key)) => {
            let words = [("name", name.as_str()), ("who", &t.get(key))];
            t.with("play-acts-for", &words)
        }
        (Some(act), None) => t.with("play-actor", &[("sub", &text(&act["sub"]))]),
        (None, _) => t.get("play-no-actor"),
    });
    let kind = match access.get("consumer_kind") {
        Some(kind) => format!("{} ({})", text(&access["principal_type"]), text(kind)),
        None => text(&access["principal_type"]),
    };
    lines.push(t.with("play-kind", &[("kind", &kind)]));
    let left = access["exp"].as_i64().unwrap_or(0) - now.seconds();
    lines.push(match left > 0 {
        true => t.with("play-ends-in", &[("wait", &t.wait(left))]),
        false => t.get("play-ended"),
    });
    lines
}

fn payload(token: &str) -> Value {
    part(token, 1)
}

fn part(token: &str, n: usize) -> Value {
    let decoded = token
        .split('.')
        .nth(n)
        .and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    decoded
        .and_then(|json| serde_json::from_slice(&json).ok())
        .unwrap_or(Value::Null)
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
