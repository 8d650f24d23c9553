//! The examples of docs/resource-servers.md take what they should, and nothing else (DOMAIN.md
//! 11): the one in Rust and the one in Python, over the same tokens.
use std::{
    io::Write,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use axum::{body::Body, http::Request};
use tower::ServiceExt;

use super::example;
use crate::{
    api::client::tokens,
    harness::{App, Browser, EMILY, JOHN, Server, claims},
};

const FHIR: &str = "https://fhir.example.test/r4";
const ORG: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001";

/// Something that is sent, and what comes of it.
struct Case {
    told: &'static str,
    authorization: String,
    patient: &'static str,
    now: i64,
    status: u16,
}

/// Tokens of the family app for whom John chooses.
async fn family(server: &Server, subject: &str, scope: &str) -> crate::harness::Tokens {
    let app = App::family(server);
    let code = app.code(&Browser::new(&server.url), scope, subject).await;
    app.redeem(&code).await
}

async fn cases(server: &Server) -> Vec<Case> {
    let own = family(server, JOHN, "openid launch/patient patient/Patient.rs").await;
    let emily = family(server, EMILY, "openid launch/patient patient/*.rs").await;
    let narrow = family(server, JOHN, "openid patient/Immunization.rs").await;
    let api = tokens(
        server,
        "john@example.test",
        JOHN,
        "openid account",
        &format!("{}/api", server.url),
    )
    .await;
    let elsewhere = Server::spawn().await; // the same keys, another issuer
    let foreign = family(&elsewhere, JOHN, "openid patient/Patient.rs").await;
    let machine = App::bot(server)
        .post("/token", &[("grant_type", "client_credentials")])
        .await;
    let token = own.access();
    let exp = claims(token)["exp"].as_i64().unwrap();
    let (head, rest) = token.split_once('.').unwrap();
    let unsigned = format!(
        "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{}.",
        rest.split_once('.').unwrap().0
    );
    let forged = format!(
        "{head}.{}.{}",
        emily.access().split('.').nth(1).unwrap(),
        rest.split_once('.').unwrap().1
    );
    let of = |told, token: &str, patient, now, status| Case {
        told,
        authorization: format!("Bearer {token}"),
        patient,
        now,
        status,
    };
    let now = exp - 500; // tokens with `act` live half as long
    let id_token = own.body["id_token"].as_str().unwrap();
    vec![
        of("one's own record", token, "pat-john", now, 200),
        of("a child's record", emily.access(), "pat-emily", now, 200),
        of("within the skew", token, "pat-john", exp + 59, 200),
        of("expired", token, "pat-john", exp + 60, 401),
        of("another compartment", token, "pat-emily", now, 403),
        of(
            "the guardian's own record by the child's token",
            emily.access(),
            "pat-john",
            now,
            403,
        ),
        of("a missing scope", narrow.access(), "pat-john", now, 403),
        of(
            "a machine where people are served",
            machine.access(),
            "pat-john",
            now,
            403,
        ),
        of("another audience", api.access(), "pat-john", now, 401),
        of("an ID token", id_token, "pat-john", now, 401),
        of("another issuer", foreign.access(), "pat-john", now, 401),
        of("no signature", &unsigned, "pat-john", now, 401),
        of("another's claims", &forged, "pat-emily", now, 401),
        of("no JWT", "x", "pat-john", now, 401),
        Case {
            told: "nothing",
            authorization: String::new(),
            patient: "pat-john",
            now,
            status: 401,
        },
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_in_rust_takes_what_it_should() {
    let server = Server::spawn().await;
    let clock = Arc::new(AtomicI64::new(0));
    let its = Arc::clone(&clock);
    let now = move || its.load(Ordering::SeqCst);
    let app = example::app(example::Guard::new([&server.url, FHIR, ORG], now));
    for case in cases(&server).await {
        clock.store(case.now, Ordering::SeqCst);
        let request = Request::get(format!("/Patient/{}", case.patient));
        let request = match case.authorization.is_empty() {
            true => request,
            false => request.header("authorization", case.authorization),
        };
        let answer = app
            .clone()
            .oneshot(request.body(Body::empty()).unwrap())
            .await;
        let answer = answer.unwrap();
        assert_eq!(answer.status().as_u16(), case.status, "{}", case.told);
        let challenge = answer.headers().get("www-authenticate");
        assert_eq!(challenge.is_some(), case.status != 200, "{}", case.told);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_in_python_takes_what_it_should() {
    let python = std::env::var("TEST_PYTHON")
        .unwrap_or_else(|_| "target/relying-party/bin/python".to_owned());
    let server = Server::spawn().await;
    let cases = cases(&server).await;
    let asked: Vec<_> = cases
        .iter()
        .map(|case| {
            serde_json::json!({
                "authorization": case.authorization, "patient": case.patient, "now": case.now,
            })
        })
        .collect();
    let asked = serde_json::to_vec(&asked).unwrap();
    let url = server.url.clone();
    let run = move || {
        let script = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/relying_parties/resource_server_cases.py"
        );
        let mut child = Command::new(python)
            .args([script, &url, FHIR, ORG])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("tests/run installs the relying party");
        child.stdin.take().unwrap().write_all(&asked).unwrap();
        child.wait_with_output().unwrap()
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let wrong = String::from_utf8_lossy(&output.stderr);
    let statuses: Vec<u16> = serde_json::from_slice(&output.stdout).expect(&wrong);
    assert_eq!(statuses.len(), cases.len(), "{wrong}");
    for (case, status) in cases.iter().zip(statuses) {
        assert_eq!(status, case.status, "{}", case.told);
    }
}
