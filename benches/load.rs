//! What a request costs: server CPU per request, beside a floor measured in the same run.
//!
//! `cargo bench --bench load` starts the real server on loopback, sends bounded load from
//! this process, and reads the server's CPU time from the kernel. The floor is a bare
//! axum handler that signs a token of the same length and does nothing else. Single
//! figures mean little on a shared machine; compare the ratios.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a driver that prints its figures, and stops where an answer is missing"
)]
use std::{
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use aws_lc_rs::{rand::SystemRandom, rsa::KeySize, signature as s};
use axum::{Json, Router, extract::State, routing::post};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

const CLINIC: &str = include_str!("../tests/resources/clinic.toml");
const BOT: (&str, &str) = (
    "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0b01",
    "tsk_development_only_reminder_bot",
);
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// Requests under way at once.
const AT_ONCE: usize = 32;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    match arguments.iter().position(|a| a == "--floor") {
        Some(at) => runtime.block_on(floor(&arguments[at + 1], &arguments[at + 2])),
        None => runtime.block_on(measure()),
    }
}

// --- the floor ------------------------------------------------------------------------

enum Key {
    Es256(s::EcdsaKeyPair),
    EdDsa(s::Ed25519KeyPair),
    Rs256(s::RsaKeyPair),
}

async fn floor(alg: &str, port: &str) -> anyhow::Result<()> {
    let key = Arc::new(match alg {
        "EdDSA" => Key::EdDsa(s::Ed25519KeyPair::generate()?),
        "RS256" => Key::Rs256(s::RsaKeyPair::generate(KeySize::Rsa2048)?),
        _ => Key::Es256(s::EcdsaKeyPair::generate(
            &s::ECDSA_P256_SHA256_FIXED_SIGNING,
        )?),
    });
    let app = Router::new().route("/token", post(sign)).with_state(key);
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    Ok(axum::serve(listener, app).await?)
}

async fn sign(State(key): State<Arc<Key>>, _body: String) -> Json<Value> {
    let message = URL_SAFE_NO_PAD.encode([b'x'; 420]);
    let random = SystemRandom::new();
    let signature = match &*key {
        Key::Es256(key) => key
            .sign(&random, message.as_bytes())
            .map(|s| s.as_ref().to_vec()),
        Key::EdDsa(key) => Ok(key.sign(message.as_bytes()).as_ref().to_vec()),
        Key::Rs256(key) => {
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(
                &s::RSA_PKCS1_SHA256,
                &random,
                message.as_bytes(),
                &mut signature,
            )
            .map(|()| signature)
        }
    };
    let signature = URL_SAFE_NO_PAD.encode(signature.unwrap_or_default());
    Json(
        json!({ "access_token": format!("{message}.{signature}"), "token_type": "Bearer", "expires_in": 300, "scope": "x" }),
    )
}

// --- processes ------------------------------------------------------------------------

struct Process(Child, String);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    /// CPU time so far, in microseconds: user and system, to a hundredth of a second.
    fn cpu(&self) -> anyhow::Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id()))?;
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        let ticks = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
        Ok(ticks * 10_000.0)
    }

    fn memory_mib(&self) -> anyhow::Result<f64> {
        let statm = std::fs::read_to_string(format!("/proc/{}/statm", self.0.id()))?;
        Ok(statm.split(' ').nth(1).unwrap_or("0").parse::<f64>()? * 4096.0 / 1_048_576.0)
    }
}

fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port())
}

