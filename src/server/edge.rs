//! What every request passes before a handler sees it, and every answer after it.
//!
//! ```text
//! name it ─ span ─ head ─ host ─ body ─ handler ─ name on the answer ─ measure ─ log
//! ```
//! The span and the log hold the method, the route's pattern, the status, the time and
//! the request's id: no query, no header, no token, nothing personal.
use std::{any::Any, net::SocketAddr, sync::Arc, time::Instant};

use axum::{
    body::{Body, HttpBody},
    extract::{ConnectInfo, MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, Method, StatusCode, Version, header, request::Parts};
use tokio::sync::Semaphore;
use tracing::Instrument;

use super::{exposed, health, hosts::Hosts, limits, metrics, refusal::Refusal};
use crate::{
    store::Origin,
    web::{App, ClientAddress, Problem, client_address, request_id},
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What the edge knows.
pub(super) struct Edge {
    app: App,
    hosts: Hosts,
    uploads: Semaphore,
}

impl Edge {
    pub(super) fn new(app: App) -> Self {
        Self {
            hosts: Hosts::of(&app.config),
            uploads: Semaphore::new(limits::UPLOADS),
            app,
        }
    }

    fn origin(&self, head: &Parts) -> Arc<Origin> {
        let address = head
            .extensions
            .get()
            .map(|ConnectInfo(peer): &ConnectInfo<SocketAddr>| {
                let forwarded = head.headers.get_all(FORWARDED_FOR).iter();
                let forwarded = forwarded.map(HeaderValue::as_bytes);
                client_address(peer.ip(), forwarded, &self.app.config.trusted_proxies)
            });
        Arc::new(Origin {
            request_id: request_id(self.app.store.random()),
            address,
        })
    }

    fn check(&self, head: &Parts) -> Result<(), &'static Refusal> {
        limits::check_head(head)?;
        match health::PATHS.contains(&head.uri.path()) {
            true => Ok(()), // probes name the machine, not the site
            false => self.hosts.check(&head.uri, &head.headers),
        }
    }
}

/// The outermost layer of the routes.
pub(super) async fn pass(State(edge): State<Arc<Edge>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let (mut head, body) = request.into_parts();
    let origin = edge.origin(&head);
    if let Some(address) = origin.address {
        head.extensions.insert(ClientAddress(address));
    }
    head.extensions.insert(Arc::clone(&origin));
    let seen = Seen::of(&head, &origin);
    let span = tracing::info_span!(
        "request",
        method = %seen.method,
        route = seen.route(),
        request_id = origin.request_id,
    );
    async {
        // A file stays in memory until it is answered.
        let _turn = match limits::is_upload(&head) {
            true => edge.uploads.acquire().await.ok(),
            false => None,
        };
        let answer = match take(&edge, (&head, &origin), body).await {
            Ok(body) => run(&seen, Request::from_parts(head, body), next).await,
            Err(refusal) => seen.refuse(refusal),
        };
        seen.finish(answer, began)
    }
    .instrument(span)
    .await
}

/// Checks the head and reads the body.
async fn take(
    edge: &Edge,
    (head, origin): (&Parts, &Arc<Origin>),
    body: Body,
) -> Result<Body, &'static Refusal> {
    edge.check(head)?;
    if let Some(key) = exposed::key_in(&head.uri) {
        exposed::report(&edge.app, origin, &key).await;
        return Err(&Refusal::KEY_IN_ADDRESS);
    }
    if body.is_end_stream() {
        return Ok(body);
    }
    let read = match limits::is_upload(head) {
        true => limits::read_upload(&head.headers, body, edge.app.config.import.max_bytes).await,
        false => limits::read_body(&head.headers, body).await,
    };
    read.map(Body::from)
}

/// Lets the handler answer.
async fn run(seen: &Seen, request: Request, next: Next) -> Response {
    let Ok(answer) = tokio::time::timeout(limits::REQUEST_TIME, next.run(request)).await else {
        return seen.refuse(&Refusal::NO_TIME);
    };
    if answer.extensions().get::<Panicked>().is_some() {
        return seen.refuse(&Refusal::PANIC);
    }
    let is_bare = answer.body().size_hint().exact() == Some(0);
    if answer.status() == StatusCode::METHOD_NOT_ALLOWED && is_bare {
        let mut told = seen.refuse(&Refusal::OTHER_METHOD);
        if let Some(allow) = answer.headers().get(header::ALLOW) {
            told.headers_mut().insert(header::ALLOW, allow.clone());
        }
        return told;
    }
    answer
}

/// What is remembered of a request once a handler has it.
struct Seen {
    method: Method,
    path: String,
    route: Option<MatchedPath>,
    origin: Arc<Origin>,
    /// `Connection` is a header of HTTP/1 alone.
    is_http_1: bool,
    /// A body whose length is told by its chunks might hide a second request behind a
    /// `Content-Length`; so the connection is not used again (RFC 9112 §6.1).
    is_chunked: bool,
}

impl Seen {
    fn of(head: &Parts, origin: &Arc<Origin>) -> Self {
        Self {
            method: head.method.clone(),
            path: head.uri.path().to_owned(),
            route: head.extensions.get().cloned(),
            origin: Arc::clone(origin),
            is_http_1: head.version < Version::HTTP_2,
            is_chunked: head.headers.contains_key(header::TRANSFER_ENCODING),
        }
    }

    fn route(&self) -> &str {
        self.route.as_ref().map_or("unknown", MatchedPath::as_str)
    }

    fn refuse(&self, refusal: &Refusal) -> Response {
        let mut answer = refusal.answer(&self.path, &self.origin.request_id);
        if self.is_http_1 && refusal.ends_connection() {
            let close = HeaderValue::from_static("close");
            answer.headers_mut().insert(header::CONNECTION, close);
        }
        answer
    }

    fn finish(&self, mut answer: Response, began: Instant) -> Response {
        let headers = answer.headers_mut();
        if let Ok(id) = HeaderValue::from_str(&self.origin.request_id) {
            headers.insert(REQUEST_ID, id);
        }
        if self.is_http_1 && self.is_chunked {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        let took = began.elapsed();
        let status = answer.status();
        metrics::observe(&self.method, self.route(), status, took);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        match status.as_u16() {
            500.. => tracing::warn!(status = status.as_u16(), micros, "answered"),
            400.. => tracing::info!(status = status.as_u16(), micros, "answered"),
            _ => tracing::debug!(status = status.as_u16(), micros, "answered"),
        }
        answer
    }
}

/// The answer to an address that nothing stands at.
pub(super) async fn unknown(request: Request) -> Response {
    if !Refusal::is_for_programs(request.uri().path()) {
        return Problem::NotFound.into_response();
    }
    let origin = request.extensions().get::<Arc<Origin>>();
    let reference = origin.map_or("", |origin| origin.request_id.as_str());
    Refusal::NO_SUCH_ADDRESS.answer(request.uri().path(), reference)
}

/// Marks the answer to a request whose handler panicked.
#[derive(Clone)]
struct Panicked;

/// What `CatchPanicLayer` does with a panic; its message went to the panic hook.
pub(super) fn caught(_: Box<dyn Any + Send>) -> Response {
    metrics::count_panic();
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    answer.extensions_mut().insert(Panicked);
    answer
}
