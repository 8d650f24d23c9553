//! What the pages of an account share: whose it is, where one is, and where else one may go.
use anyhow::Context;

use crate::{
    accounts::{self, Account, session::SignIn},
    providers::{self, Membership},
    store::Tx,
    web::{Browser, Failure, Fields, Texts, paths, said},
};

/// A page of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Profile,
    Care,
    Proxies,
    /// For providers only.
    Delegations,
    Apps,
    Sessions,
    Security,
    Activity,
}

/// Where the navigation leads.
pub(super) struct Entry {
    pub(super) place: Place,
    pub(super) icon: &'static str,
    /// The key of its words.
    pub(super) text: &'static str,
    pub(super) url: String,
}

impl Place {
    fn entry(self) -> Entry {
        let (icon, text, url) = match self {
            Self::Profile => ("user", "nav-profile", paths::account()),
            Self::Care => ("care", "people-you-care-for", paths::account_care()),
            Self::Proxies => ("hand", "people-acting-for-you", paths::account_proxies()),
            Self::Delegations => (
                "bot",
                "programs-acting-for-you",
                paths::account_delegations(),
            ),
            Self::Apps => ("link", "connected-apps", paths::account_apps()),
            Self::Security => ("shield", "security", paths::account_security()),
            Self::Activity => ("clock", "activity", paths::account_activity()),
            Self::Sessions => ("laptop", "where-signed-in", paths::account_sessions()),
        };
        Entry {
            place: self,
            icon,
            text,
            url,
        }
    }
}

/// The frame of a page.
pub(super) struct Shell {
    pub(super) csrf: String,
    /// The name of whoever is signed in.
    pub(super) name: String,
    here: Place,
    is_provider: bool,
    /// What was done just now, in words.
    pub(super) done: Option<String>,
}

impl Shell {
    /// The frame of the page `here`, with the account of whoever is signed in.
    ///
    /// # Errors
    /// The database is away.
    pub(super) async fn of(
        tx: &mut Tx,
        browser: &Browser,
        sign_in: &SignIn,
        here: Place,
    ) -> Result<(Self, Account), Failure> {
        let account = accounts::account(tx, sign_in.account)
            .await?
            .context("a session leads to an account")?;
        let memberships = providers::of_account(tx, account.id).await?;
        let shell = Self {
            csrf: browser.csrf().await?,
            name: account.display_name.clone(),
            here,
            is_provider: memberships.iter().any(Membership::is_active),
            done: None,
        };
        Ok((shell, account))
    }

    /// Says what was done, when the query names one of `deeds` (`?done=…`), each with the key
    /// of its words.
    pub(super) fn saying(
        mut self,
        t: &Texts,
        query: &Fields,
        deeds: &[(&str, &'static str)],
    ) -> Self {
        self.done = said(t, query, deeds);
        self
    }

    /// Every page that the navigation leads to.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let all = [
            Place::Profile,
            Place::Care,
            Place::Proxies,
            Place::Delegations,
            Place::Apps,
            Place::Sessions,
            Place::Security,
            Place::Activity,
        ];
        let is_for_him = |place: &Place| *place != Place::Delegations || self.is_provider;
        all.into_iter()
            .filter(is_for_him)
            .map(Place::entry)
            .collect()
    }

    /// Whether the entry is the page itself.
    pub(super) fn is_here(&self, entry: &Entry) -> bool {
        entry.place == self.here
    }

    /// The key of the page's name in the navigation.
    pub(super) fn title(&self) -> &'static str {
        self.here.entry().text
    }
}
