//! What every request passes before a handler sees it, and every answer after it.
//!
//! ```text
//! name it ─ head ─ host ─ body ─ handler ─ name on the answer ─ measure ─ log
//! ```
//! The log holds the method, the route's pattern, the status, the time and the request's
//! id: no query, no header, no token, nothing personal.
use std::{
    any::Any,
    convert::Infallible,
    net::SocketAddr,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use axum::{
    body::{Body, HttpBody},
    extract::{ConnectInfo, Request},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use http::{HeaderName, HeaderValue, StatusCode, Version, header, request::Parts};
use tokio::sync::Semaphore;
use tower::{Layer, Service, ServiceExt};

use super::{
    exposed, health,
    hosts::Hosts,
    limits,
    log::{self, About},
    metrics,
    refusal::Refusal,
};
use crate::{
    store::Origin,
    web::{App, Problem, client_address, request_id},
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The outermost layer of the routes. Every request pays for it, so it is a service of its own:
/// a function as middleware would be boxed once more.
#[derive(Clone)]
pub(super) struct Edge(Arc<Knowledge>);

/// What the edge knows.
struct Knowledge {
    app: App,
    hosts: Hosts,
    uploads: Semaphore,
}

impl Edge {
    pub(super) fn new(app: App) -> Self {
        Self(Arc::new(Knowledge {
            hosts: Hosts::of(&app.config),
            uploads: Semaphore::new(limits::UPLOADS),
            app,
        }))
    }
}

impl<S> Layer<S> for Edge {
    type Service = Behind<S>;

    fn layer(&self, routes: S) -> Behind<S> {
        Behind {
            edge: self.clone(),
            routes: Arc::new(routes),
        }
    }
}

/// What stands behind the edge. It is cloned for each request, the routes in it once more: so they
/// are shared until one is asked.
pub(super) struct Behind<S> {
    edge: Edge,
    routes: Arc<S>,
}

impl<S> Clone for Behind<S> {
    fn clone(&self) -> Self {
        Self {
            edge: self.edge.clone(),
            routes: Arc::clone(&self.routes),
        }
    }
}

impl<S> Service<Request> for Behind<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(())) // what is asked in the end is waited for then
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Self { edge, routes } = self.clone();
        Box::pin(async move { Ok(pass(&edge.0, request, &*routes).await) })
    }
}

impl Knowledge {
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

async fn pass<S>(edge: &Knowledge, request: Request, routes: &S) -> Response
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone,
{
    let began = Instant::now();
    let (mut head, body) = request.into_parts();
    let origin = edge.origin(&head);
    head.extensions.insert(Arc::clone(&origin));
    let seen = Seen::of(&head, &origin);
    log::on_behalf_of(seen.about.clone(), async {
        // A file stays in memory until it is answered.
        let _turn = match limits::is_upload(&head) {
            true => edge.uploads.acquire().await.ok(),
            false => None,
        };
        let answer = match take(edge, (&head, &origin), body).await {
            Ok(body) => run(&seen, Request::from_parts(head, body), routes).await,
            Err(refusal) => seen.refuse(refusal),
        };
        seen.finish(answer, began)
    })
    .await
}

/// Checks the head and reads the body.
async fn take(
    edge: &Knowledge,
    (head, origin): (&Parts, &Arc<Origin>),
    body: Body,
) -> Result<Body, &'static Refusal> {
    edge.check(head)?;
    if let Some(key) = exposed::key_in(&head.uri) {
        Box::pin(exposed::report(&edge.app, origin, &key)).await; // rare, so not in every future
        return Err(&Refusal::KEY_IN_ADDRESS);
    }
    if body.is_end_stream() {
        return Ok(body);
    }
    let read = match limits::is_upload(head) {
        true => {
            let most = edge.app.config.import.max_bytes;
            Box::pin(limits::read_upload(&head.headers, body, most)).await
        }
        false => limits::read_body(&head.headers, body).await,
    };
    read.map(Body::from)
}

/// Lets the handler answer.
async fn run<S>(seen: &Seen, request: Request, routes: &S) -> Response
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone,
{
    let answering = AssertUnwindSafe(async { routes.clone().oneshot(request).await });
    let answer = match tokio::time::timeout(limits::REQUEST_TIME, answering.catch_unwind()).await {
        Ok(Ok(Ok(answer))) => answer,
        Ok(Err(_)) => {
            metrics::count_panic(); // its message went to the panic hook
            return seen.refuse(&Refusal::PANIC);
        }
        Err(_) => return seen.refuse(&Refusal::NO_TIME),
    };
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
    about: About,
    path: String,
    /// `Connection` is a header of HTTP/1 alone.
    is_http_1: bool,
    /// A body whose length is told by its chunks might hide a second request behind a
    /// `Content-Length`; so the connection is not used again (RFC 9112 §6.1).
    is_chunked: bool,
}

impl Seen {
    fn of(head: &Parts, origin: &Arc<Origin>) -> Self {
        Self {
            about: About {
                method: head.method.clone(),
                route: head.extensions.get().cloned(),
                origin: Arc::clone(origin),
            },
            path: head.uri.path().to_owned(),
            is_http_1: head.version < Version::HTTP_2,
            is_chunked: head.headers.contains_key(header::TRANSFER_ENCODING),
        }
    }

    fn refuse(&self, refusal: &Refusal) -> Response {
        let mut answer = refusal.answer(&self.path, &self.about.origin.request_id);
        if self.is_http_1 && refusal.ends_connection() {
            let close = HeaderValue::from_static("close");
            answer.headers_mut().insert(header::CONNECTION, close);
        }
        answer
    }

    fn finish(&self, mut answer: Response, began: Instant) -> Response {
        let headers = answer.headers_mut();
        if let Ok(id) = HeaderValue::from_str(&self.about.origin.request_id) {
            headers.insert(REQUEST_ID, id);
        }
        if self.is_http_1 && self.is_chunked {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        let took = began.elapsed();
        let status = answer.status();
        metrics::observe(&self.about.method, self.about.route(), status, took);
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
    let reference = origin.map_or("", |origin| &*origin.request_id);
    Refusal::NO_SUCH_ADDRESS.answer(request.uri().path(), reference)
}

/// What [`CatchPanicLayer`](tower_http::catch_panic::CatchPanicLayer) makes of a page's panic.
pub(super) fn caught(_: Box<dyn Any + Send>) -> Response {
    metrics::count_panic(); // its message went to the panic hook
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
