//! The 14 roles as boxes to tick, for the forms that give them.
use super::{desk::Desk, words};
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

/// The boxes, those ticked that `has` names.
pub(super) fn groups(desk: &Desk, t: &Texts, has: impl Fn(Role) -> bool) -> Vec<Group> {
    let tick = |role: &Role| Tick {
        name: role.name(),
        words: words::role(t, *role),
        is_ticked: has(*role),
        is_fixed: *role == Role::Owner && !desk.seat.is_owner,
    };
    let group = |(title, roles): &(&str, &[Role])| Group {
        title: t.get(title),
        roles: roles.iter().map(tick).collect(),
    };
    words::GROUPS.iter().map(group).collect()
}
