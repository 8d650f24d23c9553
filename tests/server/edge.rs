//! What no handler sees.
use super::{config, raw, spawn};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_too_large_is_refused_by_its_own_status() {
    let folder = tempfile::tempdir().unwrap();
    let server = spawn(config(&folder, &[])).await.unwrap();
    let url = format!("http://{}", server.address());
    let http = reqwest::Client::new();
    let status = async |request: reqwest::RequestBuilder| {
        let answer = request.send().await.unwrap();
        assert!(answer.headers().contains_key("x-request-id"));
        answer.status().as_u16()
    };
    let long = |length| "a".repeat(length);
    assert_eq!(status(http.get(format!("{url}/{}", long(8190)))).await, 404);
    assert_eq!(status(http.get(format!("{url}/{}", long(8192)))).await, 414);
    assert_eq!(
        status(
            http.get(format!("{url}/nowhere"))
                .header("x-long", long(16_000))
        )
        .await,
        404
    );
    assert_eq!(
        status(
            http.get(format!("{url}/nowhere"))
                .header("x-long", long(16_384))
        )
        .await,
        431
    );
    let form = |length| {
        let form = http.post(format!("{url}/token"));
        form.header("content-type", "application/x-www-form-urlencoded")
            .body(long(length))
    };
    assert_eq!(status(form(65_536)).await, 401);
    assert_eq!(status(form(65_537)).await, 413);
    let json = http
        .post(format!("{url}/api/v1/x"))
        .header("content-type", "application/json");
    assert_eq!(status(json.body(long(65_537))).await, 404);
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_one_known_host_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let server = spawn(config(&folder, &[])).await.unwrap();
    let address = server.address();
    let get = |path: &str, hosts: &[&str]| {
        let hosts: String = hosts
            .iter()
            .map(|host| format!("Host: {host}\r\n"))
            .collect();
        raw(address, format!("GET {path} HTTP/1.1\r\n{hosts}\r\n"))
    };
    let own = address.to_string();
    assert_eq!(get("/nowhere", &[&own]).await.statuses(), ["404"]);
    assert_eq!(get("/nowhere", &["evil.example"]).await.statuses(), ["421"]);
    assert_eq!(
        get("http://evil.example/", &[&own]).await.statuses(),
        ["421"]
    );
    for hosts in [&[] as &[&str], &[&own, &own]] {
        let answer = get("/nowhere", hosts).await;
        assert_eq!(answer.statuses(), ["400"]);
        assert!(answer.is_closed);
    }
    let probe = get("/health/live", &["10.1.2.3:8080"]).await;
    assert_eq!(probe.statuses(), ["200"], "probes name the machine");
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_hidden_behind_a_body_is_not_answered() {
    let folder = tempfile::tempdir().unwrap();
    let server = spawn(config(&folder, &[])).await.unwrap();
    let address = server.address();
    let hidden = format!("GET /health/live HTTP/1.1\r\nHost: {address}\r\n\r\n");
    for framing in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Transfer-Encoding: chunked",
    ] {
        let request =
            format!("POST /token HTTP/1.1\r\nHost: {address}\r\n{framing}\r\n\r\n0\r\n\r\n");
        let answer = raw(address, request + hidden.as_str()).await;
        assert_eq!(answer.statuses(), ["400"], "{framing}");
        assert!(answer.is_closed, "{framing}");
    }
    let broken = "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n";
    let answer = raw(
        address,
        format!("POST /token HTTP/1.1\r\nHost: {address}\r\n{broken}"),
    )
    .await;
    assert_eq!(answer.statuses(), ["400"]);
    assert!(answer.is_closed);
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_kept_from_the_public_and_hold_patterns_not_paths() {
    let folder = tempfile::tempdir().unwrap();
    let server = spawn(config(&folder, &[])).await.unwrap();
    let get = async |address, path| {
        let answer = reqwest::get(format!("http://{address}{path}"))
            .await
            .unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, _) = get(server.address(), "/health/live").await;
    assert_eq!(status, 200);
    let (status, _) = get(server.address(), "/people/john?token=hunter2").await;
    assert_eq!(status, 404);
    assert_eq!(get(server.address(), "/metrics").await.0, 404);
    let (status, figures) = get(server.admin_address().unwrap(), "/metrics").await;
    assert_eq!(status, 200);
    assert!(figures.contains(
        r#"tutela_http_request_duration_seconds_count{method="GET",route="/health/live",status="2xx"}"#
    ));
    assert!(figures.contains("tutela_database_connections{state=\"idle\"}"));
    assert!(!figures.contains("john") && !figures.contains("hunter2"));
    server.shutdown().await;
}

#[tokio::test]
async fn a_setting_of_something_that_is_not_built_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(&folder, &[("otlp_endpoint", "http://127.0.0.1:4317")]);
    let Err(error) = spawn(config).await else {
        panic!("it started");
    };
    assert_eq!(
        error.to_string(),
        "otlp_endpoint is set, but this version of Tutela has no export of traces yet; \
         leave otlp_endpoint out"
    );
}
