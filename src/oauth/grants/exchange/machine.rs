//! A machine acts for a provider who delegated (DOMAIN.md 8): by a standing relation, or
//! while the provider is present and shows a token that names the machine.
use std::sync::Arc;

use super::{Asked, Subject, not_possible, nothing_to_grant, record, yields};
use crate::{
    audit::Event,
    capacity::{Acting, Actor, Role, Standing},
    id::AccountId,
    oauth::{
        Refusal,
        grants::{client_credentials::note_use, registered_audience},
        token::{Answer, Request},
    },
    service_accounts::ServiceAccount,
    tokens::{Issued, Live, Source},
    web::Failure,
};

/// Who asks, by which proof.
type Machine<'a> = (&'a ServiceAccount, Source);

/// Issues a token by which the machine acts for the provider.
pub(super) async fn exchange(
    request: &Request<'_>,
    machine: Machine<'_>,
    asked: &Asked<'_>,
) -> Result<Answer, Failure> {
    let (account, source) = machine;
    let provider = provider(request, account, asked).await?;
    let tell = |event: Event| {
        let event = event
            .by_machine("service_account", account.id.to_string())
            .within(account.organization);
        match provider {
            Some(provider) => event.about(provider),
            None => event,
        }
    };
    let judged = match provider {
        Some(provider) => judge(request, machine, (provider, asked)).await?,
        None => Err(not_possible()),
    };
    match judged {
        Err(refusal) => Ok(record(request, Err(refusal), tell).await),
        Ok((standing, issued)) => {
            if let Source::ApiKey(key) = source {
                note_use(request.app, key);
            }
            let relation = delegation(&standing);
            Ok(record(request, Ok(yields(issued)), |e| tell(e).under(relation)).await)
        }
    }
}

fn delegation(standing: &Standing) -> Option<crate::id::DelegationId> {
    match standing.actor {
        Some(Actor::Machine { delegation, .. }) => Some(delegation),
        _ => None,
    }
}

/// Whom the request names, if the machine's own token comes with it.
async fn provider(
    request: &Request<'_>,
    account: &ServiceAccount,
    asked: &Asked<'_>,
) -> Result<Option<AccountId>, Failure> {
    let app = request.app;
    let (id, state) = (account.id.to_string(), app.state());
    let actor = app.tokens.inspect(&state, asked.actor_token).await?;
    let is_its_own = |live: &Live| live.claims.sub == id && live.claims.act.is_none();
    if !actor.is_some_and(|live| is_its_own(&live)) {
        return Ok(None);
    }
    let token = match asked.subject {
        Subject::Standing(provider) => return Ok(Some(provider)),
        Subject::Present(token) => token,
        Subject::Hcp(_) => return Ok(None), // by a client
    };
    let subject = app.tokens.inspect(&state, token).await?;
    Ok(subject.and_then(|live| {
        let names_it = live.claims.may_act.as_ref()?.sub == account.id;
        let standing = live.standing.as_ref()?;
        let is_provider = matches!(standing.role, Role::Provider { .. });
        let may = names_it && is_provider && live.claims.organization_id == account.organization;
        may.then_some(standing.subject.id)
    }))
}

type Judged = Result<(Arc<Standing>, Issued), Refusal>;

async fn judge(
    request: &Request<'_>,
    (account, source): Machine<'_>,
    (provider, asked): (AccountId, &Asked<'_>),
) -> Result<Judged, Failure> {
    let app = request.app;
    let Some(relation) = relation(request, account, provider).await? else {
        return Ok(Err(not_possible()));
    };
    let Some(standing) = app.state().acting(&relation).await? else {
        return Ok(Err(not_possible()));
    };
    let registered = &account.registration.audiences;
    let organization = Some(&*standing.organization);
    let audience = match registered_audience(app, organization, registered, asked.resource) {
        Ok(audience) => audience,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let scope = asked.scope.as_ref().unwrap_or(&standing.ceiling); // T-08
    let (random, now) = (app.store.random(), app.store.now());
    let issued = app.tokens.delegate(
        (&account.id.to_string(), source),
        &standing,
        (scope, &audience),
        (random, now),
    )?;
    Ok(issued
        .map(|issued| (standing, issued))
        .ok_or_else(nothing_to_grant))
}

async fn relation(
    request: &Request<'_>,
    account: &ServiceAccount,
    provider: AccountId,
) -> Result<Option<Acting>, Failure> {
    let Some(organization) = account.organization else {
        return Ok(None); // the platform's operator
    };
    let (app, pair) = (request.app, (account.id, provider));
    let standings = &app.standings;
    Ok(standings
        .machine_acting_for(&app.store, pair, organization)
        .await?)
}
