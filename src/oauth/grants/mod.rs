//! One file per `grant_type`.
pub(super) mod client_credentials;
pub(super) mod code;
pub(super) mod exchange;
pub(super) mod refresh;

use std::sync::Arc;

use super::{Code, Refusal, token::Request};
use crate::{
    access::ScopeSet,
    capacity::Standing,
    clients::Client,
    grants::Grant,
    organizations::{Organization, SELF_AUDIENCE},
    tokens::{IssueFor, Issued},
    web::{App, Failure},
};

/// The resource of this token (T-06): the one that the request names, which must be the
/// grant's where that is bound, else any registered one; without, the grant's.
fn audience(
    app: &App,
    client: &Client,
    grant: &Grant,
    asked: Option<&str>,
) -> Result<String, Refusal> {
    let Some(asked) = asked else {
        return Ok(grant.audience.clone());
    };
    let is_registered = || {
        let registered = &client.registration.audiences;
        registered
            .iter()
            .any(|audience| full(app, audience) == asked)
    };
    let is_allowed = asked == grant.audience || (!grant.audience_is_bound && is_registered());
    if is_allowed {
        return Ok(asked.to_owned());
    }
    Err(wrong_target())
}

/// The resource that is asked for, which must be registered, or the first registered one
/// (T-06).
fn registered_audience(
    app: &App,
    organization: Option<&Organization>,
    registered: &[String],
    asked: Option<&str>,
) -> Result<String, Refusal> {
    let defaults = match organization {
        Some(organization) if registered.is_empty() => organization.default_audiences(),
        None if registered.is_empty() => vec![SELF_AUDIENCE.to_owned()],
        _ => registered.to_vec(),
    };
    let mut all = defaults.iter().map(|audience| full(app, audience));
    match asked {
        Some(asked) => all
            .find(|audience| audience == asked)
            .ok_or_else(wrong_target),
        None => Ok(all
            .next()
            .unwrap_or_else(|| app.config.issuer.as_str().to_owned())),
    }
}

fn wrong_target() -> Refusal {
    Refusal::new(
        Code::InvalidTarget,
        "The resource is not one of the client's audiences.",
    )
}

/// `self` stands for the JSON API.
fn full(app: &App, audience: &str) -> String {
    match audience {
        SELF_AUDIENCE => app.tokens.api_audience(),
        other => other.to_owned(),
    }
}

/// Issues what is left of `scope` now.
fn issue(
    request: &Request<'_>,
    (grant, client, standing): (&Grant, &Client, &Arc<Standing>),
    scope: &ScopeSet,
) -> Result<Result<Issued, Refusal>, Failure> {
    let app = request.app;
    let audience = match audience(app, client, grant, request.params.get("resource")) {
        Ok(audience) => audience,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let of = IssueFor {
        grant,
        client,
        standing,
        scope,
        audience: &audience,
    };
    let issued = app.tokens.issue(&of, app.store.random(), app.store.now())?;
    Ok(issued.ok_or_else(|| Refusal::new(Code::InvalidScope, "No scope is left.")))
}
