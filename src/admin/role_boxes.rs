//! The 14 roles as boxes to tick, for the forms that give them.
use super::words;
use crate::{access::Role, web::Texts};

/// Roles to tick, under one heading.
pub(super) struct Group {
    pub(super) title: String,
    pub(super) roles: Vec<Tick>,
}

/// A role to tick.
pub(super) struct Tick {
    pub(super) name: &'static str,
    pub(super) words: String,
    pub(super) is_ticked: bool,
    /// Only an OWNER decides about OWNER (I-22).
    pub(super) is_fixed: bool,
}

/// The boxes, those ticked that `has` names, for somebody who `is_owner` or not.
pub(super) fn groups(is_owner: bool, t: &Texts, has: impl Fn(Role) -> bool) -> Vec<Group> {
    let tick = |role: &Role| Tick {
        name: role.name(),
        words: words::role(t, *role),
        is_ticked: has(*role),
        is_fixed: *role == Role::Owner && !is_owner,
    };
    let group = |(title, roles): &(&str, &[Role])| Group {
        title: t.get(title),
        roles: roles.iter().map(tick).collect(),
    };
    words::GROUPS.iter().map(group).collect()
}

/// The boxes without OWNER, which is not given by way of an HCP (DOMAIN.md 6).
pub(super) fn without_owner(t: &Texts, has: impl Fn(Role) -> bool) -> Vec<Group> {
    let mut groups = groups(false, t, has);
    for group in &mut groups {
        group.roles.retain(|tick| tick.name != Role::Owner.name());
    }
    groups
}
