//! The one place where the claims of an access token come from.
use super::{AccessClaims, Act, Jti, Machine, MayAct, PrincipalType, user_info};
use crate::{
    access::{self, Scope, ScopeSet},
    accounts::Authentication,
    capacity::{Actor, ConsumerKind, Role, Standing},
    clients::Client,
    clock::Timestamp,
    id::ServiceAccountId,
};

/// Longest life of a machine's token, in seconds (DOMAIN.md 9.1).
const MACHINE_TTL: i64 = 300;

/// A person's token: who acts, through what, for what.
pub(super) struct Person<'a> {
    pub(super) standing: &'a Standing,
    pub(super) client: &'a Client,
    pub(super) authentication: &'a Authentication,
    /// What was asked for, and consented to.
    pub(super) scope: &'a ScopeSet,
    /// Who may act for him, while he is present.
    pub(super) may_act: Option<ServiceAccountId>,
}

/// What every token needs besides.
pub(super) struct Frame<'a> {
    pub(super) issuer: &'a str,
    pub(super) audience: &'a str,
    pub(super) jti: &'a Jti,
    pub(super) issued_at: Timestamp,
}

/// What the client may have of `scope` in this capacity, now.
pub(super) fn scope_now(scope: &ScopeSet, client: &Client, standing: &Standing) -> ScopeSet {
    let mut granted = access::grant(scope, client.allowed_scopes(), &standing.ceiling);
    granted.retain(|scope| match scope {
        Scope::Account => client.registration.trusted,
        Scope::Introspect => client.is_confidential(),
        Scope::Launch => false, // no context was prepared
        _ => true,
    });
    granted
}

/// The claims of a person's token. `None` when no scope is left.
pub(super) fn person(of: &Person<'_>, frame: &Frame<'_>) -> Option<AccessClaims> {
    let scope = scope_now(of.scope, of.client, of.standing);
    let shown = Shown {
        client_id: &of.client.id,
        authentication: Some(of.authentication),
        may_act: of.may_act,
    };
    claims(of.standing, &shown, scope, frame)
}

/// The claims of the token by which a machine acts for a provider: nobody has signed in
/// (DOMAIN.md 9.2). `None` when no scope is left.
pub(super) fn delegate(
    standing: &Standing,
    client_id: &str,
    scope: &ScopeSet,
    frame: &Frame<'_>,
) -> Option<AccessClaims> {
    let shown = Shown {
        client_id,
        authentication: None,
        may_act: None,
    };
    claims(
        standing,
        &shown,
        scope.narrowed_to(&standing.ceiling),
        frame,
    )
}

/// Through what somebody acts, and how he proved who he is.
struct Shown<'a> {
    client_id: &'a str,
    authentication: Option<&'a Authentication>,
    may_act: Option<ServiceAccountId>,
}

fn claims(
    standing: &Standing,
    shown: &Shown<'_>,
    scope: ScopeSet,
    frame: &Frame<'_>,
) -> Option<AccessClaims> {
    if scope.is_empty() {
        return None;
    }
    let (principal_type, consumer_kind, hcp_id) = match &standing.role {
        Role::Consumer { kind, .. } => (PrincipalType::Consumer, Some(*kind), None),
        Role::Hcp { hcp_id } => (
            PrincipalType::Consumer,
            Some(ConsumerKind::Hcp),
            Some(*hcp_id),
        ),
        Role::Provider { hcp_id, .. } => (PrincipalType::Provider, None, *hcp_id),
        Role::ConfigUser { .. } => (PrincipalType::ConfigUser, None, None),
    };
    let purposes: Vec<_> = standing.purposes.iter().map(|p| p.uri()).collect();
    let authentication = shown.authentication;
    Some(AccessClaims {
        iss: frame.issuer.to_owned(),
        aud: frame.audience.to_owned(),
        sub: standing.capacity.subject().to_string(),
        client_id: shown.client_id.to_owned(),
        principal_type,
        consumer_kind,
        organization_id: Some(standing.organization.id),
        organization_name: Some(standing.organization.name.clone()),
        roles: standing.role_names(),
        hcp_id: hcp_id.map(|id| id.to_string()),
        parent_organization_id: parent_organization(standing),
        patient: user_info::patient(standing, &scope),
        fhir_user: scope
            .contains(&Scope::FhirUser)
            .then(|| user_info::fhir_user(standing))
            .flatten(),
        act: act(standing),
        may_act: shown.may_act.map(|sub| MayAct { sub }),
        auth_time: authentication.map(|a| a.auth_time.seconds()),
        acr: authentication.map(|a| a.acr.as_str().to_owned()),
        amr: authentication.map(|a| a.amr.clone()),
        purpose_of_use: (!purposes.is_empty()).then_some(purposes),
        iat: frame.issued_at.seconds(),
        exp: ends(standing, frame.issued_at).seconds(),
        jti: frame.jti.to_string(),
        scope,
    })
}

