//! What every route that shows pages goes through.
use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::{self, Next as Rest},
    response::{IntoResponse, Response},
};
use axum_extra::extract::cookie::{Cookie, SameSite};

use super::{App, Page, Problem, Texts, problem::ErrorPage, session, texts};
use crate::store::Origin;

/// A year, in seconds.
const YEAR: i64 = 365 * 24 * 3600;

/// Gives `routes` what pages need: the browser's session, the visitor's language, pages
/// for problems, and the headers that depend on the visitor. Their fallback may answer
/// [`Problem::NotFound`].
pub fn pages(app: &App, routes: Router<App>) -> Router<App> {
    routes
        .layer(session::layer(app))
        .layer(middleware::from_fn_with_state(app.clone(), dress))
}

async fn dress(State(app): State<App>, mut request: Request, rest: Rest) -> Response {
    let t = Texts::asked_for(request.uri(), request.headers());
    let origin = request.extensions().get::<Arc<Origin>>().cloned();
    request.extensions_mut().insert(t.clone());
    let mut response = rest.run(request).await;
    if let Some(problem) = problem_of(&mut response) {
        let reference = origin.map(|origin| origin.request_id.to_string());
        let page = ErrorPage::new(t.clone(), problem, reference, app.store.now());
        response = show(&response, page);
    }
    let headers = response.headers_mut();
    if is_html(headers) {
        speak(headers, &t);
    }
    if app.config.issuer.is_https() {
        let hsts = HeaderValue::from_static("max-age=63072000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, hsts);
    }
    if t.is_chosen() {
        remember(headers, &t, app.config.issuer.is_https());
    }
    response
}

/// The problem that an answer carries, or stands for when a router or a limit made it and
/// said nothing for programs.
fn problem_of(response: &mut Response) -> Option<Problem> {
    let carried = response.extensions_mut().remove::<Problem>();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_bare = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    carried.or_else(|| Problem::of(response.status()).filter(|_| is_bare))
}

/// `page` in place of `bare`, whose status and headers stay.
fn show(bare: &Response, page: ErrorPage) -> Response {
    let status = bare.status();
    let mut response = Page::new(page).status(status).into_response();
    for (name, value) in bare.headers() {
        if ![header::CONTENT_TYPE, header::CONTENT_LENGTH].contains(name) {
            response.headers_mut().append(name, value.clone());
        }
    }
    response
}

fn is_html(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

fn speak(headers: &mut HeaderMap, t: &Texts) {
    if let Ok(language) = HeaderValue::try_from(t.language()) {
        headers.insert(header::CONTENT_LANGUAGE, language);
    }
    headers.append(
        header::VARY,
        HeaderValue::from_static("Accept-Language, Cookie"),
    );
}

/// Remembers the language that the visitor chose.
fn remember(headers: &mut HeaderMap, t: &Texts, is_https: bool) {
    let cookie = Cookie::build((texts::COOKIE, t.language()))
        .path("/")
        .http_only(true)
        .secure(is_https)
        .same_site(SameSite::Lax)
        .max_age(time::Duration::seconds(YEAR));
    if let Ok(cookie) = HeaderValue::try_from(cookie.build().to_string()) {
        headers.append(header::SET_COOKIE, cookie);
    }
}
