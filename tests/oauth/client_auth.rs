//! How clients prove who they are: `client_secret_basic`, `client_secret_post`,
//! `private_key_jwt` with keys that are declared or fetched (RFC 6749 §2.3, RFC 7523).
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Router, extract::State, http::header, response::IntoResponse, routing::get};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::sync::RwLock;
use tutela::store::Topic;

use crate::harness::{App, Server, Signer, Tokens};

/// RFC 7523 §2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const SCOPE: &str = "system/Appointment.rs introspect";

/// A confidential client that may act as itself and proves who it is as `lines` say.
fn declared(client_id: &str, lines: &str) -> String {
    format!(
        r#"
[[organizations]]
id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001"
name = "Example Clinic"

[[organizations.clients]]
client_id = "{client_id}"
name = "Lab"
type = "confidential"
grant_types = ["client_credentials"]
allowed_scopes = "{SCOPE}"
{lines}
"#
    )
}

/// Declares `lab` with `private_key_jwt` and that key.
pub(super) fn with_keys(signer: &Signer) -> String {
    let jwk = signer.jwk();
    let member = |name: &str| format!("{name} = {}", jwk[name]);
    let members = ["kty", "crv", "alg", "use", "kid", "x", "y"].map(member);
    let lines = format!(
        "token_endpoint_auth_method = \"private_key_jwt\"\njwks = {{ keys = [{{ {} }}] }}",
        members.join(", ")
    );
    declared("lab", &lines)
}

async fn post(server: &Server, fields: &[(&str, &str)]) -> Tokens {
    let mut all = vec![("grant_type", "client_credentials")];
    all.extend_from_slice(fields);
    // No header of its own: who asks is in the fields.
    let answer = Client::new()
        .post(format!("{}/token", server.url))
        .form(&all);
    read(answer.send().await.unwrap()).await
}

async fn read(answer: reqwest::Response) -> Tokens {
    Tokens {
        status: answer.status().as_u16(),
        headers: answer.headers().clone(),
        body: answer.json().await.unwrap(),
    }
}

/// What an assertion for `server` says, from now on for a minute.
pub(super) fn assertion(server: &Server, jti: &str) -> Value {
    let now = server.now();
    json!({
        "iss": "lab", "sub": "lab", "aud": server.url, "jti": jti,
        "iat": now, "exp": now + 60,
    })
}

