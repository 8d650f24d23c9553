//! What is written to people. The words are templates in `templates/mail/`; each link and
//! each code stands whole on a line of its own.
use askama::Template;
use serde::{Deserialize, Serialize};

use super::relation::RelationLetter;

/// To whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// An e-mail address.
    Email(String),
    /// A phone number in E.164, which gets a text.
    Phone(String),
}

/// A letter. Its values may open doors, so it has no `Debug`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Letter {
    /// Somebody wants to sign up with this address.
    Verify {
        /// Where.
        organization: String,
        /// Confirms by itself.
        link: String,
        /// Six digits to type where it began.
        code: String,
    },
    /// Somebody wanted to sign up with an address that has an account.
    HasAccount {
        /// Where.
        organization: String,
        /// Where to sign in.
        sign_in: String,
        /// Where to get a new password.
        forgot: String,
    },
    /// Somebody asked for a new password.
    Reset {
        /// Whose: a shared address serves several (SECURITY.md 5.12).
        name: String,
        /// Where to choose one.
        link: String,
    },
    /// An organization invites somebody.
    Invitation {
        /// Whom.
        name: String,
        /// Which.
        organization: String,
        /// Where to join.
        link: String,
        /// How long that works, in days.
        days: i64,
    },
    /// The password was changed.
    PasswordChanged {
        /// Whose.
        name: String,
        /// Where to get another, if it was somebody else.
        forgot: String,
    },
    /// Somebody wants this address for an account that is there.
    NewIdentifier {
        /// Confirms by itself.
        link: String,
        /// Six digits to type where it began.
        code: String,
    },
    /// Somebody wanted an address for an account that belongs to another.
    IdentifierInUse,
    /// An account has another e-mail address or mobile number.
    IdentifierChanged {
        /// Whose.
        name: String,
        /// An e-mail address, or a mobile number.
        is_email: bool,
    },
    /// An API key of a machine is about to end.
    KeyEnds {
        /// Where.
        organization: String,
        /// The machine's name.
        service_account: String,
        /// The key's name.
        key: String,
        /// Within how many days.
        days: i64,
        /// Where it is rotated.
        link: String,
    },
    /// Somebody acts for another, is to, or does no more.
    Relation(RelationLetter),
    /// The account was closed.
    AccountClosed {
        /// Whose.
        name: String,
    },
}

#[derive(Template)]
#[template(path = "mail/verify.txt")]
struct Verify<'a> {
    organization: &'a str,
    link: &'a str,
    code: &'a str,
}

#[derive(Template)]
#[template(path = "mail/has_account.txt")]
struct HasAccount<'a> {
    organization: &'a str,
    sign_in: &'a str,
    forgot: &'a str,
}

#[derive(Template)]
#[template(path = "mail/reset.txt")]
struct Reset<'a> {
    name: &'a str,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/invitation.txt")]
struct Invitation<'a> {
    name: &'a str,
    organization: &'a str,
    link: &'a str,
    days: i64,
}

#[derive(Template)]
#[template(path = "mail/key_ends.txt")]
struct KeyEnds<'a> {
    organization: &'a str,
    service_account: &'a str,
    key: &'a str,
    days: i64,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/password_changed.txt")]
struct PasswordChanged<'a> {
    name: &'a str,
    forgot: &'a str,
}

#[derive(Template)]
#[template(path = "mail/new_identifier.txt")]
struct NewIdentifier<'a> {
    link: &'a str,
    code: &'a str,
}

#[derive(Template)]
#[template(path = "mail/identifier_in_use.txt")]
struct IdentifierInUse;

#[derive(Template)]
#[template(path = "mail/identifier_changed.txt")]
struct IdentifierChanged<'a> {
    name: &'a str,
    is_email: bool,
}

#[derive(Template)]
#[template(path = "mail/account_closed.txt")]
struct AccountClosed<'a> {
    name: &'a str,
}

impl Letter {
    /// What it is about.
    pub(super) fn subject(&self) -> String {
        match self {
            Self::Verify { organization, .. } => format!("Your code for {organization}"),
            Self::HasAccount { organization, .. } => format!("Your account at {organization}"),
            Self::Invitation { organization, .. } => format!("{organization} invites you"),
            Self::Reset { .. } => "Choose a new password".to_owned(),
            Self::PasswordChanged { .. } => "Your password was changed".to_owned(),
            Self::NewIdentifier { .. } => "Your code to confirm this address".to_owned(),
            Self::IdentifierInUse => "Your account".to_owned(),
            Self::IdentifierChanged { .. } => "You sign in in another way now".to_owned(),
            Self::KeyEnds {
                service_account, ..
            } => format!("A key of {service_account} ends soon"),
            Self::Relation(relation) => relation.subject().to_owned(),
            Self::AccountClosed { .. } => "Your account is closed".to_owned(),
        }
    }

    /// What it says.
    pub(super) fn text(&self) -> Result<String, askama::Error> {
        match self {
            Self::Verify {
                organization,
                link,
                code,
            } => Verify {
                organization,
                link,
                code,
            }
            .render(),
            Self::HasAccount {
                organization,
                sign_in,
                forgot,
            } => HasAccount {
                organization,
                sign_in,
                forgot,
            }
            .render(),
            Self::Invitation {
                name,
                organization,
                link,
                days,
            } => Invitation {
                name,
                organization,
                link,
                days: *days,
            }
            .render(),
            Self::Reset { name, link } => Reset { name, link }.render(),
            Self::PasswordChanged { name, forgot } => PasswordChanged { name, forgot }.render(),
            Self::NewIdentifier { link, code } => NewIdentifier { link, code }.render(),
            Self::IdentifierInUse => IdentifierInUse.render(),
            Self::IdentifierChanged { name, is_email } => IdentifierChanged {
                name,
                is_email: *is_email,
            }
            .render(),
            Self::KeyEnds {
                organization,
                service_account,
                key,
                days,
                link,
            } => KeyEnds {
                organization,
                service_account,
                key,
                days: *days,
                link,
            }
            .render(),
            Self::Relation(relation) => relation.render(),
            Self::AccountClosed { name } => AccountClosed { name }.render(),
        }
    }
}
