//! What is our fault: any error becomes a [`Failure`] through `?`, is logged once with
//! its causes, and says nothing of them to the asker.
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::Problem;
use crate::store::StoreError;

/// Seconds after which an asker may try again when the database is away.
const RETRY_AFTER: i64 = 2;

/// We could not do what was asked.
#[derive(Debug)]
pub struct Failure(anyhow::Error);

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl Failure {
    /// Whether the same request may succeed a little later: 503, not 500.
    pub fn is_unavailable(&self) -> bool {
        use tower_sessions::{session, session_store};
        self.0.chain().any(|cause| {
            let session = cause.downcast_ref::<session::Error>();
            let store = cause.downcast_ref::<StoreError>();
            store.is_some_and(StoreError::is_unavailable)
                || matches!(
                    session,
                    Some(session::Error::Store(session_store::Error::Backend(_)))
                )
        })
    }

    /// Writes it to the log, once, and gives what the asker may know. A face that does
    /// not show pages (OAuth, the API) makes its own answer from that.
    pub fn log(self) -> Problem {
        let cause = format!("{:#}", self.0);
        if self.is_unavailable() {
            tracing::warn!(cause, "the database is away");
            return Problem::Unavailable {
                seconds: RETRY_AFTER,
            };
        }
        tracing::error!(cause, "a request failed");
        Problem::Broken
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.log().into_response()
    }
}

impl IntoResponse for Problem {
    /// A plain answer that carries the problem along, so that the face it passes through
    /// can dress it: as a page, as OAuth's JSON, as problem+json.
    fn into_response(self) -> Response {
        let mut response = StatusCode::into_response(self.status());
        if let Some(seconds) = self.retry_after() {
            let seconds = HeaderValue::from(seconds);
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_is_away_is_503_with_retry_after_anything_else_500() {
        let away = Failure::from(StoreError::Slow).into_response();
        assert_eq!(away.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(away.headers()[header::RETRY_AFTER], "2");
        let broken = StoreError::Corrupt {
            what: "x",
            value: String::new(),
        };
        let broken = Failure::from(broken).into_response();
        assert_eq!(broken.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(broken.headers().get(header::RETRY_AFTER).is_none());
    }
}