pub(super) async fn prove(server: &Server, assertion: &str) -> Tokens {
    post(
        server,
        &[
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", assertion),
        ],
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_the_registered_way_of_showing_a_secret_is_taken() {
    let server = Server::spawn().await;
    // 32 characters of what form-encoding changes: a Basic header carries them encoded.
    let secret = "a:b+c d/é%~ and some more of them!";
    for (client, method) in [
        ("lab-basic", "client_secret_basic"),
        ("lab-post", "client_secret_post"),
    ] {
        let lines =
            format!("token_endpoint_auth_method = \"{method}\"\nclient_secret = \"{secret}\"");
        server.apply(&declared(client, &lines)).await;
    }
    let basic = |client: &'static str| {
        let mut pair = form_urlencoded::Serializer::new(String::new());
        pair.append_key_only(client);
        let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let request = Client::new()
            .post(format!("{}/token", server.url))
            .basic_auth(pair.finish(), Some(encoded))
            .form(&[("grant_type", "client_credentials")]);
        async move { read(request.send().await.unwrap()).await }
    };
    let body = |client: &'static str| {
        let server = &server;
        async move { post(server, &[("client_id", client), ("client_secret", secret)]).await }
    };
    let granted = basic("lab-basic").await;
    assert_eq!((granted.status, granted.error()), (200, ""), "{granted:?}");
    assert_eq!(body("lab-post").await.status, 200);
    for refused in [basic("lab-post").await, body("lab-basic").await] {
        assert_eq!((refused.status, refused.error()), (401, "invalid_client"));
    }
    assert!(
        basic("lab-post")
            .await
            .headers
            .contains_key("www-authenticate")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_proves_itself_with_its_key_and_each_assertion_serves_once() {
    let server = Server::spawn().await;
    let key = Signer::new("k1");
    server.apply(&with_keys(&key)).await;
    let signed = key.sign(&assertion(&server, "one"));
    let granted = prove(&server, &signed).await;
    assert_eq!(granted.status, 200, "{granted:?}");
    assert_eq!(granted.body["scope"], SCOPE);
    let again = prove(&server, &signed).await;
    assert_eq!((again.status, again.error()), (401, "invalid_client"));
    // Its key serves at every endpoint of the back channel.
    let signed = key.sign(&assertion(&server, "two"));
    let answer = Client::new()
        .post(format!("{}/introspect", server.url))
        .form(&[
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", &signed),
            ("token", granted.access()),
        ]);
    let seen = read(answer.send().await.unwrap()).await;
    assert_eq!(seen.body["active"], true, "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_uses_of_one_assertion_one_succeeds() {
    let server = Server::spawn().await;
    let key = Signer::new("k1");
    server.apply(&with_keys(&key)).await;
    let signed = Arc::new(key.sign(&assertion(&server, "once")));
    let uses = (0..50).map(|_| {
        let (url, signed) = (format!("{}/token", server.url), Arc::clone(&signed));
        tokio::spawn(async move {
            let fields = [
                ("grant_type", "client_credentials"),
                ("client_assertion_type", JWT_BEARER),
                ("client_assertion", signed.as_str()),
            ];
            let answer = Client::new().post(url).form(&fields).send().await;
            answer.unwrap().status().as_u16()
        })
    });
    let mut granted = 0;
    for answer in uses.collect::<Vec<_>>() {
        match answer.await.unwrap() {
            200 => granted += 1,
            status => assert_eq!(status, 401),
        }
    }
    assert_eq!(granted, 1);
}

/// SECURITY.md 3.2: claims must be there, close in time, and exactly ours.
#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_with_one_thing_wrong_is_refused_like_any_other() {
    let server = Server::spawn().await;
    let (key, other) = (Signer::new("k1"), Signer::new("k1"));
    server.apply(&with_keys(&key)).await;
    let now = server.now();
    let token = format!("{}/token", server.url);
    let changes = [
        ("iss", json!("web-portal")),
        ("iss", Value::Null),
        ("sub", json!("web-portal")),
        ("sub", json!("nobody")),
        ("sub", Value::Null),
        ("aud", json!("https://elsewhere.example")),
        ("aud", json!(token)),
        ("aud", json!(format!("{}/", server.url))),
        ("aud", json!([server.url, "https://elsewhere.example"])),
        ("aud", json!([])),
        ("aud", Value::Null),
        ("exp", json!(now - 11)),
        ("exp", json!(now + 3600)),
        ("exp", json!("soon")),
        ("exp", Value::Null),
        ("iat", json!(now + 60)),
        ("iat", json!(now - 3600)),
        ("iat", Value::Null),
        ("nbf", json!(now + 60)),
        ("jti", json!("")),
        ("jti", json!("x".repeat(256))),
        ("jti", Value::Null),
    ];
    for (n, (name, value)) in changes.iter().enumerate() {
        let mut claims = assertion(&server, &format!("wrong-{n}"));
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().shift_remove(*name)),
            value => claims[*name] = value.clone(),
        }
        let refused = prove(&server, &key.sign(&claims)).await;
        let seen = (refused.status, refused.error().to_owned());
        assert_eq!(seen, (401, "invalid_client".to_owned()), "{name} {value}");
    }
    let good = assertion(&server, "right");
    let (message, signature) = key.sign(&good).rsplit_once('.').map(own).unwrap();
    for forged in [
        other.sign(&good),
        format!("{message}."),
        message.clone(),
        format!("{message}.{}", &signature[..signature.len() - 2]),
        format!("{message}.{signature}="),
        "x.y.z".to_owned(),
        "a".repeat(20_000),
    ] {
        let refused = prove(&server, &forged).await;
        assert_eq!((refused.status, refused.error()), (401, "invalid_client"));
    }
    // Nothing of all this spent it, and a secret is no substitute for a key.
    let secret = post(&server, &[("client_id", "lab"), ("client_secret", "x")]).await;
    assert_eq!((secret.status, secret.error()), (401, "invalid_client"));
    assert_eq!(prove(&server, &key.sign(&good)).await.status, 200);
}

fn own((a, b): (&str, &str)) -> (String, String) {
    (a.to_owned(), b.to_owned())
}

/// A client's own server with its keys.
struct KeyServer {
    url: String,
    published: Arc<Published>,
}