/// A token that acts for another lives short, and never longer than the relation (T-01).
fn ends(standing: &Standing, issued_at: Timestamp) -> Timestamp {
    let settings = &standing.organization.settings;
    let ttl = match standing.actor {
        Some(_) => i64::from(settings.delegated_token_ttl).min(300),
        None => i64::from(settings.access_token_ttl),
    };
    standing.bounds(issued_at.plus_seconds(ttl))
}

/// The HCP organization above a provider's directory entry. Whoever is an independent HCP
/// has none.
fn parent_organization(standing: &Standing) -> Option<String> {
    match &standing.role {
        Role::Provider { parent_id, .. } => parent_id.map(|id| id.to_string()),
        _ => None,
    }
}

/// Who acts for the subject (T-03).
pub(super) fn act(standing: &Standing) -> Option<Act> {
    Some(match standing.actor.as_ref()? {
        Actor::Guardian {
            account,
            relation,
            relationship,
            ..
        } => Act {
            sub: account.to_string(),
            principal_type: PrincipalType::Consumer,
            relationship: Some(relationship.to_string()),
            relation_id: Some(relation.to_string()),
        },
        Actor::Owner(account) => Act {
            sub: account.to_string(),
            principal_type: PrincipalType::Provider,
            relationship: None,
            relation_id: None,
        },
        Actor::Machine {
            service_account,
            delegation,
        } => Act {
            sub: service_account.to_string(),
            principal_type: PrincipalType::ServiceAccount,
            relationship: None,
            relation_id: Some(delegation.to_string()),
        },
    })
}

/// The claims of a machine's token. `None` when no scope is left.
pub(super) fn machine(
    of: &Machine<'_>,
    scope: &ScopeSet,
    frame: &Frame<'_>,
) -> Option<AccessClaims> {
    let is_bare = of.may_be_bare && scope.is_empty();
    let scope = scope.narrowed_to(&of.scopes);
    if scope.is_empty() && !is_bare {
        return None;
    }
    let purposes: Vec<_> = of.purposes.iter().map(|p| p.uri()).collect();
    Some(AccessClaims {
        iss: frame.issuer.to_owned(),
        aud: frame.audience.to_owned(),
        sub: of.id.clone(),
        client_id: of.id.clone(),
        scope,
        principal_type: PrincipalType::ServiceAccount,
        consumer_kind: None,
        organization_id: of.organization.as_ref().map(|o| o.id),
        organization_name: of.organization.as_ref().map(|o| o.name.clone()),
        roles: None,
        hcp_id: None,
        parent_organization_id: None,
        patient: None,
        fhir_user: None,
        act: None,
        may_act: None,
        auth_time: None,
        acr: None,
        amr: None,
        purpose_of_use: (!purposes.is_empty()).then_some(purposes),
        iat: frame.issued_at.seconds(),
        exp: frame.issued_at.plus_seconds(MACHINE_TTL).seconds(),
        jti: frame.jti.to_string(),
    })
}
