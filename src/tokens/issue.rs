//! Issuing tokens.
use std::{borrow::Cow, sync::Arc};

use super::{
    AccessClaims, Jti, Source, Tokens,
    derive::{self, Frame, Person},
};
use crate::{
    access::{Purpose, ScopeSet},
    capacity::Standing,
    clients::Client,
    clock::Timestamp,
    grants::Grant,
    id::ServiceAccountId,
    keys::{Alg, KeyError, Typ},
    organizations::{Organization, SigningAlg},
    random::Random,
};

/// What a person's tokens are issued for.
pub struct IssueFor<'a> {
    /// The grant.
    pub grant: &'a Grant,
    /// The client, as it is now.
    pub client: &'a Client,
    /// The capacity, as it is now.
    pub standing: &'a Standing,
    /// The scopes asked for; no more than the grant's.
    pub scope: &'a ScopeSet,
    /// The resource.
    pub audience: &'a str,
    /// Who may act for the person, while he is present (DOMAIN.md 10.2).
    pub may_act: Option<ServiceAccountId>,
}

/// A machine that acts as itself.
#[derive(Debug, Clone)]
pub struct Machine<'a> {
    /// `client_id` and `sub`.
    pub id: String,
    /// The tenant. `None` for the platform's operator.
    pub organization: Option<Arc<Organization>>,
    /// What it may ask for.
    pub scopes: Cow<'a, ScopeSet>,
    /// For which purposes.
    pub purposes: &'a [Purpose],
    /// Whether it may have a token without any scope, to act for providers by it.
    pub may_be_bare: bool,
    /// By which proof.
    pub source: Source,
    /// Until when that proof is good by itself.
    pub until: Option<Timestamp>,
}

/// Tokens for the client.
#[derive(Debug)]
pub struct Issued {
    /// The access token.
    pub access_token: String,
    /// The ID token, with `openid`.
    pub id_token: Option<String>,
    /// The access token's life, in seconds.
    pub expires_in: i64,
    /// What the access token reaches.
    pub scope: ScopeSet,
    /// The patient in context.
    pub patient: Option<String>,
    /// Whether somebody acts for the patient, so that applications must show for whom.
    pub need_patient_banner: bool,
}

impl Tokens {
    /// Issues a person's tokens. `None` when no scope is left of those asked for.
    ///
    /// # Errors
    /// No key is active for the audience's or the client's algorithm.
    pub fn issue(
        &self,
        of: &IssueFor<'_>,
        random: &dyn Random,
        now: Timestamp,
    ) -> Result<Option<Issued>, KeyError> {
        let source = Source::Grant(of.grant.id);
        let Some(mut issued) = self.access_token(of, source, random, now)? else {
            return Ok(None);
        };
        issued.id_token = self.id_token(of, &issued.scope, &issued.access_token, now)?;
        Ok(Some(issued))
    }

    /// Issues an access token by which the person behind the grant acts for the one in
    /// `of.standing` (RFC 8693). `None` when no scope is left of those asked for.
    ///
    /// # Errors
    /// As [`Tokens::issue`].
    pub fn exchange(
        &self,
        of: &IssueFor<'_>,
        random: &dyn Random,
        now: Timestamp,
    ) -> Result<Option<Issued>, KeyError> {
        self.access_token(of, Source::Exchange(of.grant.id), random, now)
    }

    /// Issues the token by which a machine acts for a provider. `None` when no scope is left
    /// of those asked for.
    ///
    /// # Errors
    /// As [`Tokens::issue`].
    pub fn delegate(
        &self,
        (client_id, source): (&str, Source),
        standing: &Standing,
        (scope, audience): (&ScopeSet, &str),
        (random, now): (&dyn Random, Timestamp),
    ) -> Result<Option<Issued>, KeyError> {
        let jti = Jti::new(source, random);
        let frame = self.frame(audience, &jti, now);
        let Some(claims) = derive::delegate(standing, client_id, scope, &frame) else {
            return Ok(None);
        };
        let alg = access_alg(standing.organization.signing_alg(audience));
        self.signed(claims, alg, now).map(Some)
    }

    fn access_token(
        &self,
        of: &IssueFor<'_>,
        source: Source,
        random: &dyn Random,
        now: Timestamp,
    ) -> Result<Option<Issued>, KeyError> {
        let jti = Jti::new(source, random);
        let person = Person {
            standing: of.standing,
            client: of.client,
            authentication: &of.grant.authentication,
            scope: of.scope,
            may_act: of.may_act,
        };
        let Some(claims) = derive::person(&person, &self.frame(of.audience, &jti, now)) else {
            return Ok(None);
        };
        let alg = of.standing.organization.signing_alg(of.audience);
        self.signed(claims, access_alg(alg), now).map(Some)
    }

    pub(super) fn signed(
        &self,
        claims: AccessClaims,
        alg: Alg,
        now: Timestamp,
    ) -> Result<Issued, KeyError> {
        Ok(Issued {
            access_token: self.keys.sign(alg, Typ::AccessToken, &claims, now)?,
            id_token: None,
            expires_in: claims.exp - claims.iat,
            need_patient_banner: claims.act.is_some(),
            patient: claims.patient,
            scope: claims.scope,
        })
    }

    /// Issues a machine's token. `None` when no scope is left of those asked for.
    ///
    /// # Errors
    /// As [`Tokens::issue`].
    pub fn issue_to_machine(
        &self,
        machine: &Machine<'_>,
        wanted: (&ScopeSet, &str),
        random: &dyn Random,
        now: Timestamp,
    ) -> Result<Option<Issued>, KeyError> {
        let (scope, audience) = wanted;
        let jti = Jti::new(machine.source, random);
        let frame = self.frame(audience, &jti, now);
        let Some(claims) = derive::machine(machine, scope, &frame) else {
            return Ok(None);
        };
        let alg = machine
            .organization
            .as_ref()
            .map(|o| o.signing_alg(audience));
        let alg = access_alg(alg.unwrap_or_default());
        self.signed(claims, alg, now).map(Some)
    }

    pub(super) fn frame<'a>(
        &'a self,
        audience: &'a str,
        jti: &'a Jti,
        now: Timestamp,
    ) -> Frame<'a> {
        Frame {
            issuer: &self.issuer,
            audience,
            jti,
            issued_at: now,
        }
    }

    /// What a person's client may have of `scope` now; what [`Tokens::issue`] would grant.
    pub fn scope_now(scope: &ScopeSet, client: &Client, standing: &Standing) -> ScopeSet {
        derive::scope_now(scope, client, standing)
    }
}

/// The key that goes with what an organization declared for the audience.
pub(super) const fn access_alg(declared: SigningAlg) -> Alg {
    match declared {
        SigningAlg::RS256 => Alg::RS256,
        SigningAlg::PS256 => Alg::PS256,
        SigningAlg::ES256 => Alg::ES256,
        SigningAlg::EdDSA => Alg::EdDSA,
    }
}
