//! A person acts for another: guardian for dependent, proxy for adult, OWNER for colleague.
use std::sync::Arc;

use super::{Asked, not_possible, nothing_to_grant, record, yields};
use crate::{
    access::{Permission, Scope},
    audit::Event,
    capacity::{Acting, Standing},
    clients::Client,
    clock::Timestamp,
    grants::Grant,
    id::AccountId,
    oauth::{
        Code, Refusal,
        grants::{code::told, registered_audience},
        token::{Answer, Request},
    },
    tokens::{self, IssueFor, Issued, Live},
    web::Failure,
};

/// How old an OWNER's sign-in may be, in seconds.
const FRESH: i64 = 15 * 60;

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
    (subject, asked): (AccountId, &Asked<'_>),
) -> Result<Answer, Failure> {
    let app = request.app;
    let live = app.tokens.inspect(&app.state(), asked.actor_token).await?;
    let live = live.filter(|live| live.claims.client_id == client.id);
    let Some(actor) = live.as_deref().and_then(actor) else {
        return Ok(record(request, Err(not_possible()), |event| event.about(subject)).await);
    };
    let about = |event: Event| told(event, actor.grant).about(subject);
    match judge(request, client, &actor, (subject, asked)).await? {
        Err(refusal) => Ok(record(request, Err(refusal), about).await),
        Ok((standing, issued)) => {
            let done = |event: Event| match (standing.capacity.relation(), asked.reason) {
                (None, Some(reason)) => about(event).because(reason.trim()),
                (relation, _) => about(event).under(relation),
            };
            Ok(record(request, Ok(yields(issued)), done).await)
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
    let app = request.app;
    let relation = app
        .standings
        .acting_for(&app.store, actor.standing, subject);
    let Some(relation) = relation.await? else {
        return Ok(Err(not_possible()));
    };
    if let Acting::OnBehalf { .. } = relation
        && let Err(refusal) = may_act_on_behalf(actor, asked, app.store.now())
    {
        return Ok(Err(refusal));
    }
    let Some(standing) = app.state().acting(&relation).await? else {
        return Ok(Err(not_possible()));
    };
    let mut own = actor.live.claims.scope.clone();
    own.retain(Scope::may_be_exchanged);
    let consented = tokens::consented(&app.state(), client, &relation, &own).await?;
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
        may_act: None, // T-03
    };
    let (random, now) = (app.store.random(), app.store.now());
    let issued = app.tokens.exchange(&of, random, now)?;
    Ok(issued
        .map(|issued| (standing, issued))
        .ok_or_else(nothing_to_grant))
}

/// An OWNER says why, and has proved lately who he is (DOMAIN.md 5).
fn may_act_on_behalf(actor: &Actor<'_>, asked: &Asked<'_>, now: Timestamp) -> Result<(), Refusal> {
    let claims = &actor.live.claims;
    if !claims.scope.contains(&Permission::OnBehalf.into()) {
        return Err(not_possible());
    }
    if !asked.reason.is_some_and(is_reason) {
        let reason = "reason must have 10 to 200 characters.";
        return Err(Refusal::new(Code::InvalidRequest, reason));
    }
    let authenticated = actor.grant.authentication.auth_time;
    if now.seconds() > authenticated.plus_seconds(FRESH).seconds() {
        let reason = "The person behind the actor token must sign in again.";
        return Err(Refusal::new(Code::InvalidGrant, reason));
    }
    Ok(())
}

fn is_reason(reason: &str) -> bool {
    (10..=200).contains(&reason.trim().chars().count()) && !reason.chars().any(char::is_control)
}
