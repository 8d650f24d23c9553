//! How much a client may ask for, and how long it may take (SECURITY.md 7.2).
use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    extract::MatchedPath,
};
use http::{HeaderMap, HeaderValue, Method, header, request::Parts};
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
/// Where a form may bring a file, and the type of such a form.
const FILE_ROUTES: &[&str] = &["/api/v1/databases/{db}/hcp-imports"];
const FILE_KIND: &[u8] = b"multipart/form-data";
/// Body of a JSON document.
const JSON: usize = 256 * 1024;
/// What a form has beside the file in it.
const AROUND_FILE: usize = 64 * 1024;
/// Files that are held in memory at one time; others wait for their turn.
pub(super) const UPLOADS: usize = 16;
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

/// Whether a file comes with a form, to a route that takes one.
pub(super) fn is_upload(head: &Parts) -> bool {
    let route = head.extensions.get().map_or("", MatchedPath::as_str);
    let kind = kind(&head.headers);
    FILE_ROUTES.contains(&route) && head.method == Method::POST && kind.starts_with(FILE_KIND)
}

fn kind(headers: &HeaderMap) -> &[u8] {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.map_or(b"", HeaderValue::as_bytes)
}

/// Reads the whole body: a handler waits for nobody. `file` is what a file may be long.
pub(super) async fn read_body(
    head: &Parts,
    body: Body,
    file: u64,
) -> Result<Bytes, &'static Refusal> {
    let is_upload = is_upload(head);
    let too_large = match is_upload {
        true => &Refusal::FILE_TOO_LARGE,
        false => &Refusal::BODY_TOO_LARGE,
    };
    let head = &head.headers;
    let limit = match kind(head) {
        _ if is_upload => usize::try_from(file)
            .unwrap_or(usize::MAX)
            .saturating_add(AROUND_FILE),
        kind if kind.starts_with(b"application/json") => JSON,
        _ => FORM,
    };
    let told = head
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok());
    if told
        .and_then(|n| n.parse::<usize>().ok())
        .is_some_and(|n| n > limit)
    {
        return Err(too_large);
    }
    match tokio::time::timeout(BODY_TIME, Limited::new(body, limit).collect()).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large),
        Ok(Err(_)) => Err(&Refusal::BODY_BROKEN),
        Err(_) => Err(&Refusal::SLOW),
    }
}
