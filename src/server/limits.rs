//! How much a client may ask for, and how long it may take (SECURITY.md 7.2).
use std::time::Duration;

use axum::{
    BoxError,
    body::{Body, Bytes, HttpBody},
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
const FILE_ROUTES: &[&str] = &[
    "/api/v1/databases/{db}/hcp-imports",
    "/admin/{org}/hcp-import",
];
const FILE_KIND: &[u8] = b"multipart/form-data";
/// Body of a JSON document.
const JSON: usize = 256 * 1024;
/// What a form has beside the file in it.
const AROUND_FILE: usize = 64 * 1024;
/// How much is heard and dropped of a file that is too large.
const MOST_DROPPED: usize = 32 * 1024 * 1024;
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

/// Reads the whole body: a handler waits for nobody.
pub(super) async fn read_body(head: &HeaderMap, body: Body) -> Result<Bytes, &'static Refusal> {
    let limit = match kind(head) {
        kind if kind.starts_with(b"application/json") => JSON,
        _ => FORM,
    };
    if told(head).is_some_and(|length| length > limit) {
        return Err(&Refusal::BODY_TOO_LARGE);
    }
    match tokio::time::timeout(BODY_TIME, whole(Limited::new(body, limit))).await {
        Ok(Ok(whole)) => Ok(whole),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(&Refusal::BODY_TOO_LARGE),
        Ok(Err(_)) => Err(&Refusal::BODY_BROKEN),
        Err(_) => Err(&Refusal::SLOW),
    }
}

/// The body's bytes. Most come in one piece, which is taken as it is.
async fn whole(mut body: Limited<Body>) -> Result<Bytes, BoxError> {
    let first = match body.frame().await {
        Some(frame) => frame?.into_data().unwrap_or_default(),
        None => return Ok(Bytes::new()),
    };
    if body.is_end_stream() {
        return Ok(first);
    }
    let rest = body.collect().await?.to_bytes();
    Ok([first, rest].concat().into())
}

/// Reads a form with a file of at most `file` bytes. One that is too large is heard out, up
/// to a point, and dropped: whoever is interrupted while sending it would not see the answer.
pub(super) async fn read_upload(
    head: &HeaderMap,
    mut body: Body,
    file: u64,
) -> Result<Bytes, &'static Refusal> {
    let file = usize::try_from(file).unwrap_or(usize::MAX);
    let limit = file.saturating_add(AROUND_FILE);
    let most = limit.saturating_add(MOST_DROPPED);
    if told(head).is_some_and(|length| length > most) {
        return Err(&Refusal::FILE_TOO_LARGE);
    }
    let read = async {
        let (mut whole, mut length) = (Vec::new(), 0_usize);
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(|_| &Refusal::BODY_BROKEN)?.into_data() else {
                continue;
            };
            length = length.saturating_add(data.len());
            match length {
                _ if length > most => break,
                _ if length > limit => whole = Vec::new(),
                _ => whole.extend_from_slice(&data),
            }
        }
        match length > limit {
            true => Err(&Refusal::FILE_TOO_LARGE),
            false => Ok(Bytes::from(whole)),
        }
    };
    let read = tokio::time::timeout(BODY_TIME, read).await;
    read.unwrap_or(Err(&Refusal::SLOW))
}

/// The length that is announced.
fn told(head: &HeaderMap) -> Option<usize> {
    let length = head.get(header::CONTENT_LENGTH)?.to_str().ok()?;
    length.parse().ok()
}
