//! The listener speaks TLS when it has a certificate.
use super::{config, spawn};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_a_certificate_speaks_tls_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let file = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let cert = file("cert.pem", made.cert.pem());
    let key = file("key.pem", made.signing_key.serialize_pem());
    let settings = [
        ("tls.cert_file", cert.as_str()),
        ("tls.key_file", key.as_str()),
        ("issuer", "https://localhost"),
    ];
    let server = spawn(config(&folder, &settings)).await.unwrap();
    let port = server.address().port();
    let http = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap()])
        .build()
        .unwrap();
    let answer = http
        .get(format!("https://localhost:{port}/health/ready"))
        .send()
        .await;
    assert_eq!(answer.unwrap().status(), 200);
    assert!(
        reqwest::get(format!("http://localhost:{port}/health/ready"))
            .await
            .is_err()
    );
    server.shutdown().await;
}
