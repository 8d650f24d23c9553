//! Which web pages may read answers (SECURITY.md 7.5): for tokens and revocation those
//! from an origin that a registered client returns to, and never with credentials.
use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, Method, header, request::Parts},
    response::Response,
};
use futures_util::future::Either;
use tower::{Layer, Service, ServiceExt, util::Oneshot};
use tower_http::cors::{AllowOrigin, Cors, CorsLayer};

use crate::web::App;

/// How long a browser may remember what it was allowed.
const REMEMBERED: Duration = Duration::from_secs(600);

/// Lets pages of registered clients read the answers of `routes`.
pub(super) fn by_client(app: &App, routes: Router<App>) -> Router<App> {
    let app = app.clone();
    let known = move |origin: HeaderValue, _: &Parts| {
        let app = app.clone();
        async move { is_of_client(&app, &origin).await }
    };
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::async_predicate(known))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
        .max_age(REMEMBERED)
        .vary([header::ORIGIN]);
    routes.route_layer(ForPages(cors))
}

/// Only browsers name an origin: nobody else's requests are looked at, nor their answers, which
/// no cache keeps.
#[derive(Clone)]
struct ForPages(CorsLayer);

impl<S: Clone> Layer<S> for ForPages {
    type Service = Guarded<S>;

    fn layer(&self, routes: S) -> Guarded<S> {
        Guarded {
            for_pages: Arc::new(self.0.layer(routes.clone())),
            routes,
        }
    }
}

/// Routes, and the same with answers that say who may read them.
#[derive(Clone)]
struct Guarded<S> {
    routes: S,
    for_pages: Arc<Cors<S>>,
}

impl<S> Service<Request> for Guarded<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<S::Future, Pin<Box<Oneshot<Cors<S>, Request>>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.routes.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let is_preflight = request.method() == Method::OPTIONS;
        match is_preflight || request.headers().contains_key(header::ORIGIN) {
            true => Either::Right(Box::pin(Cors::clone(&self.for_pages).oneshot(request))),
            false => Either::Left(self.routes.call(request)),
        }
    }
}

/// Nobody's, while the database is away: the request itself is answered.
async fn is_of_client(app: &App, origin: &HeaderValue) -> bool {
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    let found = app.clients.is_origin_of_any(&app.store, origin).await;
    found.unwrap_or_else(|error| {
        tracing::warn!(%error, "an origin could not be looked up");
        false
    })
}
