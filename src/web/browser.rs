//! Who is asking: the browser behind a request, and the person signed in there.
use std::sync::Arc;

use anyhow::Context;
use axum::{
    extract::FromRequestParts,
    http::{Method, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use tower_sessions::{Session, session::Id};

use super::{
    App, Failure, LocalPath, Next, csrf, paths,
    session::{fingerprint, key},
};
use crate::{
    accounts::{
        session::{self, Found, Limits, SignIn, Start},
        sign_in::SignedIn as Person,
    },
    clock::Timestamp,
    id::SessionId,
    secret::Fingerprint,
    store::Origin,
};

/// The browser's own mark in its session, which outlasts changes of the cookie.
const BROWSER: &str = "browser";

/// The browser behind a request.
#[derive(Debug, Clone)]
pub struct Browser {
    app: App,
    session: Session,
    origin: Arc<Origin>,
    user_agent: Option<String>,
    held: Option<SignIn>,
}

impl FromRequestParts<App> for Browser {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let session = parts
            .extensions
            .get::<Session>()
            .context("a route that asks for the browser is not behind `web::face`")?
            .clone();
        let origin = parts.extensions.get::<Arc<Origin>>();
        let agent = parts.headers.get(header::USER_AGENT);
        let agent = agent.and_then(|agent| agent.to_str().ok());
        Ok(Self {
            app: app.clone(),
            held: session.get(key::SIGN_IN).await?,
            session,
            origin: Arc::clone(origin.context("the server names every request")?),
            user_agent: agent.map(|agent| agent.chars().take(200).collect()),
        })
    }
}

impl Browser {
    /// Who is signed in, by the default limits.
    ///
    /// # Errors
    /// The database is away.
    pub async fn sign_in(&self) -> Result<Option<SignIn>, Failure> {
        self.sign_in_within(Limits::default()).await
    }

    /// Who is signed in, by the limits of an organization.
    ///
    /// # Errors
    /// The database is away.
    pub async fn sign_in_within(&self, limits: Limits) -> Result<Option<SignIn>, Failure> {
        let (Some(held), Some(cookie)) = (&self.held, self.session.id()) else {
            return Ok(None);
        };
        let now = self.app.store.now();
        let mut sign_in = held.clone();
        if !sign_in.is_within(limits, now) {
            // It may have been used through another node, which this one has not heard of.
            sign_in = match self.app.sessions.look_up(&cookie).await? {
                Some(Found::Open { sign_in, .. }) if sign_in.is_within(limits, now) => sign_in,
                _ => return Ok(None),
            };
        }
        if sign_in.is_due(now) {
            return Ok(self.app.sessions.seen(&cookie, &sign_in).await?);
        }
        Ok(Some(sign_in))
    }

    /// Whether somebody was signed in here until his time was over.
    ///
    /// # Errors
    /// The database is away.
    pub async fn has_timed_out(&self) -> Result<bool, Failure> {
        Ok(self.held.is_some() && self.sign_in().await?.is_none())
    }

    /// Signs `person` in. The cookie changes, so that one planted before is worth nothing;
    /// whoever was signed in here before is signed out, unless it is the same person.
    ///
    /// # Errors
    /// The database is away.
    pub async fn begin(&self, person: Person) -> Result<SignIn, Failure> {
        let browser = self.id().await?;
        let (same, other) = match &self.held {
            Some(held) if held.account == person.account => (Some(held.session), None),
            Some(held) => (None, Some(held.session)),
            None => (None, None),
        };
        if let Some(other) = other {
            self.end_session(other).await?;
        }
        let start = Start {
            previous: same,
            account: person.account,
            authentication: person.authentication,
            address: self.origin.address,
            user_agent: self.user_agent.clone(),
        };
        self.session.insert(BROWSER, browser.as_str()).await?;
        self.session.remove_value(key::SIGN_IN).await?;
        self.session.insert(key::START, start).await?;
        self.session.cycle_id().await?;
        self.session.save().await?;
        let sign_in = self.session.get(key::SIGN_IN).await?;
        Ok(sign_in.context("a session that was begun holds its sign-in")?)
    }

    /// Signs out whoever is signed in, and forgets the browser.
    ///
    /// # Errors
    /// The database is away.
    pub async fn end(&self) -> Result<(), Failure> {
        if let Some(held) = &self.held {
            self.end_session(held.session).await?;
        }
        self.session.flush().await?;
        Ok(())
    }

    async fn end_session(&self, id: SessionId) -> Result<(), Failure> {
        let mut tx = self.app.store.write_from(&self.origin).await?;
        session::end(&mut tx, id).await?;
        Ok(tx.commit().await?)
    }

    /// What tells this browser from others, before and after signing in, until signing
    /// out. It says nothing of who is signed in.
    ///
    /// # Errors
    /// The database is away.
    pub async fn id(&self) -> Result<Fingerprint, Failure> {
        let kept: Option<String> = self.session.get(BROWSER).await?;
        match kept.as_deref().and_then(Fingerprint::parse) {
            Some(id) => Ok(id),
            None => Ok(fingerprint(&self.cookie().await?)),
        }
    }

    /// The token for the hidden field `csrf` of every form.
    ///
    /// # Errors
    /// The database is away.
    pub async fn csrf(&self) -> Result<String, Failure> {
        let cookie = self.cookie().await?.to_string();
        Ok(csrf::token(&cookie, self.app.store.random()))
    }

    /// Whether `token` was made by [`Browser::csrf`] for this browser.
    pub(super) fn is_token(&self, token: &str) -> bool {
        self.session
            .id()
            .is_some_and(|cookie| csrf::is_right(token, &cookie.to_string()))
    }

    /// The request's origin, for what is written on its behalf.
    pub fn origin(&self) -> &Arc<Origin> {
        &self.origin
    }

    /// The cookie; a stranger gets one.
    async fn cookie(&self) -> Result<Id, Failure> {
        if self.session.id().is_none() {
            self.session.insert(key::VISITOR, true).await?;
            self.session.save().await?;
        }
        Ok(self.session.id().context("a saved session has an id")?)
    }
}

/// Somebody is signed in, or is sent to sign in and brought back.
#[derive(Debug, Clone)]
pub struct SignedIn(pub SignIn);

impl FromRequestParts<App> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let MaybeSignedIn(sign_in) = MaybeSignedIn::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let here = parts.uri.path_and_query().map(|here| here.as_str());
        let next = match here.and_then(LocalPath::parse) {
            Some(here) if parts.method == Method::GET => Next::Page(here),
            _ => Next::Account,
        };
        sign_in
            .map(Self)
            .ok_or_else(|| Redirect::to(&paths::sign_in(&next)).into_response())
    }
}

