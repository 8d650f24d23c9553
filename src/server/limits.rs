//! How much a client may ask for, and how long it may take (SECURITY.md 7.2).
use std::time::Duration;

use axum::body::{Body, Bytes};
use http::{HeaderMap, HeaderValue, header, request::Parts};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::refusal::Refusal;

/// Longest path and query.
const URI: usize = 8 * 1024;
/// Names and values of all headers together.
pub(super) const HEADERS: usize = 16 * 1024;
/// What one connection may buffer: a head beyond this is refused unread.
pub(super) const BUFFER: usize = 32 * 1024;
/// Body of a form, and of anything that is not named here.
const FORM: usize = 64 * 1024;
/// Body of a JSON document.
const JSON: usize = 256 * 1024;
/// Time that a connection may be silent between requests; it also bounds the head of
/// every request but the first.
pub(super) const IDLE_TIME: Duration = Duration::from_secs(30);
/// Time for the head of a connection's first request, and for the TLS handshake.
pub(super) const HEAD_TIME: Duration = Duration::from_secs(10);
/// Time for its body.
const BODY_TIME: Duration = Duration::from_secs(20);
/// Time from its head to its answer.
pub(super) const REQUEST_TIME: Duration = Duration::from_secs(30);
/// Connections at one time.
pub(super) const CONNECTIONS: usize = 4096;
/// Connections of one address at one time; trusted proxies are exempt.
pub(super) const CONNECTIONS_OF_ONE: usize = 512;
/// Requests at one time on one HTTP/2 connection.
pub(super) const STREAMS: u32 = 100;
/// Streams that an HTTP/2 client may reset before they were looked at.
pub(super) const RESETS: usize = 20;

/// Refuses a head that is too long.
pub(super) fn check_head(head: &Parts) -> Result<(), &'static Refusal> {
    if head
        .uri
        .path_and_query()
        .is_some_and(|p| p.as_str().len() > URI)
    {
        return Err(&Refusal::URI_TOO_LONG);
    }
    let size = |(name, value): (&http::HeaderName, &HeaderValue)| {
        name.as_str().len() + value.len() + 4 // colon, space, line end
    };
    if head.headers.iter().map(size).sum::<usize>() > HEADERS {
        return Err(&Refusal::HEADERS_TOO_LARGE);
    }
    Ok(())
}

/// Reads the whole body: a handler waits for nobody.
pub(super) async fn read_body(head: &HeaderMap, body: Body) -> Result<Bytes, &'static Refusal> {
    let limit = match head.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes) {
        Some(kind) if kind.starts_with(b"application/json") => JSON,
        _ => FORM,
    };
    let told = head
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok());
    if told
        .and_then(|n| n.parse::<usize>().ok())
        .is_some_and(|n| n > limit)
    {
        return Err(&Refusal::BODY_TOO_LARGE);
    }
    match tokio::time::timeout(BODY_TIME, Limited::new(body, limit).collect()).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(&Refusal::BODY_TOO_LARGE),
        Ok(Err(_)) => Err(&Refusal::BODY_BROKEN),
        Err(_) => Err(&Refusal::SLOW),
    }
}
