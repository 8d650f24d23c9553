//! Invitations: how members and config users join, by a link that goes to an e-mail address
//! (DOMAIN.md 3, 4.1).
//!
//! Owns `invitations` and `hcp_invitations`. What the person becomes stands in his membership or config grant, with
//! status `invited`, from the beginning; the invitation only says to whom the link went and
//! whether it still works. Whoever has an account joins with that; for anybody else a pending
//! account waits, which gets its identifier and password when the link is used. What the
//! inviting side sees is the same in both cases (N-01).
mod accept;
mod hcp;
mod hcp_queries;
mod invite;
mod queries;

use crate::{
    access::{ConfigRole, Roles},
    clock::Timestamp,
    config_users::Granted,
    id::{AccountId, InvitationId, OrganizationId},
};

pub use accept::{AcceptRefusal, Joined, Open, accept, join, open};
pub use hcp::{
    HcpInvitationStatus, HcpInviteRefusal, HcpInvited, NewHcpInvitation, hcp_invited, hcps_invited,
    invite_hcp,
};
pub use invite::{InviteRefusal, NewInvitation, invite, resend, void};
pub use queries::{Listed, listed, sweep};

/// What somebody is invited to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offer {
    /// A member with roles.
    Member(Roles),
    /// Somebody who configures, with what is granted to a Member.
    ConfigUser(ConfigRole, Vec<Granted>),
}

/// As what somebody is invited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A member.
    Member,
    /// Somebody who configures.
    ConfigUser,
    /// The person behind an HCP.
    Hcp,
}

impl Offer {
    /// Which of the two.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Member(_) => Kind::Member,
            Self::ConfigUser(..) => Kind::ConfigUser,
        }
    }
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::ConfigUser => "config_user",
            Self::Hcp => "hcp",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [Self::Member, Self::ConfigUser]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// An invitation that waits for an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// Where to.
    pub organization: OrganizationId,
    /// As what.
    pub kind: Kind,
    /// Whose membership or config grant waits; `None` where nothing waits but an HCP.
    pub account: Option<AccountId>,
    /// Where the link went.
    pub email: String,
    /// The name that whoever invited wrote.
    pub name: String,
    /// When the link ends.
    pub expires_at: Timestamp,
}
