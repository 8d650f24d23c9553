use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::{addresses::Looking, *};

const JSON: &[&str] = &["application/json"];
const PLAIN: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}";

/// A target on loopback that answers every connection with `answer` and then, if it is
/// `endless`, with zeros until the other side goes.
async fn target(answer: &'static str, endless: bool) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/jwks", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = socket.read(&mut [0; 4096]).await;
                let _ = socket.write_all(answer.as_bytes()).await;
                while endless && socket.write_all(&[b'0'; 8192]).await.is_ok() {}
                if answer.is_empty() {
                    let _ = socket.read(&mut [0; 1]).await; // says nothing, until left
                }
            });
        }
    });
    url.parse().unwrap()
}

fn allowing(url: &Url) -> Outgoing {
    let limits = Limits {
        connect: Duration::from_millis(500),
        total: Duration::from_millis(500),
        ..LIMITS
    };
    let settings = Settings {
        allow: vec![url.origin()],
        ca_file: None,
    };
    Outgoing::with(&settings, Arc::new(Machine), limits).unwrap()
}

#[tokio::test]
async fn an_allowed_origin_is_read_over_http() {
    let url = target(PLAIN, false).await;
    assert_eq!(allowing(&url).get(&url, JSON).await.unwrap(), b"{}");
    let other = "http://127.0.0.1:1/".parse().unwrap();
    let answer = allowing(&other).get(&url, JSON).await;
    assert!(matches!(answer, Err(OutgoingError::Url)));
}

#[tokio::test]
async fn what_is_not_a_plain_success_is_refused() {
    for (answer, endless, expected) in [
        (
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
            false,
            "status 302",
        ),
        (
            "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n",
            false,
            "status 500",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n{}",
            false,
            "another content type",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
            false,
            "another content type",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n",
            true,
            "too large",
        ),
        ("", false, "in time"),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{}",
            false,
            "cannot be reached",
        ),
    ] {
        let url = target(answer, endless).await;
        let error = allowing(&url).get(&url, JSON).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{answer:?}: {error}");
    }
}

#[tokio::test]
async fn a_target_that_keeps_failing_is_left_alone() {
    let url = target("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", false).await;
    let outgoing = allowing(&url);
    for _ in 0..5 {
        let answer = outgoing.get(&url, JSON).await;
        assert!(matches!(answer, Err(OutgoingError::Status(500))));
    }
    let answer = outgoing.get(&url, JSON).await;
    assert!(matches!(answer, Err(OutgoingError::Resting)));
}

#[tokio::test]
async fn literal_addresses_and_odd_urls_are_refused_unasked() {
    let outgoing = Outgoing::new(&Settings::default()).unwrap();
    for (url, expected) in [
        ("http://example.org/", "https"),
        ("ftp://example.org/", "https"),
        ("file:///etc/passwd", "https"),
        ("https://user@example.org/", "credentials"),
        ("https://:secret@example.org/", "credentials"),
        ("https://127.0.0.1/", "not public"),
        ("https://127.1/", "not public"),
        ("https://2130706433/", "not public"),
        ("https://0x7f.0.0.1/", "not public"),
        ("https://0177.0.0.1/", "not public"),
        ("https://169.254.169.254/latest/meta-data", "not public"),
        ("https://[::1]/", "not public"),
        ("https://[::ffff:10.0.0.1]/", "not public"),
        ("https://[64:ff9b::a00:1]/", "not public"),
    ] {
        let error = outgoing.get(&url.parse().unwrap(), JSON).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{url}: {error}");
    }
}

/// Answers every lookup with the same addresses.
struct Fixed(&'static [&'static str]);

impl Lookup for Fixed {
    fn lookup(&self, _: String) -> Looking {
        let found = self
            .0
            .iter()
            .map(|text| text.parse::<SocketAddr>().unwrap());
        let found = found.collect();
        Box::pin(async move { Ok(found) })
    }
}

#[tokio::test]
async fn a_name_with_one_private_address_is_refused_whole() {
    for found in [
        &["127.0.0.1:0"][..],
        &["93.184.216.34:0", "10.0.0.1:0"],
        &["[2606:2800::1]:0", "[fd00::1]:0"],
    ] {
        let outgoing =
            Outgoing::with(&Settings::default(), Arc::new(Fixed(found)), LIMITS).unwrap();
        let url = "https://rebinding.example/jwks".parse().unwrap();
        let error = outgoing.get(&url, JSON).await.unwrap_err();
        assert!(
            matches!(error, OutgoingError::Address),
            "{found:?}: {error}"
        );
    }
}

#[tokio::test]
async fn allowing_one_port_of_a_host_does_not_open_its_others() {
    let url = target("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false).await;
    let outgoing = allowing(&url);
    let mut other = url.clone();
    other.set_scheme("https").unwrap();
    let answer = outgoing.get(&other, JSON).await;
    assert!(matches!(answer, Err(OutgoingError::Address)));
}

#[tokio::test]
async fn an_https_target_needs_a_certificate_that_is_trusted() {
    let signed = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let url = tls_target(&signed);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, signed.cert.pem()).unwrap();

    let strange = allowing(&url).get(&url, JSON).await;
    assert!(matches!(strange, Err(OutgoingError::Connection(_))));
    let settings = Settings {
        allow: vec![url.origin()],
        ca_file: Some(file.clone()),
    };
    let outgoing = Outgoing::new(&settings).unwrap();
    assert_eq!(outgoing.get(&url, JSON).await.unwrap(), b"{}");

    std::fs::write(&file, "nonsense").unwrap();
    let refused = Outgoing::new(&settings).unwrap_err();
    assert!(matches!(refused, SettingsError::Pem { .. }));
}

/// A target on loopback that speaks TLS with this certificate.
fn tls_target(signed: &rcgen::CertifiedKey<rcgen::KeyPair>) -> Url {
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    use std::io::{Read, Write};
    install_tls_provider();
    let key = PrivatePkcs8KeyDer::from(signed.signing_key.serialize_der());
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![signed.cert.der().clone()], PrivateKeyDer::Pkcs8(key))
        .unwrap();
    let config = Arc::new(config);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/jwks", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, socket.unwrap());
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(PLAIN.as_bytes());
        }
    });
    url.parse().unwrap()
}
