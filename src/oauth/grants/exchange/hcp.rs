//! An HCP exchanges its own token for an access token (DOMAIN.md 10.3). Nobody acts for it.
use super::{Asked, not_possible, nothing_to_grant, record, yields};
use crate::{
    audit::Event,
    clients::Client,
    oauth::{
        grants::registered_audience,
        token::{Answer, Request},
    },
    secret::Secret,
    web::Failure,
};

/// Issues the HCP's access token.
pub(super) async fn exchange(
    request: &Request<'_>,
    client: &Client,
    (token, asked): (&str, &Asked<'_>),
) -> Result<Answer, Failure> {
    let app = request.app;
    let bearer = app.state().hcp(&Secret::new(token), client).await?;
    let Some(bearer) = bearer else {
        return Ok(record(request, Err(not_possible()), |event| event).await);
    };
    let (live, organization) = (&bearer.live, &*bearer.organization);
    let tell = |event: Event| {
        event
            .by_machine("hcp", live.hcp.id.to_string())
            .about(live.hcp.id)
            .within(organization.id)
            .on(live.token_id)
    };
    let registered = &client.registration.audiences;
    let audience = registered_audience(app, Some(organization), registered, asked.resource);
    let audience = match audience {
        Ok(audience) => audience,
        Err(refusal) => return Ok(record(request, Err(refusal), tell).await),
    };
    let scope = asked.scope.as_ref().unwrap_or(client.allowed_scopes()); // T-08
    let moment = (app.store.random(), app.store.now());
    let issued = app
        .tokens
        .issue_to_hcp((&bearer, client), (scope, &audience), moment)?;
    let answer = issued.map(yields).ok_or_else(nothing_to_grant);
    Ok(record(request, answer, tell).await)
}
