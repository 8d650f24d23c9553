//! Forms, checked before a handler sees them.
use axum::{
    body::{self, Body},
    extract::{FromRequest, FromRequestParts},
    http::{HeaderMap, Request, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, de::DeserializeOwned};

use super::{App, Browser, Fields, Problem, csrf};

/// Most bytes of a form (SECURITY.md 7.2).
pub const MOST_BYTES: usize = 64 * 1024;

/// A form of which the button says everything.
#[derive(Debug, Deserialize)]
pub struct Nothing {}

/// A form that a page of ours sent from this very browser, as a `T`.
///
/// Refused are bodies that are no form (415), too large (413), no text, with repeated,
/// missing or unknown fields (400), and forms without this browser's token or from a
/// foreign page (403). `T` does not name `csrf`.
#[derive(Debug, Clone)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Form<T> {
    type Rejection = Response;

    async fn from_request(request: Request<Body>, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let refuse = |problem: Problem| problem.into_response();
        let mut fields = read(&parts.headers, body).await.map_err(refuse)?;
        if fields.all("csrf").count() > 1 {
            return Err(refuse(Problem::BadRequest));
        }
        let browser = Browser::from_request_parts(&mut parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let is_ours = csrf::is_ours(&parts.headers, &app.config.issuer);
        if !is_ours || !fields.one("csrf").is_some_and(|t| browser.is_token(t)) {
            tracing::info!(is_ours, "a form that is not ours was refused");
            return Err(refuse(Problem::ForeignForm));
        }
        fields.remove("csrf");
        fields.read().map(Self).map_err(|fault| {
            tracing::info!(%fault, "a form was refused");
            refuse(Problem::BadRequest)
        })
    }
}

/// The fields of a form, with none of the checks for browsers.
///
/// # Errors
/// The body is no form, too large or no text.
pub async fn read(headers: &HeaderMap, body: Body) -> Result<Fields, Problem> {
    let is_form = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| {
            kind.trim()
                .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        });
    if !is_form {
        return Err(Problem::NoForm);
    }
    let bytes = body::to_bytes(body, MOST_BYTES)
        .await
        .map_err(|_| Problem::TooLarge)?;
    Fields::parse(&bytes).map_err(|_| Problem::BadRequest)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn refusal(kind: &str, body: String) -> Option<Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
        read(&headers, Body::from(body)).await.err()
    }

    #[tokio::test]
    async fn only_a_form_of_64_kib_is_read() {
        let form = "application/x-www-form-urlencoded";
        assert_eq!(refusal(form, "a=1".into()).await, None);
        let form = "Application/X-WWW-Form-URLEncoded; charset=UTF-8";
        let body = |bytes: usize| format!("a={}", "x".repeat(bytes - 2));
        assert_eq!(refusal(form, body(MOST_BYTES)).await, None);
        assert_eq!(
            refusal(form, body(MOST_BYTES + 1)).await,
            Some(Problem::TooLarge)
        );
        assert_eq!(
            refusal(form, "a=%ff".into()).await,
            Some(Problem::BadRequest)
        );
        assert_eq!(
            refusal("application/json", "{}".into()).await,
            Some(Problem::NoForm)
        );
        assert_eq!(
            refusal("application/x-www-form-urlencodedx", String::new()).await,
            Some(Problem::NoForm)
        );
    }
}
