//! What happened: who did what to whom, through which client, and how it ended.
//!
//! Owns `audit_events` and `audit_seals`. An event is written in the transaction of
//! the deed, so neither lasts without the other ([`record`]); an event that changes
//! nothing else may travel in a batch ([`Later`]). Rows are never changed: triggers
//! refuse it, and they are chained by SHA-256 soon after ([`Sealer`]), so that
//! [`verify`] can name the first row that somebody touched.
//!
//! An event never holds a secret, a token, a password or a claim's value.
mod action;
mod later;
mod queries;
mod reading;
mod seal;
mod verify;

use std::{fmt::Display, sync::Arc};

use crate::{
    id::{AccountId, OrganizationId},
    store::{StoreError, Tx},
};

pub use action::Action;
pub use later::Later;
pub use reading::{Entry, Filter, page, page_of_person};
pub use seal::Sealer;
pub use verify::{Flaw, Head, Verdict, head, verify};

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// As asked.
    Done,
    /// Refused; the event's reason says why.
    Refused,
}

/// Whoever does something that changes people's rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doer {
    /// A person, in whatever capacity.
    Person(AccountId),
    /// A service account, by its id.
    Machine(String),
    /// Whoever may run this command on the server's machine.
    Command(&'static str),
}

impl Doer {
    /// The person; `None` for machines and commands.
    pub const fn account(&self) -> Option<AccountId> {
        match self {
            Self::Person(account) => Some(*account),
            Self::Machine(_) | Self::Command(_) => None,
        }
    }

    /// The id, or the command's name.
    pub fn id(&self) -> String {
        match self {
            Self::Person(account) => account.to_string(),
            Self::Machine(id) => id.clone(),
            Self::Command(name) => (*name).to_owned(),
        }
    }
}

/// Something that happened. Made with [`Event::done`] or [`Event::refused`], then told more.
#[derive(Debug, Clone)]
pub struct Event {
    action: Action,
    outcome: Outcome,
    actor: Option<Arc<str>>,
    actor_type: Option<&'static str>,
    subject: Option<Arc<str>>,
    client_id: Option<Arc<str>>,
    organization: Option<OrganizationId>,
    relation_id: Option<Arc<str>>,
    object: Option<Arc<str>>,
    reason: Option<Arc<str>>,
}

impl Event {
    /// `action` was done.
    pub const fn done(action: Action) -> Self {
        Self::new(action, Outcome::Done)
    }

    /// `action` was refused because of `reason`, a short stable word.
    pub fn refused(action: Action, reason: impl Into<Arc<str>>) -> Self {
        Self::new(action, Outcome::Refused).because(reason)
    }

    const fn new(action: Action, outcome: Outcome) -> Self {
        Self {
            action,
            outcome,
            actor: None,
            actor_type: None,
            subject: None,
            client_id: None,
            organization: None,
            relation_id: None,
            object: None,
            reason: None,
        }
    }

    /// The person who did it. For a delegated deed that is not the subject (N-20).
    #[must_use]
    pub fn by(mut self, account: AccountId) -> Self {
        self.actor = Some(account.to_string().into());
        self.actor_type = Some("account");
        self
    }

    /// Whoever did it.
    #[must_use]
    pub fn done_by(self, doer: &Doer) -> Self {
        match doer {
            Doer::Person(account) => self.by(*account),
            Doer::Machine(id) => self.by_machine("service_account", id.as_str()),
            Doer::Command(name) => self.by_machine("command", *name),
        }
    }

    /// The machine that did it, `kind` being `service_account`, `client` or `command`.
    #[must_use]
    pub fn by_machine(mut self, kind: &'static str, id: impl Into<Arc<str>>) -> Self {
        self.actor = Some(id.into());
        self.actor_type = Some(kind);
        self
    }

    /// The service account that did it as itself: about itself, and through itself.
    #[must_use]
    pub fn by_itself(mut self, id: impl Into<Arc<str>>) -> Self {
        let id = id.into();
        self.subject = Some(Arc::clone(&id));
        self.client_id = Some(Arc::clone(&id));
        self.by_machine("service_account", id)
    }

    /// Whose data or authority it was about: a `sub`.
    #[must_use]
    pub fn about(mut self, subject: impl Display) -> Self {
        self.subject = Some(subject.to_string().into());
        self
    }

    /// Through which client.
    #[must_use]
    pub fn through(mut self, client_id: impl Into<Arc<str>>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// In which organization.
    #[must_use]
    pub fn within(mut self, organization: impl Into<Option<OrganizationId>>) -> Self {
        self.organization = organization.into();
        self
    }

    /// By which guardianship or delegation.
    #[must_use]
    pub fn under(mut self, relation: Option<impl Display>) -> Self {
        self.relation_id = relation.map(|id| id.to_string().into());
        self
    }

    /// To which thing: a grant, a key, a session.
    #[must_use]
    pub fn on(mut self, object: impl Display) -> Self {
        self.object = Some(object.to_string().into());
        self
    }

    /// Why: a short stable word, or the reason a person gave.
    #[must_use]
    pub fn because(mut self, reason: impl Into<Arc<str>>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

/// Records `event` in `tx`, with the id and address of the request behind it.
///
/// # Errors
/// It could not be written; then the deed must not happen either.
pub async fn record(tx: &mut Tx, event: Event) -> Result<(), StoreError> {
    record_all(tx, [event]).await
}

/// Records events as part of the unit of work, many in one statement.
///
/// # Errors
/// The database is away.
pub async fn record_all(
    tx: &mut Tx,
    events: impl IntoIterator<Item = Event>,
) -> Result<(), StoreError> {
    let (events, now) = (events.into_iter(), tx.now());
    let rows = events.map(|event| queries::Row::of(tx, event, now));
    let rows = rows.collect();
    queries::insert_all(tx, rows).await
}
