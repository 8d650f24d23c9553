//! One file per `grant_type`.
pub(super) mod client_credentials;
pub(super) mod code;
pub(super) mod exchange;
pub(super) mod refresh;

use std::{borrow::Cow, sync::Arc};

use super::{Code, Refusal, full_audience, is_audience, token::Request};
use crate::{
    access::ScopeSet,
    capacity::Standing,
    clients::Client,
    grants::Grant,
    organizations::{Organization, SELF_AUDIENCE},
    tokens::{self, IssueFor, Issued},
    web::{App, Failure},
};

/// The resource of this token (T-06): the one that the request names, which must be the
/// grant's where that is bound, else any registered one; without, the grant's. It must be
/// registered still.
fn audience(
    app: &App,
    client: &Client,
    grant: &Grant,
    asked: Option<&str>,
) -> Result<String, Refusal> {
    let wanted = asked.unwrap_or(&grant.audience);
    let is_granted = wanted == grant.audience || !grant.audience_is_bound;
    match is_granted && is_audience(app, client, wanted) {
        true => Ok(wanted.to_owned()),
        false => Err(Refusal::wrong_target()),
    }
}

/// The resource that is asked for, which must be registered, or the first registered one
/// (T-06).
fn registered_audience(
    app: &App,
    organization: Option<&Organization>,
    registered: &[String],
    asked: Option<&str>,
) -> Result<String, Refusal> {
    let defaults;
    let registered = match (registered, organization) {
        ([], Some(organization)) => {
            defaults = organization.default_audiences();
            &defaults
        }
        ([], None) => {
            defaults = vec![SELF_AUDIENCE.to_owned()];
            &defaults
        }
        (registered, _) => registered,
    };
    let mut all = registered
        .iter()
        .map(|audience| full_audience(app, audience));
    let found = match asked {
        Some(asked) => all.find(|audience| audience == asked),
        None => all.next(),
    };
    found.map(Cow::into_owned).ok_or_else(Refusal::wrong_target)
}

/// Issues what is left of `scope` now.
async fn issue(
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
        may_act: tokens::may_act(&app.state(), client, standing).await?,
    };
    let issued = app.tokens.issue(&of, app.store.random(), app.store.now())?;
    Ok(issued.ok_or_else(|| Refusal::new(Code::InvalidScope, "No scope is left.")))
}
