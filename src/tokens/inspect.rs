//! Judging an access token: is it ours, and is it still true?
use std::sync::Arc;

use aws_lc_rs::digest;

use super::{
    AccessClaims, Jti, Machine, Source, Tokens,
    derive::{self, Frame, Person},
};
use crate::{
    access::{self, Scope},
    capacity::{Standing, Standings},
    clients::{Clients, GrantType},
    clock::Timestamp,
    grants::{self, Grant},
    id::ServiceAccountId,
    keys::Typ,
    organizations::Organizations,
    service_accounts::{Mode, ServiceAccounts},
    store::{Store, StoreError},
};

/// An access token that is true now.
#[derive(Debug)]
pub struct Live {
    /// What it says now: scopes and roles may have shrunk since it was issued.
    pub claims: AccessClaims,
    /// The person behind it; `None` for machines.
    pub standing: Option<Arc<Standing>>,
    /// The grant behind it; `None` for machines.
    pub grant: Option<Grant>,
}

/// Where the present state is looked up.
pub struct Context<'a> {
    /// The database.
    pub store: &'a Store,
    /// Tenants.
    pub organizations: &'a Organizations,
    /// Applications.
    pub clients: &'a Clients,
    /// Machines.
    pub service_accounts: &'a ServiceAccounts,
    /// People's capacities.
    pub standings: &'a Standings,
}

impl Tokens {
    /// Judges an access token, whatever its audience. `None` when it is not ours, has
    /// expired, was revoked, or nothing of it is allowed any more. What was judged under
    /// the same state is not judged again.
    ///
    /// # Errors
    /// The database is away: then nothing is known, and nothing may be let through.
    pub async fn inspect(
        &self,
        context: &Context<'_>,
        token: &str,
    ) -> Result<Option<Arc<Live>>, StoreError> {
        let now = context.store.now();
        let mut key = [0; 32];
        key.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
        if let Some(live) = self.live.get(context.store, &key) {
            return Ok(live.is_live(now).then_some(live));
        }
        let versions = self.live.versions(context.store);
        let Ok(verified) = self.keys.verify::<AccessClaims>(Typ::AccessToken, token) else {
            return Ok(None);
        };
        let Some(live) = self.judge(context, verified.claims, now).await? else {
            return Ok(None);
        };
        let live = Arc::new(live);
        if let Some(versions) = versions {
            self.live.put(key, versions, Arc::clone(&live));
        }
        Ok(Some(live))
    }

    async fn judge(
        &self,
        context: &Context<'_>,
        said: AccessClaims,
        now: Timestamp,
    ) -> Result<Option<Live>, StoreError> {
        let Some(jti) = Jti::parse(&said.jti) else {
            return Ok(None);
        };
        let is_ours = *said.iss == *self.issuer && now.seconds() < said.exp;
        let mut tx = context.store.read().await?;
        if !is_ours || grants::is_token_revoked(&mut tx, &said.jti).await? {
            return Ok(None);
        }
        let grant = match jti.source {
            Source::Grant(id) => grants::find(&mut tx, id).await?,
            Source::ApiKey(_) | Source::Itself => None,
        };
        drop(tx);
        let frame = Frame {
            issuer: &self.issuer,
            audience: &said.aud,
            jti: &jti,
            issued_at: Timestamp::from_seconds(said.iat),
        };
        let live = match (jti.source, grant) {
            (Source::Grant(_), Some(grant)) => person(context, &said, &frame, grant).await?,
            (Source::Grant(_), None) => None,
            (source, _) => machine(context, &said, &frame, source).await?,
        };
        Ok(live.filter(|live| live.is_live(now)).map(|mut live| {
            live.claims.exp = live.claims.exp.min(said.exp);
            live
        }))
    }
}

