//! Answers that no handler gives: what the edge refuses, unknown addresses, panics.
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

/// Endpoints that answer programs with OAuth's own error object.
const BACK_CHANNEL: [&str; 4] = ["/token", "/introspect", "/revoke", "/userinfo"];

/// Why a request went no further.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    /// For problem documents.
    code: &'static str,
    /// For OAuth error objects (RFC 6749 §5.2).
    error: &'static str,
    /// For people.
    sentence: &'static str,
}

impl Refusal {
    pub(super) const NO_HOST: Self = Self::client(
        StatusCode::BAD_REQUEST,
        "host_required",
        "The request must name exactly one host.",
    );
    pub(super) const OTHER_HOST: Self = Self::client(
        StatusCode::MISDIRECTED_REQUEST,
        "misdirected",
        "This server does not answer for that host.",
    );
    pub(super) const KEY_IN_ADDRESS: Self = Self::client(
        StatusCode::BAD_REQUEST,
        "key_in_address",
        "A key stands in the address, where others can read it. Replace it.",
    );
    pub(super) const URI_TOO_LONG: Self = Self::client(
        StatusCode::URI_TOO_LONG,
        "uri_too_long",
        "The address is longer than 8 kB.",
    );
    pub(super) const HEADERS_TOO_LARGE: Self = Self::client(
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        "headers_too_large",
        "The headers are larger than 16 kB.",
    );
    pub(super) const BODY_TOO_LARGE: Self = Self::client(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body_too_large",
        "The body is too large.",
    );
    pub(super) const FILE_TOO_LARGE: Self = Self::client(
        StatusCode::PAYLOAD_TOO_LARGE,
        "file_too_large",
        "The file is too large.",
    );
    pub(super) const BODY_BROKEN: Self = Self::client(
        StatusCode::BAD_REQUEST,
        "body_broken",
        "The body cannot be read.",
    );
    pub(super) const SLOW: Self = Self::client(
        StatusCode::REQUEST_TIMEOUT,
        "too_slow",
        "The request did not arrive in time.",
    );
    pub(super) const NO_SUCH_ADDRESS: Self = Self::client(
        StatusCode::NOT_FOUND,
        "not_found",
        "There is nothing at this address.",
    );
    pub(super) const OTHER_METHOD: Self = Self::client(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "This address does not take that method.",
    );
    pub(super) const NO_TIME: Self = Self {
        status: StatusCode::SERVICE_UNAVAILABLE,
        code: "unavailable",
        error: "temporarily_unavailable",
        sentence: "The server is too busy. Nothing is wrong with the request.",
    };
    pub(super) const PANIC: Self = Self {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        code: "server_error",
        error: "server_error",
        sentence: "Something went wrong on our side.",
    };

    const fn client(status: StatusCode, code: &'static str, sentence: &'static str) -> Self {
        Self {
            status,
            code,
            error: "invalid_request",
            sentence,
        }
    }

    /// Whether programs ask for `path`, not people.
    pub(super) fn is_for_programs(path: &str) -> bool {
        path == "/api" || path.starts_with("/api/") || BACK_CHANNEL.contains(&path)
    }

    /// The answer to whoever asked for `path`, in the shape that is usual there.
    pub(super) fn answer(&self, path: &str, reference: &str) -> Response {
        let mut answer = if path == "/api" || path.starts_with("/api/") {
            let problem = json!({
                "type": "about:blank",
                "title": self.sentence,
                "status": self.status.as_u16(),
                "code": self.code,
                "reference": reference,
            });
            document("application/problem+json", problem.to_string())
        } else if BACK_CHANNEL.contains(&path) {
            let error = json!({ "error": self.error, "error_description": self.sentence });
            document("application/json", error.to_string())
        } else {
            let text = format!("{}\n\nReference: {reference}\n", self.sentence);
            document("text/plain; charset=utf-8", text)
        };
        *answer.status_mut() = self.status;
        let headers = answer.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        answer
    }

    /// Whether the connection cannot be trusted to begin the next request cleanly.
    pub(super) fn ends_connection(&self) -> bool {
        matches!(
            self.status,
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT
        )
    }
}

fn document(kind: &'static str, text: String) -> Response {
    let kind = HeaderValue::from_static(kind);
    ([(header::CONTENT_TYPE, kind)], Body::from(text)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_caller_is_refused_in_the_shape_it_expects() {
        let kind = |path| {
            let answer = Refusal::NO_SUCH_ADDRESS.answer(path, "KQW-HTR-BDM");
            answer.headers()[header::CONTENT_TYPE].clone()
        };
        assert_eq!(kind("/api/v1/hcps"), "application/problem+json");
        assert_eq!(kind("/token"), "application/json");
        assert_eq!(kind("/apiary"), "text/plain; charset=utf-8");
    }
}
