//! A rendered template, with the headers that every page carries (SECURITY.md 7.4).
use askama::Template;
use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};

use super::Failure;

/// Where a form of a page may lead in the end, besides ourselves: the origin or custom
/// scheme of a checked redirect URI. Chromium and Safari hold every redirect after a
/// form against the page's `form-action` (UI.md 15).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormTarget(String);

impl FormTarget {
    /// Of a redirect URI that was found registered. `None` when it is no address.
    pub fn of(redirect_uri: &str) -> Option<Self> {
        let url = url::Url::parse(redirect_uri).ok()?;
        let is_web = matches!(url.scheme(), "http" | "https");
        Some(Self(match url.host() {
            // The grammar of CSP has no IPv6 addresses.
            Some(url::Host::Ipv6(_)) if is_web => format!("{}:", url.scheme()),
            Some(_) if is_web => url.origin().ascii_serialization(),
            _ => format!("{}:", url.scheme()),
        }))
    }
}

/// A page to show.
pub struct Page<T> {
    template: T,
    status: StatusCode,
    target: Option<FormTarget>,
    retry_after: Option<i64>,
}

impl<T: Template> Page<T> {
    /// Shows `template` with status 200.
    pub fn new(template: T) -> Self {
        Self {
            template,
            status: StatusCode::OK,
            target: None,
            retry_after: None,
        }
    }

    /// With another status.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Its forms may lead to `target` in the end.
    #[must_use]
    pub fn leading_to(mut self, target: Option<FormTarget>) -> Self {
        self.target = target;
        self
    }

    /// Asks to wait so many seconds before the next try.
    #[must_use]
    pub fn retry_after(mut self, seconds: i64) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        let html = match self.template.render() {
            Ok(html) => html,
            Err(error) => return Failure::from(error).into_response(),
        };
        let mut response = (self.status, Html(html)).into_response();
        let headers = response.headers_mut();
        guard(headers, self.target.as_ref());
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The headers of every page. What depends on the visitor is added by `faces::pages`.
fn guard(headers: &mut HeaderMap, target: Option<&FormTarget>) {
    let target = target.map_or("", |target| target.0.as_str());
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; form-action 'self' {target}; base-uri 'none'; \
         frame-ancestors 'none'; object-src 'none'"
    )
    .replace(" ;", ";");
    // The origin of a parsed address is ASCII without spaces or semicolons.
    let policy = HeaderValue::try_from(policy)
        .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

const FIXED: [(HeaderName, &str); 5] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "publickey-credentials-get=(self), publickey-credentials-create=(self)",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_may_lead_to_one_origin_or_scheme() {
        for (redirect_uri, target) in [
            ("https://app.example.com/cb?x=1", "https://app.example.com"),
            (
                "https://app.example.com:8443/cb",
                "https://app.example.com:8443",
            ),
            ("http://127.0.0.1:7001/callback", "http://127.0.0.1:7001"),
            ("http://[::1]:7001/callback", "http:"),
            ("com.example.app:/cb", "com.example.app:"),
            ("com.example.app://cb;script-src", "com.example.app:"),
        ] {
            assert_eq!(FormTarget::of(redirect_uri).unwrap().0, target);
        }
        assert_eq!(FormTarget::of("/cb"), None);
    }

    #[test]
    fn the_policy_names_the_target_and_nothing_else_foreign() {
        let policy = |target: Option<&str>| {
            let mut headers = HeaderMap::new();
            guard(&mut headers, target.and_then(FormTarget::of).as_ref());
            headers[header::CONTENT_SECURITY_POLICY]
                .to_str()
                .unwrap()
                .to_owned()
        };
        assert!(policy(None).contains("form-action 'self'; "));
        let open = policy(Some("https://app.example.com/cb"));
        assert!(open.contains("form-action 'self' https://app.example.com; "));
        assert!(open.starts_with("default-src 'none'; "));
    }
}
