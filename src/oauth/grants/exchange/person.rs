//! A person acts for another: guardian for dependent, proxy for adult.
use std::sync::Arc;

use super::{Asked, Subject, not_possible, nothing_to_grant, record, yields};
use crate::{
    access::Scope,
    audit::Event,
    capacity::{self, Standing},
    clients::Client,
    grants::Grant,
    id::AccountId,
    oauth::{
        Refusal,
        grants::{code::told, registered_audience},
        token::{Answer, Request},
    },
    tokens::{self, IssueFor, Issued, Live},
    web::Failure,
};

/// Who acts, by an access token of this client that is his own.
struct Actor<'a> {
    live: &'a Live,
    standing: &'a Standing,
    grant: &'a Grant,
}

/// The person behind the token, if there is one and he does not act for somebody already.
fn actor(live: &Live) -> Option<Actor<'_>> {
    let (standing, grant) = (live.standing.as_deref()?, live.grant.as_ref()?);
    live.claims.act.is_none().then_some(Actor {
        live,
        standing,
        grant,
    })
}

/// Issues a token by which the person behind the actor token acts for the subject.
pub(super) async fn exchange(
    request: &Request<'_>,
    client: &Client,
    asked: &Asked<'_>,
) -> Result<Answer, Failure> {
    let app = request.app;
    let Subject::Standing(subject) = asked.subject;
    let live = app.tokens.inspect(&app.state(), asked.actor_token).await?;
    let live = live.filter(|live| live.claims.client_id == client.id);
    let Some(actor) = live.as_deref().and_then(actor) else {
        return record(request, Err(not_possible()), |event| event.about(subject)).await;
    };
    let about = |event: Event| told(event, actor.grant).about(subject);
    match judge(request, client, &actor, (subject, asked)).await? {
        Err(refusal) => record(request, Err(refusal), about).await,
        Ok((standing, issued)) => {
            let relation = standing.capacity.relation();
            record(request, Ok(yields(issued)), |e| about(e).under(relation)).await
        }
    }
}

type Judged = Result<(Arc<Standing>, Issued), Refusal>;

async fn judge(
    request: &Request<'_>,
    client: &Client,
    actor: &Actor<'_>,
    (subject, asked): (AccountId, &Asked<'_>),
) -> Result<Judged, Failure> {
    let Some(standing) = standing(request, actor, subject).await? else {
        return Ok(Err(not_possible()));
    };
    let app = request.app;
    let mut own = actor.live.claims.scope.clone();
    own.retain(Scope::may_be_exchanged);
    let consented = tokens::consented(&app.state(), client, &standing.capacity, &own).await?;
    let Some(allowed) = consented else {
        return Ok(Err(not_possible()));
    };
    let scope = match &asked.scope {
        Some(wanted) => wanted.narrowed_to(&allowed),
        None => allowed, // T-08
    };
    let registered = &client.registration.audiences;
    let organization = Some(&*standing.organization);
    let audience = match registered_audience(app, organization, registered, asked.resource) {
        Ok(audience) => audience,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let of = IssueFor {
        grant: actor.grant,
        client,
        standing: &standing,
        scope: &scope,
        audience: &audience,
    };
    let (random, now) = (app.store.random(), app.store.now());
    let issued = app.tokens.exchange(&of, random, now)?;
    Ok(issued
        .map(|issued| (standing, issued))
        .ok_or_else(nothing_to_grant))
}

/// What the actor may for the subject now.
async fn standing(
    request: &Request<'_>,
    actor: &Actor<'_>,
    subject: AccountId,
) -> Result<Option<Arc<Standing>>, Failure> {
    let app = request.app;
    let mut tx = app.store.read().await?;
    let capacity = capacity::acting_for(&mut tx, actor.standing, subject).await?;
    drop(tx);
    match capacity {
        Some(capacity) => Ok(app.state().standing(&capacity).await?),
        None => Ok(None),
    }
}
