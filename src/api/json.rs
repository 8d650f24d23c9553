//! Bodies in, bodies out.
use axum::{
    Json,
    body::{self, Body, Bytes},
    extract::{FromRequest, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};

use super::problem::{FieldFault, Kind, Problem};
use crate::web::App;

/// Most bytes of a body (SECURITY.md 7.2).
const MOST_BYTES: usize = 256 * 1024;

/// A JSON body. `T` lists its fields and denies others.
pub(super) struct Input<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<App> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, _: &App) -> Result<Self, Problem> {
        parse(&bytes(request).await?).map(Self).map_err(Problem::of)
    }
}

/// A JSON body that may be left out.
pub(super) struct OptionalInput<T>(pub(super) T);

impl<T: DeserializeOwned + Default> FromRequest<App> for OptionalInput<T> {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, app: &App) -> Result<Self, Problem> {
        if !request.headers().contains_key(header::CONTENT_TYPE) {
            return Ok(Self(T::default()));
        }
        Input::from_request(request, app)
            .await
            .map(|Input(input)| Self(input))
    }
}

/// The JSON of a body, unread.
///
/// # Errors
/// It is none, or too long.
pub(super) async fn bytes(request: Request<Body>) -> Result<Bytes, Problem> {
    if !is_json(request.headers()) {
        return Err(Problem::of(Kind::UnsupportedMediaType));
    }
    let bytes = body::to_bytes(request.into_body(), MOST_BYTES).await;
    bytes.map_err(|_| Problem::of(Kind::Malformed))
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

/// Reads JSON.
///
/// # Errors
/// It is none, or not a `T`.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Kind> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| fault(&error))?;
    reader.end().map_err(|_| Kind::Malformed)?;
    Ok(value)
}

/// Which field does not fit. serde names a missing or unknown one in its message, and any
/// other by its path.
fn fault(error: &serde_path_to_error::Error<serde_json::Error>) -> Kind {
    if !error.inner().is_data() {
        return Kind::Malformed;
    }
    let (message, path) = (error.inner().to_string(), error.path().to_string());
    let quoted = message.split('`').nth(1).unwrap_or_default();
    let (field, code) = if message.starts_with("missing field") {
        (quoted, "required")
    } else if message.starts_with("unknown field") {
        (quoted, "unknown_field")
    } else if message.starts_with("duplicate field") {
        (quoted, "repeated")
    } else {
        (path.as_str(), "invalid")
    };
    Kind::Invalid(vec![FieldFault::new(field, code)])
}

/// A field that `null` empties and that stays as it is when it is left out.
///
/// # Errors
/// It is no `T`.
pub(super) fn nullable<'de, D, T>(from: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(from).map(Some)
}

/// A page of a list: `{"items": […], "next": cursor or null}`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct List<T> {
    /// The things, in order.
    pub(super) items: Vec<T>,
    /// What to ask the next page with; `null` after the last one.
    pub(super) next: Option<String>,
}

impl<T> List<T> {
    /// All there is.
    pub(super) const fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}

/// The version of what is shown: 128 bits of SHA-256 over its JSON.
pub(super) fn etag<T: Serialize>(shown: &T) -> String {
    let json = serde_json::to_vec(shown).unwrap_or_default();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &json);
    let half = digest.as_ref().get(..16).unwrap_or_default();
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(half))
}

/// Whether `If-Match` allows a change of what now looks like `shown`. A missing header is
/// accepted (DOMAIN.md 12).
///
/// # Errors
/// `stale`.
pub(super) fn check_match<T: Serialize>(headers: &HeaderMap, shown: &T) -> Result<(), Problem> {
    check_tag(headers, &etag(shown))
}

/// The tag of a thing whose changes are counted.
pub(super) fn version_tag(version: i64) -> String {
    format!("\"{version}\"")
}

/// As [`check_match`], for a tag that is known.
///
/// # Errors
/// `stale`.
pub(super) fn check_tag(headers: &HeaderMap, present: &str) -> Result<(), Problem> {
    let mut wanted = headers.get_all(header::IF_MATCH).iter().peekable();
    if wanted.peek().is_none() {
        return Ok(());
    }
    let names = |value: &HeaderValue| {
        let value = value.to_str().unwrap_or_default();
        value
            .split(',')
            .map(str::trim)
            .any(|tag| tag == "*" || tag == present)
    };
    match wanted.any(names) {
        true => Ok(()),
        false => Err(Problem::of(Kind::Stale)),
    }
}

/// Shows one thing, with its version.
pub(super) fn show<T: Serialize>(shown: T) -> Response {
    let tag = etag(&shown);
    answer(StatusCode::OK, shown, &tag)
}

/// Shows one thing whose changes are counted.
pub(super) fn show_version<T: Serialize>(version: i64, shown: T) -> Response {
    answer(StatusCode::OK, shown, &version_tag(version))
}

/// A thing was made; it is found at `place`.
pub(super) fn created<T: Serialize>(place: &str, shown: T) -> Response {
    let tag = etag(&shown);
    created_as(place, shown, &tag)
}

/// A thing whose changes are counted was made.
pub(super) fn created_version<T: Serialize>(place: &str, version: i64, shown: T) -> Response {
    created_as(place, shown, &version_tag(version))
}

fn created_as<T: Serialize>(place: &str, shown: T, tag: &str) -> Response {
    let mut response = answer(StatusCode::CREATED, shown, tag);
    if let Ok(place) = HeaderValue::try_from(place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

fn answer<T: Serialize>(status: StatusCode, shown: T, tag: &str) -> Response {
    let mut response = (status, Json(shown)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Thing {
        #[expect(dead_code, reason = "only its reading matters")]
        name: String,
    }

    fn refusal(json: &str) -> Kind {
        parse::<Thing>(json.as_bytes()).unwrap_err()
    }

    #[test]
    fn each_unfit_field_is_named() {
        let of = |field, code| Kind::Invalid(vec![FieldFault::new(field, code)]);
        assert_eq!(refusal("{}"), of("name", "required"));
        assert_eq!(refusal(r#"{"name": 1}"#), of("name", "invalid"));
        assert_eq!(
            refusal(r#"{"name": "a", "x": 1}"#),
            of("x", "unknown_field")
        );
        assert_eq!(
            refusal(r#"{"name": "a", "name": "b"}"#),
            of("name", "repeated")
        );
        for json in ["", "{", r#"{"name": "a"} x"#, "{\"name\": \"\u{1}\"}"] {
            assert_eq!(refusal(json), Kind::Malformed, "{json}");
        }
    }

    #[test]
    fn a_version_changes_with_what_is_shown() {
        let mut headers = HeaderMap::new();
        assert!(check_match(&headers, &1).is_ok());
        headers.insert(header::IF_MATCH, etag(&1).parse().unwrap());
        assert!(check_match(&headers, &1).is_ok());
        assert!(check_match(&headers, &2).is_err());
    }
}
