//! Which application sent somebody to sign in.
//!
//! The sign-in page belongs to `pages`, the authorization request to `oauth`, and faces
//! do not import each other: whoever puts the server together hands the question over.
use std::{fmt, pin::Pin, sync::Arc};

use super::FormTarget;
use crate::{id::AuthorizationRequestId, secret::Fingerprint, store::StoreError};

/// What the sign-in page needs to know of an authorization request under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asking {
    /// `client_id`.
    pub client_id: String,
    /// The application's name, to be shown.
    pub app_name: String,
    /// The identifier that the application proposes (`login_hint`).
    pub login_hint: Option<String>,
    /// Where the answer goes, for the page's policy.
    pub target: Option<FormTarget>,
}

type Answer = Pin<Box<dyn Future<Output = Result<Option<Asking>, StoreError>> + Send>>;

/// Tells which application asks. Cheap to clone.
#[derive(Clone)]
pub struct Asker(Arc<dyn Fn(AuthorizationRequestId, Fingerprint) -> Answer + Send + Sync>);

impl Asker {
    /// Answers by `ask`, which gets the request's id and the browser it must belong to
    /// (`Browser::id`).
    pub fn new<F>(
        ask: impl Fn(AuthorizationRequestId, Fingerprint) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Option<Asking>, StoreError>> + Send + 'static,
    {
        Self(Arc::new(move |request, browser| {
            Box::pin(ask(request, browser))
        }))
    }

    /// Who asks. `None` when there is no such request, it is over, or it belongs to
    /// another browser.
    ///
    /// # Errors
    /// The database is away.
    pub async fn ask(
        &self,
        request: AuthorizationRequestId,
        browser: Fingerprint,
    ) -> Result<Option<Asking>, StoreError> {
        (self.0)(request, browser).await
    }
}

impl fmt::Debug for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asker")
    }
}
