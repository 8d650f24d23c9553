//! What all pages of the console share: the bar, the tabs, and what was done just now.
use super::{desk::Desk, paths};
use crate::{
    access::Permission as P,
    id::OrganizationId,
    web::{Fields, Texts},
};

/// A tab of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Members,
    ConfigUsers,
    HcpImport,
}

/// A tab with whom it is for, its words and its address.
type Row = (Tab, P, &'static str, fn(OrganizationId) -> String);

/// Every tab, in order.
const TABS: &[Row] = &[
    (Tab::Members, P::UsersRead, "tab-members", paths::members),
    (
        Tab::ConfigUsers,
        P::ConfigUsersWrite,
        "tab-config-users",
        paths::config_users,
    ),
    (
        Tab::HcpImport,
        P::HcpImport,
        "tab-hcp-import",
        paths::hcp_import,
    ),
];

/// An entry of a menu or of the tabs.
pub(super) struct Entry {
    pub(super) text: String,
    pub(super) url: String,
    pub(super) is_here: bool,
}

/// The frame of a page.
pub(super) struct Frame {
    pub(super) csrf: String,
    /// The name of whoever is signed in.
    pub(super) name: String,
    /// The organization's name.
    pub(super) organization: String,
    /// The organizations that the person may go to.
    pub(super) organizations: Vec<Entry>,
    /// The tabs that he may see; the words are keys.
    pub(super) tabs: Vec<Entry>,
    /// What was done just now, in words.
    pub(super) done: Option<String>,
}

impl Frame {
    pub(super) fn of(desk: &Desk, name: String, csrf: String, here: Tab) -> Self {
        let org = desk.organization().id;
        let tabs = TABS
            .iter()
            .filter(|(_, permission, ..)| desk.has(*permission));
        Self {
            csrf,
            name,
            organization: desk.organization().name.clone(),
            organizations: desk
                .seats
                .iter()
                .map(|seat| Entry {
                    text: seat.organization.name.clone(),
                    url: paths::console(seat.organization.id),
                    is_here: seat.organization.id == org,
                })
                .collect(),
            tabs: tabs
                .map(|(tab, _, text, url)| Entry {
                    text: (*text).to_owned(),
                    url: url(org),
                    is_here: *tab == here,
                })
                .collect(),
            done: None,
        }
    }

    /// Says what was done, when the query names one of `deeds` (`?done=…`), each with the key
    /// of its words.
    pub(super) fn saying(
        mut self,
        t: &Texts,
        query: &Fields,
        deeds: &[(&str, &'static str)],
    ) -> Self {
        let done = query.one("done");
        let deed = deeds.iter().find(|(name, _)| Some(*name) == done);
        self.done = deed.map(|(_, words)| t.get(words));
        self
    }
}

/// The first tab that the person may see.
pub(super) fn first_tab(desk: &Desk) -> Option<String> {
    let mut tabs = TABS
        .iter()
        .filter(|(_, permission, ..)| desk.has(*permission));
    tabs.next()
        .map(|(_, _, _, url)| url(desk.organization().id))
}
