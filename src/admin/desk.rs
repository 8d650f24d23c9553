//! Who administers what: the first argument of every handler of the console.
use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
};

use super::frame::{Frame, Tab};
use crate::{
    access::Permission,
    accounts,
    audit::Doer,
    capacity::{self, Seat},
    clock::Timestamp,
    id::AccountId,
    organizations::Organization,
    providers::Manager,
    store::{StoreError, Tx},
    web::{App, Browser, Failure, Next, Problem, SignedIn, freshly, paths as web_paths},
};

/// Somebody at work in the console of one organization.
pub(super) struct Desk {
    pub(super) app: App,
    pub(super) browser: Browser,
    /// Who.
    pub(super) account: AccountId,
    /// When he proved that it is he.
    auth_time: Timestamp,
    /// Where, and what he may do there now.
    pub(super) seat: Seat,
    /// Everywhere he administers.
    pub(super) seats: Vec<Seat>,
}

impl FromRequestParts<App> for Desk {
    type Rejection = Response;

    /// Unknown visitors go to sign in. An organization that he has no part in is not there
    /// (N-15).
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let SignedIn(sign_in) = SignedIn::from_request_parts(parts, app).await?;
        let browser = Browser::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let parameters = RawPathParams::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let named = parameters.iter().find(|(name, _)| *name == "org");
        let named = named.map(|(_, value)| value.to_owned());
        let seats = seats(app, sign_in.account)
            .await
            .map_err(|error| Failure::from(error).into_response())?;
        let seat = seats
            .iter()
            .find(|seat| named.as_deref() == Some(seat.organization.id.to_string().as_str()));
        let seat = seat.ok_or_else(|| Problem::NotFound.into_response())?;
        Ok(Self {
            app: app.clone(),
            browser,
            account: sign_in.account,
            auth_time: sign_in.authentication.auth_time,
            seat: seat.clone(),
            seats,
        })
    }
}

/// Somebody at work who proved who he is within the last ten minutes; anybody else is sent to
/// sign in again first (SECURITY.md 6.5).
pub(super) struct FreshDesk(pub(super) Desk);

impl FromRequestParts<App> for FreshDesk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let desk = Desk::from_request_parts(parts, app).await?;
        match desk.needs_fresh(parts.uri.path()) {
            Ok(()) => Ok(Self(desk)),
            Err(stop) => Err(stop.into_response()),
        }
    }
}

/// Why a handler of the console goes no further: a page that says so, or our fault.
pub(super) enum Stop {
    Problem(Problem),
    /// He is to prove once more that it is he, and comes back there.
    SignIn(Next),
    Failure(Failure),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl<E: Into<Failure>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failure(error.into())
    }
}

impl IntoResponse for Stop {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => problem.into_response(),
            Self::SignIn(next) => Redirect::to(&web_paths::sign_in(&next)).into_response(),
            Self::Failure(failure) => failure.into_response(),
        }
    }
}

/// What a handler of the console answers.
pub(super) type Answer = Result<Response, Stop>;

/// Everywhere somebody administers.
pub(super) async fn seats(app: &App, account: AccountId) -> Result<Vec<Seat>, StoreError> {
    capacity::seats(&app.store, &app.organizations, account).await
}

impl Desk {
    /// The organization.
    pub(super) fn organization(&self) -> &Arc<Organization> {
        &self.seat.organization
    }

    /// Whether he may do it here.
    pub(super) fn has(&self, permission: Permission) -> bool {
        self.seat.permissions.contains(permission)
    }

    /// Lets only those on who may do it here.
    ///
    /// # Errors
    /// The page that says so.
    pub(super) fn needs(&self, permission: Permission) -> Result<(), Stop> {
        match self.has(permission) {
            true => Ok(()),
            false => Err(Problem::NotAllowed.into()),
        }
    }

    /// Lets only those on who proved within ten minutes that it is they (SECURITY.md 6.5);
    /// whoever did not comes back to `place`.
    ///
    /// # Errors
    /// The page to sign in at.
    pub(super) fn needs_fresh(&self, place: &str) -> Result<(), Stop> {
        freshly(self.auth_time, self.app.store.now(), place).map_err(Stop::SignIn)
    }

    /// He, for deeds that are audited.
    pub(super) const fn doer(&self) -> Doer {
        Doer::Person(self.account)
    }

    /// He, as somebody who manages members.
    pub(super) const fn manager(&self) -> Manager {
        Manager {
            doer: self.doer(),
            is_owner: self.seat.is_owner,
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
        self.app.store.write_from(self.browser.origin()).await
    }

    /// The frame of the page under `here`.
    ///
    /// # Errors
    /// The database is away.
    pub(super) async fn frame(&self, here: Tab) -> Result<Frame, Failure> {
        let account = accounts::account(&mut self.read().await?, self.account).await?;
        let name = account
            .map(|account| account.display_name)
            .unwrap_or_default();
        let csrf = self.browser.csrf().await?;
        Ok(Frame::of((&self.seat, &self.seats), (name, csrf), here))
    }
}
