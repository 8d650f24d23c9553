//! A directory of HCPs that is open before somebody: the first thing of each of its pages.
use std::sync::Arc;

use anyhow::Context;

use super::{
    desk::seats,
    frame::{Frame, Tab},
};
use crate::{
    access::Permission,
    accounts::{self, session::SignIn},
    audit::Doer,
    capacity::Seat,
    hcps::{self, Hcp},
    organizations::{self, Directory, Organization},
    store::Tx,
    web::{App, Browser, Failure, Fields, Problem, Texts, paths},
};

/// What the pages of a directory say was done.
const DEEDS: &[(&str, &str)] = &[
    ("created", "hcp-created"),
    ("invited", "done-invited"),
    ("changed", "hcp-changed"),
    ("deleted", "hcp-deleted"),
    ("token-deleted", "token-deleted"),
    ("key-saved", "key-saved"),
    ("key-removed", "key-removed"),
];

/// A directory that somebody may look at, with the frame of its pages.
pub(super) struct DirectoryDesk {
    pub(super) frame: Frame,
    pub(super) organization: Arc<Organization>,
    pub(super) directory: Directory,
    seat: Seat,
    /// Who does what is done here.
    pub(super) doer: Doer,
}

impl DirectoryDesk {
    /// The directory `db`, for somebody who may do what is `needed` there. A directory of an
    /// organization where he may look at none is not there (N-15).
    ///
    /// # Errors
    /// The database is away.
    pub(super) async fn at(
        app: &App,
        browser: &Browser,
        sign_in: &SignIn,
        (db, needed): (&str, Permission),
    ) -> Result<Result<Self, Problem>, Failure> {
        let Ok(id) = db.parse() else {
            return Ok(Err(Problem::NotFound));
        };
        let mut tx = app.store.read().await?;
        let Some(directory) = organizations::directory(&mut tx, id).await? else {
            return Ok(Err(Problem::NotFound));
        };
        let account = accounts::account(&mut tx, sign_in.account).await?;
        drop(tx);
        let seats = seats(app, sign_in.account).await?;
        let mut here = seats.iter();
        let here = here.find(|seat| seat.organization.id == directory.organization_id);
        let may = |seat: &&Seat| seat.permissions.contains(Permission::HcpRead);
        let Some(seat) = here.filter(may).cloned() else {
            return Ok(Err(Problem::NotFound));
        };
        if !seat.permissions.contains(needed) {
            return Ok(Err(Problem::NotAllowed));
        }
        let name = account
            .context("a session leads to an account")?
            .display_name;
        let csrf = browser.csrf().await?;
        Ok(Ok(Self {
            frame: Frame::of((&seat, &seats), (name, csrf), Tab::Hcps),
            organization: Arc::clone(&seat.organization),
            directory,
            seat,
            doer: Doer::Person(sign_in.account),
        }))
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

    /// Where a file of HCPs is read.
    pub(super) fn import(&self) -> String {
        super::paths::hcp_import(self.organization.id)
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