/// How long ago somebody may have signed in who changes his own credentials or rights, in
/// seconds (SECURITY.md 6.5).
const FRESH_SECONDS: i64 = 600;

/// Lets only those on whose proof of `auth_time` is young enough for that.
///
/// # Errors
/// Where all others prove it once more, to come back to `place`.
pub fn freshly(auth_time: Timestamp, now: Timestamp, place: &str) -> Result<(), Next> {
    match now.millis_since(auth_time) < FRESH_SECONDS * 1000 {
        true => Ok(()),
        false => Err(LocalPath::parse(place).map_or(Next::Account, Next::Page)),
    }
}

/// Somebody is signed in who proved who he is within the last ten minutes. Anybody else is
/// sent to sign in again, and brought back to the page at the same path.
#[derive(Debug, Clone)]
pub struct FreshlySignedIn(pub SignIn);

impl FromRequestParts<App> for FreshlySignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let SignedIn(sign_in) = SignedIn::from_request_parts(parts, app).await?;
        let auth_time = sign_in.authentication.auth_time;
        match freshly(auth_time, app.store.now(), parts.uri.path()) {
            Ok(()) => Ok(Self(sign_in)),
            Err(next) => Err(Redirect::to(&paths::sign_in(&next)).into_response()),
        }
    }
}

/// Who is signed in, if anybody is.
#[derive(Debug, Clone)]
pub struct MaybeSignedIn(pub Option<SignIn>);

impl FromRequestParts<App> for MaybeSignedIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let browser = Browser::from_request_parts(parts, app).await?;
        Ok(Self(browser.sign_in().await?))
    }
}
