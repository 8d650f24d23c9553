//! What all pages of the console share: the bar, the tabs, and what was done just now.

use super::{delegations, desk::Desk, paths, service_accounts};
use crate::{
    access::Permission as P,
    capacity::Seat,
    id::OrganizationId,
    web::{Fields, Texts, said},
};

/// A tab of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Hcps,
    Members,
    Consumers,
    ServiceAccounts,
    Delegations,
    ConfigUsers,
    Audit,
    Organization,
    /// Before all tabs.
    Home,
}

/// A tab with whom it is for, its words and its address.
type Row = (Tab, P, &'static str, fn(OrganizationId) -> String);

/// Every tab, in order.
const TABS: &[Row] = &[
    (Tab::Hcps, P::HcpRead, "tab-hcp", paths::hcps),
    (Tab::Members, P::UsersRead, "tab-members", paths::members),
    (
        Tab::Consumers,
        P::ConsumersRead,
        "tab-consumers",
        paths::consumers,
    ),
    (
        Tab::ServiceAccounts,
        P::ServiceAccountsRead,
        "tab-service-accounts",
        service_accounts::list_of,
    ),
    (
        Tab::Delegations,
        P::DelegationsWrite,
        "tab-delegations",
        delegations::place,
    ),
    (
        Tab::ConfigUsers,
        P::ConfigUsersWrite,
        "tab-config-users",
        paths::config_users,
    ),
    (Tab::Audit, P::AuditRead, "tab-audit", paths::audit),
    (
        Tab::Organization,
        P::OrgRead,
        "tab-organization",
        paths::settings,
    ),
];

/// An entry of a menu or of the tabs.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) text: String,
    pub(super) url: String,
    pub(super) is_here: bool,
}

/// The frame of a page.
#[derive(Clone)]
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
    /// The frame of a page under `here`, in the organization of `seat`.
    pub(super) fn of(
        (seat, seats): (&Seat, &[Seat]),
        (name, csrf): (String, String),
        here: Tab,
    ) -> Self {
        let org = seat.organization.id;
        let entry = |other: &Seat| Entry {
            text: other.organization.name.clone(),
            url: paths::console(other.organization.id),
            is_here: other.organization.id == org,
        };
        let tab = |(tab, _, text, url): &Row| Entry {
            text: (*text).to_owned(),
            url: url(org),
            is_here: *tab == here,
        };
        Self {
            csrf,
            name,
            organization: seat.organization.name.clone(),
            organizations: seats.iter().map(entry).collect(),
            tabs: tabs_of(seat).map(tab).collect(),
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
        self.done = said(t, query, deeds);
        self
    }
}

/// The tabs that the person may see.
fn tabs_of(seat: &Seat) -> impl Iterator<Item = &'static Row> {
    let permissions = seat.permissions;
    TABS.iter()
        .filter(move |(_, permission, ..)| permissions.contains(*permission))
}

/// The first tab that the person may see.
pub(super) fn first_tab(desk: &Desk) -> Option<String> {
    let first = tabs_of(&desk.seat).next();
    first.map(|(_, _, _, url)| url(desk.organization().id))
}
