//! Who tried to change what is not his to change: a refusal that the audit log keeps
//! (SECURITY.md 9.2).
use std::sync::{Arc, OnceLock};

use axum::{extract::Request, http::StatusCode, middleware::Next, response::Response};

use crate::{
    audit::{Action, Doer, Event},
    id::OrganizationId,
    store::Origin,
    web::App,
};

/// Most characters of a path that are kept.
const LONGEST: usize = 200;

/// Who called, once the token has said so.
pub(super) struct Known {
    pub(super) app: App,
    pub(super) doer: Doer,
    pub(super) organization: Option<OrganizationId>,
    pub(super) origin: Arc<Origin>,
}

/// The place where the caller is noted.
pub(super) type Noted = Arc<OnceLock<Known>>;

/// Why the answer is a refusal; in the extensions of the answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Code(pub(super) &'static str);

/// Records a refused change.
pub(super) async fn record(mut request: Request, next: Next) -> Response {
    let noted = Noted::default();
    let is_change = !request.method().is_safe();
    let path: String = request.uri().path().chars().take(LONGEST).collect();
    let what = format!("{} {path}", request.method());
    request.extensions_mut().insert(Arc::clone(&noted));
    let response = next.run(request).await;
    let is_denied = is_change && response.status() == StatusCode::FORBIDDEN;
    if let Some(known) = noted.get().filter(|_| is_denied) {
        let code = response.extensions().get::<Code>();
        let code = code.map_or("forbidden", |Code(code)| code);
        let event = Event::refused(Action::Denied, code)
            .done_by(&known.doer)
            .within(known.organization)
            .on(what);
        known.app.later.record(event, &known.origin).await;
    }
    response
}