struct Published {
    keys: Mutex<Value>,
    asked: AtomicUsize,
    /// Whoever holds it lets those who ask wait.
    door: RwLock<()>,
}

impl KeyServer {
    async fn start(keys: Value) -> Self {
        let published = Arc::new(Published {
            keys: Mutex::new(keys),
            asked: AtomicUsize::new(0),
            door: RwLock::default(),
        });
        let serve = |State(published): State<Arc<Published>>| async move {
            published.asked.fetch_add(1, Ordering::SeqCst);
            let _inside = published.door.read().await;
            let body = json!({ "keys": [*published.keys.lock().unwrap()] }).to_string();
            ([(header::CONTENT_TYPE, "application/jwk-set+json")], body).into_response()
        };
        let app = Router::new()
            .route("/jwks", get(serve))
            .with_state(Arc::clone(&published));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, published }
    }

    fn lines(&self) -> String {
        let method = "token_endpoint_auth_method = \"private_key_jwt\"";
        declared(
            "lab",
            &format!("{method}\njwks_uri = \"{}/jwks\"", self.url),
        )
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fetched_keys_are_kept_and_fetched_again_when_one_is_missing() {
    let (old, new) = (Signer::new("old"), Signer::new("new"));
    let theirs = KeyServer::start(old.jwk()).await;
    let server = Server::spawn_with(&[("outgoing.allow", &theirs.url)]).await;
    server.apply(&theirs.lines()).await;
    let asked = || theirs.published.asked.load(Ordering::SeqCst);
    for jti in ["1", "2", "3"] {
        let answer = prove(&server, &old.sign(&assertion(&server, jti))).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    assert_eq!(asked(), 1);
    // It changes its key. Strangers with unknown key ids make us ask at most once a minute.
    *theirs.published.keys.lock().unwrap() = new.jwk();
    let early = prove(&server, &new.sign(&assertion(&server, "4"))).await;
    assert_eq!((early.status, asked()), (401, 1));
    server.later(61);
    let granted = prove(&server, &new.sign(&assertion(&server, "5"))).await;
    assert_eq!((granted.status, asked()), (200, 2), "{granted:?}");
    let gone = prove(&server, &old.sign(&assertion(&server, "6"))).await;
    assert_eq!((gone.status, asked()), (401, 2));
}

/// What somebody may is looked up after he has proved himself, however long that takes.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_disabled_while_his_keys_are_fetched_gets_nothing() {
    let key = Signer::new("k1");
    let theirs = KeyServer::start(key.jwk()).await;
    let server = Server::spawn_with(&[("outgoing.allow", &theirs.url)]).await;
    server.apply(&theirs.lines()).await;
    let door = theirs.published.door.write().await;
    let meanwhile = async {
        while theirs.published.asked.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        let mut tx = server.write().await;
        let disabled = tx.query("UPDATE clients SET status = 'disabled' WHERE client_id = 'lab'");
        assert_eq!(disabled.run().await.unwrap(), 1);
        tx.touch(Topic::Configuration);
        tx.commit().await.unwrap();
        drop(door);
    };
    let assertion = key.sign(&assertion(&server, "1"));
    let (refused, ()) = tokio::join!(prove(&server, &assertion), meanwhile);
    assert_eq!((refused.status, refused.error()), (401, "invalid_client"));
}

/// SECURITY.md 7.1: a private address is asked only when the operator allows it.
#[tokio::test(flavor = "multi_thread")]
async fn keys_on_a_private_address_are_not_fetched_unasked() {
    let key = Signer::new("k1");
    let theirs = KeyServer::start(key.jwk()).await;
    let server = Server::spawn().await;
    server.apply(&theirs.lines()).await;
    let refused = prove(&server, &key.sign(&assertion(&server, "1"))).await;
    assert_eq!((refused.status, refused.error()), (401, "invalid_client"));
    assert_eq!(theirs.published.asked.load(Ordering::SeqCst), 0);
}

/// The bot of the clinic has no keys registered, so an assertion proves nothing of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_machine_without_registered_keys_cannot_use_an_assertion() {
    let server = Server::spawn().await;
    let bot = App::bot(&server).client_id;
    let mut claims = assertion(&server, "1");
    (claims["iss"], claims["sub"]) = (json!(bot), json!(bot));
    let refused = prove(&server, &Signer::new("k1").sign(&claims)).await;
    assert_eq!((refused.status, refused.error()), (401, "invalid_client"));
}