async fn wait_for(url: &str) {
    while reqwest::get(url).await.is_err() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn start_floor(alg: &str) -> anyhow::Result<Process> {
    let port = free_port()?;
    let child = Command::new(std::env::current_exe()?)
        .args(["--floor", alg, &port.to_string()])
        .spawn()?;
    let url = format!("http://127.0.0.1:{port}");
    wait_for(&url).await;
    Ok(Process(child, url))
}

fn tutela(folder: &tempfile::TempDir, port: u16) -> Command {
    let path = |name: &str| folder.path().join(name).display().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tutela"));
    command
        .env(
            "TUTELA_DATABASE_URL",
            format!("sqlite:{}", path("tutela.db")),
        )
        .env("TUTELA_KEYS_DIR", path("keys"))
        .env("TUTELA_LISTEN", format!("127.0.0.1:{port}"))
        .env("TUTELA_ADMIN_LISTEN", "127.0.0.1:0")
        .env("RUST_LOG", "warn")
        .stdout(Stdio::null());
    command
}

// --- measuring ------------------------------------------------------------------------

/// Runs `each` so often, many at once, and gives the server's CPU per request in µs.
async fn cost<F>(server: &Process, times: usize, each: impl Fn(usize) -> F) -> anyhow::Result<f64>
where
    F: Future<Output = ()> + Send + 'static,
{
    for n in 0..times.min(200) {
        each(n).await; // caches, connections
    }
    let before = server.cpu()?;
    let mut running = tokio::task::JoinSet::new();
    for n in 0..times {
        if running.len() == AT_ONCE {
            running.join_next().await;
        }
        running.spawn(each(n));
    }
    while running.join_next().await.is_some() {}
    Ok((server.cpu()? - before) / times as f64)
}

fn show(what: &str, cost: f64, floor: Option<f64>, goal: &str) {
    let ratio = floor.map_or_else(|| " ".repeat(8), |floor| format!("{:>7.2}x", cost / floor));
    println!("{what:<28} {cost:>9.1} µs {ratio}   {goal}");
}

async fn measure() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let clinic = folder.path().join("clinic.toml");
    let servers = "[[organizations.resource_servers]]\naudience = \"https://eddsa.example\"\nsigning_alg = \"EdDSA\"\n\n[[organizations.resource_servers]]\naudience = \"https://rs256.example\"\nsigning_alg = \"RS256\"\n\n[[organizations.solutions]]";
    let declared = CLINIC.replacen("[[organizations.solutions]]", servers, 1).replace(
        "purposes = [\"HOPERAT\"]",
        "purposes = [\"HOPERAT\"]\naudiences = [\"https://fhir.example.test/r4\", \"https://eddsa.example\", \"https://rs256.example\"]",
    );
    std::fs::write(&clinic, declared)?;
    let port = free_port()?;
    let applied = tutela(&folder, port).arg("apply").arg(&clinic).status()?;
    anyhow::ensure!(applied.success(), "the clinic was not applied");
    let began = Instant::now();
    let url = format!("http://127.0.0.1:{port}");
    let server = Process(tutela(&folder, port).spawn()?, url.clone());
    wait_for(&format!("{url}/health/ready")).await;
    println!(
        "start to first answer        {:>9.0} ms            budget 100 ms",
        began.elapsed().as_secs_f64() * 1000.0
    );
    println!(
        "memory, idle                 {:>9.1} MiB           budget 15 MiB",
        server.memory_mib()?
    );

    let http = reqwest::Client::builder()
        .cookie_store(true)
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let token = format!("{url}/token");
    for (alg, resource, times, goal) in [
        ("ES256", "https://fhir.example.test/r4", 20_000, "goal 1.4x"),
        ("EdDSA", "https://eddsa.example", 20_000, "goal 1.6x"),
        ("RS256", "https://rs256.example", 3_000, "goal 1.08x"),
    ] {
        let bare = start_floor(alg).await?;
        let address = format!("{}/token", bare.1);
        let form = [("grant_type", "client_credentials"), ("resource", resource)];
        let floor = cost(&bare, times, |_| {
            let request = http.post(&address).form(&form);
            async move { drop(request.send().await) }
        })
        .await?;
        let real = cost(&server, times, |_| {
            let request = http.post(&token).basic_auth(BOT.0, Some(BOT.1)).form(&form);
            async move {
                let answer = request.send().await.expect("an answer");
                assert_eq!(answer.status(), 200);
                let _ = answer.bytes().await;
            }
        })
        .await?;
        show(&format!("floor {alg}"), floor, None, "");
        show(
            &format!("client_credentials {alg}"),
            real,
            Some(floor),
            goal,
        );
    }
    people(&server, &http).await?;
    println!(
        "memory, loaded               {:>9.1} MiB           budget 30 MiB (without a running password hash)",
        server.memory_mib()?
    );
    Ok(())
}

