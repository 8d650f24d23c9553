//! Access tokens of HCPs (DOMAIN.md 10.3): an HCP's own opaque token is exchanged for one that
//! resource servers read. It lives 300 seconds at most, and never longer than the token
//! behind it or the HCP itself (N-11).
use std::sync::Arc;

use super::{AccessClaims, Context, Issued, Jti, Live, Source, Tokens, Told, derive::Frame, hcp};
use crate::{
    access::{self, Scope, ScopeSet},
    clients::Client,
    clock::Timestamp,
    hcps::{self, HcpType, LiveToken},
    id::HcpTokenId,
    keys::KeyError,
    organizations::Organization,
    random::Random,
    secret::Secret,
    store::{StoreError, Tx},
};

/// Longest life, in seconds.
const TTL: i64 = 300;

/// An HCP by a live token of its own.
#[derive(Debug, Clone)]
pub struct HcpBearer {
    /// The token and whose it is.
    pub live: LiveToken,
    /// The tenant.
    pub organization: Arc<Organization>,
}

impl HcpBearer {
    /// What an HCP of its kind may reach: a professional as a provider does, an organization
    /// to read.
    fn ceiling(&self) -> ScopeSet {
        let most = match self.live.hcp.kind {
            HcpType::Professional => "user/*.crus",
            HcpType::Organization => "system/*.rs",
        };
        most.parse().unwrap_or_default()
    }
}

impl Context<'_> {
    /// The HCP behind its token, which counts as used. `None` when it is worth nothing now,
    /// or the client is another organization's.
    ///
    /// # Errors
    /// The database is away.
    pub async fn hcp(
        &self,
        secret: &Secret,
        client: &Client,
    ) -> Result<Option<HcpBearer>, StoreError> {
        let mut tx = self.store.read().await?;
        let found = hcps::recognise(&mut tx, secret).await?;
        drop(tx);
        let bearer = self.bearer(found, client).await?;
        if let Some(bearer) = &bearer {
            hcp::note(self, &bearer.live).await;
        }
        Ok(bearer)
    }

    async fn bearer(
        &self,
        found: Option<LiveToken>,
        client: &Client,
    ) -> Result<Option<HcpBearer>, StoreError> {
        let is_here = |live: &LiveToken| {
            let organization = client.organization;
            organization.is_none_or(|id| id == live.organization_id)
        };
        let Some(live) = found.filter(is_here) else {
            return Ok(None);
        };
        let organization = self.active(live.organization_id).await?;
        Ok(organization.map(|organization| HcpBearer { live, organization }))
    }
}

impl Tokens {
    /// Issues the HCP's access token. `None` when no scope is left of those asked for.
    ///
    /// # Errors
    /// As [`Tokens::issue`].
    pub fn issue_to_hcp(
        &self,
        (bearer, client): (&HcpBearer, &Client),
        (scope, audience): (&ScopeSet, &str),
        (random, now): (&dyn Random, Timestamp),
    ) -> Result<Option<Issued>, KeyError> {
        let jti = Jti::new(Source::Hcp(bearer.live.token_id), random);
        let frame = self.frame(audience, &jti, now);
        let Some(claims) = claims((bearer, client), scope, &frame) else {
            return Ok(None);
        };
        let alg = bearer.organization.signing_alg(audience);
        self.signed(claims, super::issue::access_alg(alg), now)
            .map(Some)
    }
}

/// Judges such a token.
pub(super) async fn live(
    context: &Context<'_>,
    said: &AccessClaims,
    frame: &Frame<'_>,
    (id, mut tx): (HcpTokenId, Tx),
) -> Result<Option<Live>, StoreError> {
    let found = hcps::live_token(&mut tx, id).await?;
    drop(tx);
    let Some(client) = context.clients.find(context.store, &said.client_id).await? else {
        return Ok(None);
    };
    let Some(bearer) = context.bearer(found, &client).await? else {
        return Ok(None);
    };
    let claims = claims((&bearer, &client), &said.scope, frame);
    let claims = claims.filter(|claims| claims.sub == said.sub);
    Ok(claims.map(|claims| Live {
        claims,
        told: Told::default(),
        standing: None,
        grant: None,
        until: Some(bearer.live.expires_at),
    }))
}

fn claims(
    (bearer, client): (&HcpBearer, &Client),
    scope: &ScopeSet,
    frame: &Frame<'_>,
) -> Option<AccessClaims> {
    let mut scope = access::grant(scope, client.allowed_scopes(), &bearer.ceiling());
    scope.retain(|scope| matches!(scope, Scope::Clinical(_)));
    if scope.is_empty() {
        return None;
    }
    let (live, organization) = (&bearer.live, &bearer.organization);
    let ends = live.expires_at.min(frame.issued_at.plus_seconds(TTL));
    let id = live.hcp.id.to_string();
    Some(AccessClaims {
        iss: frame.issuer.to_owned(),
        aud: frame.audience.to_owned(),
        sub: id.clone(),
        client_id: client.id.clone(),
        scope,
        principal_type: super::PrincipalType::Hcp,
        consumer_kind: None,
        organization_id: Some(organization.id),
        organization_name: Some(organization.name.clone()),
        roles: None,
        hcp_id: Some(id),
        parent_organization_id: live.hcp.parent_id.map(|id| id.to_string()),
        patient: None,
        fhir_user: None,
        act: None,
        may_act: None,
        auth_time: None,
        acr: None,
        amr: None,
        purpose_of_use: Some(vec![hcp::hcp_purpose(live.hcp.kind).uri()]),
        iat: frame.issued_at.seconds(),
        exp: ends.seconds(),
        jti: frame.jti.to_string(),
    })
}