async fn person(
    context: &Context<'_>,
    said: &AccessClaims,
    frame: &Frame<'_>,
    grant: Grant,
) -> Result<Option<Live>, StoreError> {
    if !grant.is_live(context.store.now()) || grant.client_id != said.client_id {
        return Ok(None);
    }
    let Some(client) = context.clients.find(context.store, &said.client_id).await? else {
        return Ok(None);
    };
    let standings = context.standings;
    let found = standings
        .of_grant(context.store, context.organizations, &grant)
        .await?;
    // A role that was lost and given back is not in the token either.
    let found = found.and_then(|standing| standing.within(said.roles.as_deref()));
    let Some(standing) = found else {
        return Ok(None);
    };
    let of = Person {
        standing: &standing,
        client: &client,
        authentication: &grant.authentication,
        scope: &said.scope,
    };
    let Some(claims) = derive::person(&of, frame) else {
        return Ok(None);
    };
    // What names people and places never changes (DOMAIN.md 9.5).
    let is_same =
        claims.sub == said.sub && claims.act == said.act && claims.patient == said.patient;
    Ok(is_same.then_some(Live {
        claims,
        standing: Some(standing),
        grant: Some(grant),
    }))
}

async fn machine(
    context: &Context<'_>,
    said: &AccessClaims,
    frame: &Frame<'_>,
    source: Source,
) -> Result<Option<Live>, StoreError> {
    let Some(machine) = find_machine(context, &said.sub, source).await? else {
        return Ok(None);
    };
    let claims = derive::machine(&machine, &said.scope, frame);
    Ok(claims.map(|claims| Live {
        claims,
        standing: None,
        grant: None,
    }))
}

/// The machine named `id`, if it may be used and the proof named by `source` still stands.
/// A service account acts as itself only in mode `application`; of a client's scopes only
/// `system/` and `introspect` are its own (DOMAIN.md 8).
///
/// # Errors
/// The database is away.
pub async fn find_machine(
    context: &Context<'_>,
    id: &str,
    source: Source,
) -> Result<Option<Machine>, StoreError> {
    let Ok(account) = id.parse::<ServiceAccountId>() else {
        return client_machine(context, id, source).await;
    };
    let found = context
        .service_accounts
        .find(context.store, account)
        .await?;
    let Some(account) = found.filter(|account| account.may(Mode::Application)) else {
        return Ok(None);
    };
    if let Source::ApiKey(key) = source
        && !account.has_live_key(key, context.store.now())
    {
        return Ok(None);
    }
    let organization = match account.organization {
        None => None,
        Some(id) => match context.organizations.get(context.store, id).await? {
            Some(organization) if organization.is_active() => Some(organization),
            _ => return Ok(None),
        },
    };
    Ok(Some(Machine {
        id: id.to_owned(),
        organization,
        scopes: account.registration.scopes.clone(),
        purposes: account.registration.purposes.clone(),
        source,
    }))
}

async fn client_machine(
    context: &Context<'_>,
    id: &str,
    source: Source,
) -> Result<Option<Machine>, StoreError> {
    let Some(client) = context.clients.find(context.store, id).await? else {
        return Ok(None);
    };
    if !client.is_confidential() || !client.may_use(GrantType::ClientCredentials) {
        return Ok(None);
    }
    let organization = match client.organization {
        None => None,
        Some(id) => match context.organizations.get(context.store, id).await? {
            Some(organization) if organization.is_active() => Some(organization),
            _ => return Ok(None),
        },
    };
    let is_its_own = |scope: &&Scope| {
        scope.context() == Some(access::Context::System) || **scope == Scope::Introspect
    };
    Ok(Some(Machine {
        id: id.to_owned(),
        organization,
        scopes: client
            .allowed_scopes()
            .iter()
            .filter(is_its_own)
            .cloned()
            .collect(),
        purposes: Vec::new(),
        source,
    }))
}

impl Live {
    /// Whether it has not ended by itself.
    pub fn is_live(&self, now: Timestamp) -> bool {
        let holds = |standing: &Arc<Standing>| standing.holds_at(now);
        now.seconds() < self.claims.exp && self.standing.as_ref().is_none_or(holds)
    }
}
