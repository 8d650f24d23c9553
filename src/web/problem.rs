//! What may go wrong between a browser and us, and the page that says so (UI.md 9).
use askama::Template;
use axum::http::StatusCode;

use super::Texts;
use crate::clock::Timestamp;

/// What went wrong, as the person may know it. Handlers return it as their answer; the
/// face makes a page of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// An application sent somebody here whom we must not send back: its id or its return
    /// address is wrong.
    CannotReturn(Detail),
    /// The authorization request or the form is too old, or belongs to another browser.
    Stale,
    /// The request makes no sense.
    BadRequest,
    /// The person may not open this page.
    NotAllowed,
    /// A form that was not sent from a page of ours.
    ForeignForm,
    /// There is no such page.
    NotFound,
    /// The page is there, but not for this method.
    WrongMethod,
    /// The form is too large.
    TooLarge,
    /// The body is not a form.
    NoForm,
    /// Too many tries.
    TooMany {
        /// Seconds to wait.
        seconds: i64,
    },
    /// The database is away, or the server is busy.
    Unavailable {
        /// Seconds to wait.
        seconds: i64,
    },
    /// A fault of ours.
    Broken,
}

/// For the application's makers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// The OAuth error code.
    pub code: &'static str,
    /// One sentence, never a secret.
    pub cause: String,
}

impl Problem {
    /// The status of its answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::CannotReturn(_) | Self::Stale | Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::NotAllowed | Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NoForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Seconds after which the same request may succeed, if it may.
    pub fn retry_after(&self) -> Option<i64> {
        match self {
            Self::TooMany { seconds } | Self::Unavailable { seconds } => Some(*seconds),
            _ => None,
        }
    }

    /// The problem behind a bare answer with `status`, which a router or a limit gave.
    pub(super) fn of(status: StatusCode) -> Option<Self> {
        Some(match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::WrongMethod,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::NoForm,
            StatusCode::FORBIDDEN => Self::NotAllowed,
            StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable { seconds: 2 },
            _ if status.is_client_error() => Self::BadRequest,
            _ if status.is_server_error() => Self::Broken,
            _ => return None,
        })
    }

    /// Whether an application must be told that it got nothing.
    fn shared_nothing(&self) -> bool {
        matches!(self, Self::CannotReturn(_))
    }

    /// Whether the way out is the person's own account.
    fn leads_home(&self) -> bool {
        !matches!(
            self,
            Self::Unavailable { .. } | Self::TooMany { .. } | Self::Stale
        )
    }

    /// What happened, what that means, what to do.
    fn words(&self, t: &Texts) -> [String; 3] {
        let key = match self {
            Self::CannotReturn(_) => [
                "cannot-return-title",
                "cannot-return-lead",
                "cannot-return-advice",
            ],
            Self::Stale => ["stale-title", "stale-lead", "stale-advice"],
            Self::BadRequest | Self::WrongMethod | Self::NoForm => [
                "bad-request-title",
                "bad-request-lead",
                "bad-request-advice",
            ],
            Self::NotAllowed => [
                "not-allowed-title",
                "not-allowed-lead",
                "not-allowed-advice",
            ],
            Self::ForeignForm => [
                "foreign-form-title",
                "foreign-form-lead",
                "foreign-form-advice",
            ],
            Self::NotFound => ["not-found-title", "not-found-lead", "not-found-advice"],
            Self::TooLarge => ["too-large-title", "too-large-lead", "too-large-advice"],
            Self::TooMany { seconds } => {
                let wait = t.wait(*seconds);
                return [
                    t.get("too-many-title"),
                    t.get("too-many-lead"),
                    t.with("too-many-advice", &[("wait", &wait)]),
                ];
            }
            Self::Unavailable { .. } => [
                "unavailable-title",
                "unavailable-lead",
                "unavailable-advice",
            ],
            Self::Broken => ["broken-title", "broken-lead", "broken-advice"],
        };
        key.map(|key| t.get(key))
    }
}

/// The page of a problem.
#[derive(Template)]
#[template(path = "parts/error.html")]
pub(super) struct ErrorPage {
    t: Texts,
    kind: Problem,
    title: String,
    lead: String,
    advice: String,
    detail: Option<Detail>,
    /// The request's id, to be read to support.
    reference: Option<String>,
    when: Timestamp,
}

impl ErrorPage {
    pub(super) fn new(t: Texts, kind: Problem, reference: Option<String>, when: Timestamp) -> Self {
        let [title, lead, advice] = kind.words(&t);
        let detail = match &kind {
            Problem::CannotReturn(detail) => Some(detail.clone()),
            _ => None,
        };
        Self {
            t,
            kind,
            title,
            lead,
            advice,
            detail,
            reference,
            when,
        }
    }
}
