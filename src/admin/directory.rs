//! A directory of HCPs that is open before somebody: the first thing of each of its pages.
use std::sync::Arc;

use anyhow::Context;
use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Response},
};

use super::{
    desk::{Stop, seats},
    frame::{Entry, Frame, Tab},
};
use crate::{
    access::Permission,
    accounts::{self, session::SignIn},
    audit::Doer,
    capacity::Seat,
    clock::Timestamp,
    hcps::{self, Hcp},
    organizations::{self, Directory, Organization},
    store::{StoreError, Tx},
    web::{App, Browser, Failure, Fields, Problem, SignedIn, Texts, freshly, paths},
};

/// What the pages of a directory say was done.
const DEEDS: &[(&str, &str)] = &[
    ("created", "hcp-created"),
    ("created-invited", "created-and-invited"),
    ("created-alone", "created-not-invited"),
    ("invited", "done-invited"),
    ("changed", "hcp-changed"),
    ("deleted", "hcp-deleted"),
    ("token-deleted", "token-deleted"),
    ("key-saved", "key-saved"),
    ("key-removed", "key-removed"),
];

/// Somebody who proved within ten minutes that it is he, at a page of an HCP; anybody else
/// signs in again and comes back to the HCP (SECURITY.md 6.5).
pub(super) struct FreshAtHcp(pub(super) SignIn);

impl FromRequestParts<App> for FreshAtHcp {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let SignedIn(sign_in) = SignedIn::from_request_parts(parts, app).await?;
        // `/admin/databases/{db}/hcps/{id}`, whatever follows.
        let place: Vec<_> = parts.uri.path().split('/').take(6).collect();
        let auth_time = sign_in.authentication.auth_time;
        match freshly(auth_time, app.store.now(), &place.join("/")) {
            Ok(()) => Ok(Self(sign_in)),
            Err(next) => Err(Stop::SignIn(next).into_response()),
        }
    }
}

/// A directory that somebody may look at, with the frame of its pages.
pub(super) struct DirectoryDesk {
    pub(super) frame: Frame,
    pub(super) organization: Arc<Organization>,
    pub(super) directory: Directory,
    seat: Seat,
    /// The organization's solutions; this directory is in one.
    pub(super) solutions: Vec<Entry>,
    /// The directories of the same solution.
    pub(super) databases: Vec<Entry>,
    /// Who does what is done here.
    pub(super) doer: Doer,
}

impl DirectoryDesk {
    /// The directory `db`, for somebody who may do what is `needed` there. A directory of an
    /// organization where he may look at none is not there (N-15).
    ///
    /// # Errors
    /// The page that says that it is not there, or that he may not; or the database is away.
    pub(super) async fn at(
        app: &App,
        browser: &Browser,
        sign_in: &SignIn,
        (db, needed): (&str, Permission),
    ) -> Result<Self, Stop> {
        let id = db.parse().map_err(|_| Problem::NotFound)?;
        let mut tx = app.store.read().await?;
        let found = organizations::directory(&mut tx, id).await?;
        let directory = found.ok_or(Problem::NotFound)?;
        let account = accounts::account(&mut tx, sign_in.account).await?;
        let (solutions, databases) = switches(&mut tx, &directory).await?;
        drop(tx);
        let seats = seats(app, sign_in.account).await?;
        let mut here = seats.iter();
        let here = here.find(|seat| seat.organization.id == directory.organization_id);
        let may = |seat: &&Seat| seat.permissions.contains(Permission::HcpRead);
        let seat = here.filter(may).cloned().ok_or(Problem::NotFound)?;
        if !seat.permissions.contains(needed) {
            return Err(Problem::NotAllowed.into());
        }
        let name = account
            .context("a session leads to an account")?
            .display_name;
        let csrf = browser.csrf().await?;
        Ok(Self {
            frame: Frame::of((&seat, &seats), (name, csrf), Tab::Hcps),
            organization: Arc::clone(&seat.organization),
            directory,
            seat,
            solutions,
            databases,
            doer: Doer::Person(sign_in.account),
        })
    }

    /// Says what was done, when the query names it: `?done=…`.
    #[must_use]
    pub(super) fn saying(mut self, t: &Texts, query: &Fields) -> Self {
        self.frame = self.frame.saying(t, query, DEEDS);
        self
    }

    pub(super) fn may_write(&self) -> bool {
        self.seat.permissions.contains(Permission::HcpWrite)
    }

    pub(super) fn may_import(&self) -> bool {
        self.seat.permissions.contains(Permission::HcpImport)
    }

    /// The name of the solution.
    pub(super) fn solution(&self) -> &str {
        let here = self.solutions.iter().find(|entry| entry.is_here);
        here.map_or("", |entry| entry.text.as_str())
    }

    /// Where all solutions and directories are.
    pub(super) fn all(&self) -> String {
        super::paths::all_databases(self.organization.id)
    }

    /// Where a file of HCPs is read.
    pub(super) fn import(&self) -> String {
        super::paths::hcp_import(self.organization.id)
    }

    /// Whether there is anything that he may do to an HCP.
    pub(super) fn may_change(&self) -> bool {
        self.may_write() || self.may_keys() || self.may_delete()
    }

    /// A moment as the clocks of the organization show it.
    pub(super) fn moment(&self, t: &Texts, at: Timestamp) -> String {
        let zone = &self.organization.settings.time_zone;
        t.moment_there(zone.local(at), zone.name())
    }

    pub(super) fn may_delete(&self) -> bool {
        self.seat.permissions.contains(Permission::HcpDelete)
    }

    pub(super) fn may_tokens(&self) -> bool {
        self.seat.permissions.contains(Permission::HcpTokens)
    }

    pub(super) fn may_keys(&self) -> bool {
        self.seat.permissions.contains(Permission::HcpKeys)
    }

    /// Where the directory's list is.
    pub(super) fn list(&self) -> String {
        paths::admin_hcps(self.directory.database.id)
    }

    /// Where the HCP's page is.
    pub(super) fn of(&self, hcp: &Hcp) -> String {
        format!("{}/{}", self.list(), hcp.id)
    }

    /// The HCP that a path names.
    ///
    /// # Errors
    /// The database is away.
    pub(super) async fn hcp(&self, tx: &mut Tx, id: &str) -> Result<Option<Hcp>, Failure> {
        let Ok(id) = id.parse() else {
            return Ok(None);
        };
        Ok(hcps::find(tx, self.directory.database.id, id).await?)
    }
}

/// Where the header leads: to each solution that has a directory, and to the directories of
/// this one.
async fn switches(
    tx: &mut Tx,
    directory: &Directory,
) -> Result<(Vec<Entry>, Vec<Entry>), StoreError> {
    let org = directory.organization_id;
    let all = organizations::databases_of(tx, org).await?;
    let here = &directory.database;
    let mut solutions = Vec::new();
    for solution in organizations::solutions(tx, org).await? {
        let first = all.iter().find(|one| one.solution_id == solution.id);
        solutions.extend(first.map(|first| Entry {
            text: solution.name,
            url: paths::admin_hcps(first.id),
            is_here: solution.id == here.solution_id,
        }));
    }
    let same = all
        .into_iter()
        .filter(|one| one.solution_id == here.solution_id);
    let databases = same.map(|one| Entry {
        is_here: one.id == here.id,
        url: paths::admin_hcps(one.id),
        text: one.name,
    });
    Ok((solutions, databases.collect()))
}