/// What people's tokens cost: John signs in once and acts for Emily.
async fn people(server: &Process, http: &reqwest::Client) -> anyhow::Result<()> {
    let first = sign_in(server, http).await?;
    let (url, hint) = (
        server.1.clone(),
        first["id_token"].as_str().unwrap_or_default().to_owned(),
    );
    let access = first["access_token"]
        .as_str()
        .unwrap_or_default()
        .to_owned();

    let info = cost(server, 20_000, |_| {
        let request = http.get(format!("{url}/userinfo")).bearer_auth(&access);
        async move { assert_eq!(request.send().await.expect("an answer").status(), 200) }
    });
    show("userinfo", info.await?, None, "budget 10 µs");
    let seen = cost(server, 20_000, |_| {
        let request = http
            .post(format!("{url}/introspect"))
            .basic_auth(
                "web-portal",
                Some("development-only-portal-secret-0123456789"),
            )
            .form(&[("token", &access)]);
        async move { assert_eq!(request.send().await.expect("an answer").status(), 200) }
    });
    show("introspection", seen.await?, None, "budget 12 µs");

    let families: Vec<_> = (0..AT_ONCE)
        .map(|_| tokio::sync::Mutex::new(String::new()))
        .collect();
    let families = Arc::new(families);
    for family in families.iter() {
        let tokens = code_flow(http, &url, &hint).await?;
        *family.lock().await = tokens["refresh_token"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
    }
    let refreshed = cost(server, 6_000, |n| {
        let (http, url, families) = (http.clone(), url.clone(), Arc::clone(&families));
        async move {
            let mut current = families[n % AT_ONCE].lock().await;
            let form = [
                ("grant_type", "refresh_token"),
                ("client_id", "family-app"),
                ("refresh_token", current.as_str()),
            ];
            let answer = http
                .post(format!("{url}/token"))
                .form(&form)
                .send()
                .await
                .expect("an answer");
            let tokens: Value =
                serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON");
            *current = tokens["refresh_token"]
                .as_str()
                .expect("a successor")
                .to_owned();
        }
    });
    show(
        "refresh (ES256 and RS256 ID)",
        refreshed.await?,
        None,
        "budget 100 µs + RS256",
    );
    let flows = cost(server, 3_000, |_| {
        let (http, url, hint) = (http.clone(), url.clone(), hint.clone());
        async move { drop(code_flow(&http, &url, &hint).await.expect("tokens")) }
    });
    show(
        "code flow (RS256 ID token)",
        flows.await?,
        None,
        "budget 200 µs + RS256",
    );
    Ok(())
}

fn authorize(url: &str, more: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs([
        ("client_id", "family-app"),
        ("redirect_uri", "http://127.0.0.1:7001/callback"),
        ("response_type", "code"),
        ("scope", "openid profile patient/*.rs offline_access"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    query.extend_pairs(more);
    format!("{url}/authorize?{}", query.finish())
}

/// Authorization on the existing session, and the exchange.
async fn code_flow(http: &reqwest::Client, url: &str, hint: &str) -> anyhow::Result<Value> {
    let silent = authorize(url, &[("prompt", "none"), ("id_token_hint", hint)]);
    let answer = http.get(silent).send().await?;
    redeem(http, url, &answer).await
}

async fn redeem(
    http: &reqwest::Client,
    url: &str,
    answer: &reqwest::Response,
) -> anyhow::Result<Value> {
    let to = url::Url::parse(answer.headers()["location"].to_str()?)?;
    let code = to
        .query_pairs()
        .find(|(name, _)| name == "code")
        .map(|(_, value)| value.into_owned());
    let code = code.ok_or_else(|| anyhow::anyhow!("no code in {to}"))?;
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "family-app"),
        ("code", &code),
        ("redirect_uri", "http://127.0.0.1:7001/callback"),
        ("code_verifier", VERIFIER),
    ];
    let answer = http.post(format!("{url}/token")).form(&form).send().await?;
    Ok(serde_json::from_slice(&answer.bytes().await?)?)
}

/// John signs in, chooses Emily and allows the app, as a browser would.
async fn sign_in(server: &Process, http: &reqwest::Client) -> anyhow::Result<Value> {
    let url = &server.1;
    let mut at = authorize(url, &[]);
    for _ in 0..12 {
        let mut answer = http.get(&at).send().await?;
        if answer.headers().get("location").is_none() {
            let page = answer.text().await?;
            let after = |mark: &str| {
                page.split(mark)
                    .nth(1)
                    .and_then(|rest| rest.split('"').next())
                    .unwrap_or_default()
                    .to_owned()
            };
            let mut form = vec![("csrf", after("name=\"csrf\" value=\""))];
            if page.contains("login-form") {
                form.push(("username", "john@example.test".to_owned()));
                form.push(("password", "correct horse battery staple".to_owned()));
            } else if page.contains("chooser-form") {
                let emily = page
                    .split("data-kind=\"dependent\"")
                    .next()
                    .unwrap_or_default();
                let option = emily
                    .rsplit("name=\"option\" value=\"")
                    .next()
                    .unwrap_or_default();
                form.push((
                    "option",
                    option.split('"').next().unwrap_or_default().to_owned(),
                ));
            } else {
                form.push(("decision", "allow".to_owned()));
            }
            answer = http.post(&at).form(&form).send().await?;
        }
        let location = answer.headers()["location"].to_str()?;
        if location.contains("code=") {
            return redeem(http, url, &answer).await;
        }
        at = url::Url::parse(&at)?.join(location)?.to_string();
    }
    anyhow::bail!("no code in twelve steps")
}
