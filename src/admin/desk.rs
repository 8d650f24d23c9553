//! Who sits at the desk: what the person may do in the organization now, and which directory
//! is open before him.
use std::sync::Arc;

use anyhow::Context;

use crate::{
    access::{Permission, Scope},
    accounts::{self, session::SignIn},
    audit::Doer,
    capacity::Standing,
    grants::Capacity,
    hcps::{self, Hcp},
    id::{AccountId, OrganizationId},
    organizations::{self, Directory, Organization},
    store::Tx,
    web::{App, Browser, Failure, Fields, Problem, Texts, paths},
};

/// What a person may do in an organization now, by membership and by config grant.
pub(super) struct Rights(Vec<Arc<Standing>>);

impl Rights {
    /// # Errors
    /// The database is away.
    pub(super) async fn of(
        app: &App,
        account: AccountId,
        organization: OrganizationId,
    ) -> Result<Self, Failure> {
        let capacities = [
            Capacity::Provider {
                account,
                organization,
            },
            Capacity::ConfigUser {
                account,
                organization,
            },
        ];
        let mut standings = Vec::new();
        for capacity in &capacities {
            let found = app
                .standings
                .get(&app.store, &app.organizations, capacity)
                .await?;
            standings.extend(found);
        }
        Ok(Self(standings))
    }

    pub(super) fn may(&self, permission: Permission) -> bool {
        let scope = Scope::Permission(permission);
        self.0.iter().any(|s| s.ceiling.contains(&scope))
    }
}

/// A directory that somebody may look at, with the frame of its pages.
pub(super) struct Desk {
    pub(super) csrf: String,
    /// The name of whoever is signed in.
    pub(super) name: String,
    pub(super) organization: Arc<Organization>,
    pub(super) directory: Directory,
    rights: Rights,
    /// Who does what is done here.
    pub(super) doer: Doer,
    /// What was done just now, in words.
    pub(super) done: Option<String>,
}

/// The desk, or the page that is shown in its place.
pub(super) type Seat = Result<Desk, Problem>;

impl Desk {
    /// The desk before the directory `db`, for somebody who may do what is `needed` there.
    /// A directory of an organization where he may do nothing is not there (N-15).
    ///
    /// # Errors
    /// The database is away.
    pub(super) async fn at(
        app: &App,
        browser: &Browser,
        sign_in: &SignIn,
        (db, needed): (&str, Permission),
    ) -> Result<Seat, Failure> {
        let Ok(id) = db.parse() else {
            return Ok(Err(Problem::NotFound));
        };
        let mut tx = app.store.read().await?;
        let Some(directory) = organizations::directory(&mut tx, id).await? else {
            return Ok(Err(Problem::NotFound));
        };
        let account = accounts::account(&mut tx, sign_in.account).await?;
        drop(tx);
        let organization = directory.organization_id;
        let rights = Rights::of(app, sign_in.account, organization).await?;
        if !rights.may(Permission::HcpRead) {
            return Ok(Err(Problem::NotFound));
        }
        if !rights.may(needed) {
            return Ok(Err(Problem::NotAllowed));
        }
        let organization = app.organizations.get(&app.store, organization).await?;
        Ok(Ok(Self {
            csrf: browser.csrf().await?,
            name: account
                .context("a session leads to an account")?
                .display_name,
            organization: organization.context("a directory has an organization")?,
            directory,
            rights,
            doer: Doer::Person(sign_in.account),
            done: None,
        }))
    }

    /// Says what was done, when the query names it: `?done=…`.
    #[must_use]
    pub(super) fn saying(mut self, t: &Texts, query: &Fields) -> Self {
        self.done = match query.one("done") {
            Some("created") => Some(t.get("hcp-created")),
            Some("changed") => Some(t.get("hcp-changed")),
            Some("deleted") => Some(t.get("hcp-deleted")),
            Some("token-deleted") => Some(t.get("token-deleted")),
            Some("key-saved") => Some(t.get("key-saved")),
            Some("key-removed") => Some(t.get("key-removed")),
            _ => None,
        };
        self
    }

    pub(super) fn may_write(&self) -> bool {
        self.rights.may(Permission::HcpWrite)
    }

    pub(super) fn may_delete(&self) -> bool {
        self.rights.may(Permission::HcpDelete)
    }

    pub(super) fn may_tokens(&self) -> bool {
        self.rights.may(Permission::HcpTokens)
    }

    pub(super) fn may_keys(&self) -> bool {
        self.rights.may(Permission::HcpKeys)
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
