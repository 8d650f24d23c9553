//! Who calls, and what he may do now.
//!
//! The token is judged over the present state before a handler runs: what it carries of
//! scopes is what is still held (N-10).
use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use super::{
    denied::{Known, Noted},
    problem::{Kind, Problem},
};
use crate::{
    access::{self, Permission, Scope, ScopeSet},
    audit::Doer,
    capacity::{self, Standing},
    guardianship::Notices,
    id::{AccountId, OrganizationId, SessionId},
    organizations::Organization,
    providers::Manager,
    store::{Origin, StoreError, Tx},
    tokens::Live,
    web::{App, RequestOrigin},
};

/// The bearer of a live access token for this API.
pub(super) struct Caller {
    app: App,
    live: Arc<Live>,
    origin: Arc<Origin>,
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let origin = RequestOrigin::from_request_parts(parts, app).await;
        let RequestOrigin(origin) = origin.map_err(|_| Problem::of(Kind::Broken))?;
        let token = bearer(&parts.headers).ok_or(Problem::of(Kind::InvalidToken))?;
        let live = app.tokens.inspect(&app.state(), token).await?;
        let live = live.filter(|live| live.claims.is_for_api());
        let caller = Self {
            app: app.clone(),
            live: live.ok_or(Problem::of(Kind::InvalidToken))?,
            origin,
        };
        if let Some(noted) = parts.extensions.get::<Noted>() {
            noted.get_or_init(|| caller.known());
        }
        Ok(caller)
    }
}

impl Caller {
    fn known(&self) -> Known {
        Known {
            app: self.app.clone(),
            doer: self.doer(),
            organization: self.organization(),
            origin: Arc::clone(&self.origin),
        }
    }

    /// A unit of work that cannot write.
    ///
    /// # Errors
    /// The database is away.
    pub(super) async fn read(&self) -> Result<Tx, StoreError> {
        self.app.store.read().await
    }

    /// A unit of work that carries this request's name.
    ///
    /// # Errors
    /// The database is away.
    pub(super) async fn write(&self) -> Result<Tx, StoreError> {
        self.app.store.write_from(&self.origin).await
    }

    /// With what people are told of their relations.
    pub(super) fn notices(&self) -> Notices {
        self.app.notices()
    }

    /// The person, acting for himself and through an application that may serve his
    /// account: what `/me` asks for.
    ///
    /// # Errors
    /// `delegated_token` (N-06), `insufficient_scope`.
    pub(super) fn person(&self) -> Result<&Standing, Problem> {
        if self.live.claims.act.is_some() {
            return Err(Problem::of(Kind::DelegatedToken));
        }
        let standing = self.live.standing.as_deref();
        standing
            .filter(|_| self.live.claims.scope.contains(&Scope::Account))
            .ok_or(Problem::of(Kind::InsufficientScope))
    }

    /// Whether the caller may do it in `organization`, now.
    ///
    /// # Errors
    /// `not_found` for another organization (N-15), else `insufficient_permission`.
    pub(super) fn may(
        &self,
        permission: Permission,
        organization: OrganizationId,
    ) -> Result<(), Problem> {
        if self.live.claims.organization_id != Some(organization) {
            return Err(Problem::of(Kind::NotFound));
        }
        let scope = &self.live.claims.scope;
        if self.live.claims.act.is_some() || !scope.contains(&Scope::Permission(permission)) {
            return Err(Problem::of(Kind::InsufficientPermission));
        }
        Ok(())
    }

    /// The organization named in a path, if the caller may do it there.
    ///
    /// # Errors
    /// As [`Caller::may`]; a path that names none is `not_found`, too.
    pub(super) async fn may_in(
        &self,
        permission: Permission,
        organization: &str,
    ) -> Result<Arc<Organization>, Problem> {
        let missing = || Problem::of(Kind::NotFound);
        let id: OrganizationId = organization.parse().map_err(|_| missing())?;
        self.may(permission, id)?;
        let found = self.app.organizations.get(&self.app.store, id).await?;
        found.ok_or_else(missing)
    }

    /// Whether the caller is the platform's operator.
    ///
    /// # Errors
    /// `insufficient_permission`.
    pub(super) fn may_administer_platform(&self) -> Result<(), Problem> {
        let claims = &self.live.claims;
        let permission = Scope::Permission(Permission::PlatformAdmin);
        let is_operator = claims.organization_id.is_none() && claims.act.is_none();
        match is_operator && claims.scope.contains(&permission) {
            true => Ok(()),
            false => Err(Problem::of(Kind::InsufficientPermission)),
        }
    }

    /// The person behind the token; `None` for machines.
    pub(super) fn account(&self) -> Option<AccountId> {
        self.live
            .standing
            .as_ref()
            .map(|standing| standing.subject.id)
    }

    /// What the caller holds now, whatever the token carries: a person by his role, a
    /// machine by its registration.
    pub(super) fn held(&self) -> &ScopeSet {
        match &self.live.standing {
            Some(standing) => &standing.ceiling,
            None => &self.live.claims.scope,
        }
    }

    /// The browser session that the token came from, if it came from one.
    pub(super) fn session(&self) -> Option<SessionId> {
        self.live.grant.as_ref().and_then(|grant| grant.session)
    }

    /// Who does it, for the audit.
    pub(super) fn doer(&self) -> Doer {
        match self.account() {
            Some(account) => Doer::Person(account),
            None => Doer::Machine(self.live.claims.sub.clone()),
        }
    }

    /// The caller as somebody who manages members.
    pub(super) fn manager(&self) -> Manager {
        let role = self.live.standing.as_ref().map(|standing| &standing.role);
        let is_owner = match role {
            Some(capacity::Role::Provider { roles, .. }) => roles.contains(access::Role::Owner),
            _ => false,
        };
        Manager {
            doer: self.doer(),
            is_owner,
        }
    }

    /// The request, for what is written on its behalf.
    pub(super) fn origin(&self) -> &Arc<Origin> {
        &self.origin
    }

    /// The organization that the token was issued in; `None` for the platform's operator.
    pub(super) fn organization(&self) -> Option<OrganizationId> {
        self.live.claims.organization_id
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
