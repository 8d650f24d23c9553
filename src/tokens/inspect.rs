//! Judging an access token: is it ours, and is it still true?
use std::sync::{Arc, OnceLock};

use serde::Serialize;

use super::{
    AccessClaims, Jti, PrincipalType, Source, Tokens,
    derive::{self, Frame, Person},
    digest_of, exchange, hcp_access, machine,
};
use crate::{
    capacity::{Acting, Standing, Standings},
    clients::Clients,
    clock::Timestamp,
    grants::{self, Grant},
    id::OrganizationId,
    keys::Typ,
    organizations::{Organization, Organizations},
    service_accounts::ServiceAccounts,
    store::{Store, StoreError},
};

/// An access token that is true now.
#[derive(Debug)]
pub struct Live {
    /// What it says now: scopes and roles may have shrunk since it was issued.
    pub claims: AccessClaims,
    /// The person behind it; `None` for machines.
    pub standing: Option<Arc<Standing>>,
    /// When what proved the machine ends by itself.
    pub(super) until: Option<Timestamp>,
    /// The grant behind it: the actor's, where it was exchanged. `None` for machines.
    pub grant: Option<Grant>,
    pub(super) told: Told,
}

/// What a live token's owner and resource servers are told of it, as JSON: written when it
/// is first asked for.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) user_info: OnceLock<String>,
    introspection: OnceLock<String>,
}

#[derive(Serialize)]
struct Introspection<'a> {
    active: bool,
    token_type: &'static str,
    #[serde(flatten)]
    claims: &'a AccessClaims,
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

impl Context<'_> {
    /// The tenant, if people and machines may act in it.
    pub(super) async fn active(
        &self,
        id: OrganizationId,
    ) -> Result<Option<Arc<Organization>>, StoreError> {
        let found = self.organizations.get(self.store, id).await?;
        Ok(found.filter(|organization| organization.is_active()))
    }

    /// What follows from acting for another now. `None` when it does not hold.
    ///
    /// # Errors
    /// The database is away.
    pub async fn acting(&self, relation: &Acting) -> Result<Option<Arc<Standing>>, StoreError> {
        self.standings
            .acting(self.store, self.organizations, relation)
            .await
    }

    /// What follows from the capacity of a grant now, as [`Standings::of_grant`].
    pub(super) async fn standing(
        &self,
        grant: &Grant,
    ) -> Result<Option<Arc<Standing>>, StoreError> {
        self.standings
            .of_grant(self.store, self.organizations, grant)
            .await
    }
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
        let key = digest_of(token);
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
        // The directory is too large and changes too often to say when it did: an HCP's token
        // is judged each time.
        let is_kept = live.claims.principal_type != PrincipalType::Hcp;
        if let Some(versions) = versions.filter(|_| is_kept) {
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
            Source::Grant(id) | Source::Exchange(id) => grants::find(&mut tx, id).await?,
            Source::Hcp(_) | Source::ApiKey(_) | Source::Itself => None,
        };
        let frame = Frame {
            issuer: &self.issuer,
            audience: &said.aud,
            jti: &jti,
            issued_at: Timestamp::from_seconds(said.iat),
        };
        if let Source::Hcp(id) = jti.source {
            return hcp_access::live(context, &said, &frame, (id, tx)).await;
        }
        drop(tx);
        let live = match (jti.source, grant) {
            (Source::Grant(_), Some(grant)) => person(context, &said, &frame, grant).await?,
            (Source::Exchange(_), Some(grant)) => {
                exchange::live(context, &said, &frame, grant).await?
            }
            (Source::Grant(_) | Source::Exchange(_), None) => None,
            (source, _) => machine::live(context, &said, &frame, source).await?,
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
    let found = context.standing(&grant).await?;
    // A role that was lost and given back is not in the token either.
    let found = found.and_then(|standing| standing.within(said.roles.as_deref()));
    let Some(standing) = found else {
        return Ok(None);
    };
    let may_act = match said.may_act {
        Some(_) => exchange::may_act(context, &client, &standing).await?,
        None => None,
    };
    let of = Person {
        standing: &standing,
        client: &client,
        authentication: &grant.authentication,
        scope: &said.scope,
        may_act,
    };
    let claims = derive::person(&of, frame).filter(|claims| names_the_same(claims, said));
    Ok(claims.map(|claims| Live {
        claims,
        told: Told::default(),
        standing: Some(standing),
        grant: Some(grant),
        until: None,
    }))
}

/// What names people and places never changes (DOMAIN.md 9.5).
pub(super) fn names_the_same(claims: &AccessClaims, said: &AccessClaims) -> bool {
    claims.sub == said.sub && claims.act == said.act && claims.patient == said.patient
}

impl Live {
    /// What introspection answers (RFC 7662 §2.2), as JSON.
    ///
    /// # Errors
    /// The claims have no JSON form, which does not happen.
    pub fn introspection(&self) -> Result<&str, serde_json::Error> {
        if let Some(text) = self.told.introspection.get() {
            return Ok(text);
        }
        let text = serde_json::to_string(&Introspection {
            active: true,
            token_type: "Bearer",
            claims: &self.claims,
        })?;
        Ok(self.told.introspection.get_or_init(|| text))
    }

    /// Whether it has not ended by itself.
    pub fn is_live(&self, now: Timestamp) -> bool {
        let holds = |standing: &Arc<Standing>| standing.holds_at(now);
        now.seconds() < self.claims.exp
            && self.until.is_none_or(|until| now < until)
            && self.standing.as_ref().is_none_or(holds)
    }
}
