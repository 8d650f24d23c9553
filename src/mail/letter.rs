//! What is written to people. The words are templates in `templates/mail/`; each link and
//! each code stands whole on a line of its own.
use askama::Template;
use serde::{Deserialize, Serialize};

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
#[template(path = "mail/password_changed.txt")]
struct PasswordChanged<'a> {
    name: &'a str,
    forgot: &'a str,
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
        }
    }
}
