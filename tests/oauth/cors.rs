//! Which web pages may read what the protocol's back channel answers (SECURITY.md 7.5).
use reqwest::{Method, RequestBuilder, Response, StatusCode, header::HeaderMap};

use crate::harness::Server;

/// Where the family app is sent back to.
const KNOWN: &str = "http://127.0.0.1:7001";

/// The origin that may read the answer. None is ever let in with its cookies.
fn reader(headers: &HeaderMap) -> Option<&str> {
    assert!(!headers.contains_key("access-control-allow-credentials"));
    let origin = headers.get("access-control-allow-origin")?;
    Some(origin.to_str().unwrap())
}

fn varies(headers: &HeaderMap) -> bool {
    let vary = headers.get_all("vary").iter();
    vary.map(|value| value.to_str().unwrap().to_lowercase())
        .any(|value| value.contains("origin"))
}

struct Pages<'a>(&'a Server);

impl Pages<'_> {
    fn ask(&self, method: Method, path: &str, origin: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.0.url);
        reqwest::Client::new()
            .request(method, url)
            .header("origin", origin)
    }

    async fn preflight(&self, path: &str, origin: &str) -> Response {
        self.ask(Method::OPTIONS, path, origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization")
            .send()
            .await
            .unwrap()
    }

    async fn post(&self, path: &str, origin: &str) -> Response {
        let form = [("grant_type", "nonsense")];
        let ask = self.ask(Method::POST, path, origin).form(&form);
        ask.send().await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registered_clients_page_reads_tokens_and_another_does_not() {
    let server = Server::spawn().await;
    let pages = Pages(&server);
    for path in ["/token", "/revoke", "/userinfo"] {
        let before = pages.preflight(path, KNOWN).await;
        assert!(before.status().is_success(), "{path}: {}", before.status());
        assert_eq!(reader(before.headers()), Some(KNOWN), "{path}");
        let allowed = |name: &str| before.headers()[name].to_str().unwrap().to_lowercase();
        assert!(allowed("access-control-allow-methods").contains("post"));
        assert!(allowed("access-control-allow-headers").contains("authorization"));
        assert!(varies(before.headers()), "{path}");

        let answer = pages.post(path, KNOWN).await;
        assert_eq!(reader(answer.headers()), Some(KNOWN), "{path}");
        assert!(varies(answer.headers()), "{path}");
        for stranger in [
            "https://evil.example",
            "http://127.0.0.1:7001.evil.example",
            "http://127.0.0.1",
            "null",
        ] {
            let before = pages.preflight(path, stranger).await;
            assert_eq!(reader(before.headers()), None, "{path} {stranger}");
            let answer = pages.post(path, stranger).await;
            assert_eq!(reader(answer.headers()), None, "{path} {stranger}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_reads_what_introspection_or_the_authorization_endpoint_answers() {
    let server = Server::spawn().await;
    let pages = Pages(&server);
    for path in ["/introspect", "/authorize", "/login"] {
        let before = pages.preflight(path, KNOWN).await;
        assert_eq!(reader(before.headers()), None, "{path}");
        let answer = pages.post(path, KNOWN).await;
        assert_ne!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        assert_eq!(reader(answer.headers()), None, "{path}");
    }
}
