//! The floors: bare axum handlers that sign as often as the server must, and statements
//! of sqlx on SQLite. Each is served by a process of its own, so that its CPU time can be read.
use std::{process::Command, sync::Arc};

use aws_lc_rs::{rand::SystemRandom, rsa::KeySize, signature as s};
use axum::{
    Json, Router,
    extract::{Path, State},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sqlx::{
    ConnectOptions, Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::sync::Mutex;

use super::process::{Process, free_port, wait_for};

/// The argument that makes this program a floor, before the port and the database file.
pub(super) const ARGUMENT: &str = "--floor";
/// Statements that share a commit: as many as requests that are under way at once.
const SHARING: usize = super::AT_ONCE;

/// A piece of the least that an operation can cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// A GET that is answered from memory.
    Get,
    /// A POST of a form that is answered from memory.
    Post,
    /// A POST whose answer holds so many tokens signed with the algorithm.
    Sign(&'static str, usize),
    /// So many SQL statements that change a row each and share their commits.
    Statements(usize),
}

struct Keys {
    es256: s::EcdsaKeyPair,
    eddsa: s::Ed25519KeyPair,
    rs256: s::RsaKeyPair,
    database: Mutex<SqliteConnection>,
}

/// Starts the floors in a process of their own.
pub(super) async fn start(folder: &tempfile::TempDir) -> anyhow::Result<Process> {
    let port = free_port()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args([ARGUMENT, &port.to_string()]);
    command.arg(folder.path().join("floor.db"));
    let url = format!("http://127.0.0.1:{port}");
    let process = Process::start(&mut command, url)?;
    wait_for(&format!("{}/bare", process.url)).await;
    Ok(process)
}

/// Serves the floors on `port` until killed.
pub(super) async fn serve(port: &str, file: &str) -> anyhow::Result<()> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging();
    let mut database = options.connect().await?;
    for statement in [
        "CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT NOT NULL, n INTEGER NOT NULL)",
        "WITH RECURSIVE ids (id) AS (SELECT 0 UNION ALL SELECT id + 1 FROM ids WHERE id < 9999)
         INSERT INTO rows SELECT id, hex(randomblob(125)), 0 FROM ids",
    ] {
        sqlx::query(statement).execute(&mut database).await?;
    }
    let keys = Keys {
        es256: s::EcdsaKeyPair::generate(&s::ECDSA_P256_SHA256_FIXED_SIGNING)?,
        eddsa: s::Ed25519KeyPair::generate()?,
        rs256: s::RsaKeyPair::generate(KeySize::Rsa2048)?,
        database: Mutex::new(database),
    };
    let app = Router::new()
        .route("/bare", get(async || bare()).post(async |_: String| bare()))
        .route("/sign/{alg}/{times}", post(sign))
        .route("/statements/{times}", get(statements))
        .with_state(Arc::new(keys));
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    Ok(axum::serve(listener, app).await?)
}

fn bare() -> Json<Value> {
    let text = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a02";
    Json(json!({ "sub": text, "act": { "sub": text }, "active": true, "scope": "openid profile" }))
}

async fn sign(
    State(keys): State<Arc<Keys>>,
    Path((alg, times)): Path<(String, usize)>,
    _body: String,
) -> Json<Value> {
    let tokens: Vec<_> = (0..times).map(|_| keys.token(&alg)).collect();
    Json(json!({ "token_type": "Bearer", "expires_in": 300, "scope": "x", "tokens": tokens }))
}

/// Runs statements, a batch at a time in one transaction.
async fn statements(State(keys): State<Arc<Keys>>, Path(times): Path<usize>) -> String {
    let mut database = keys.database.lock().await;
    for batch in (0..times).step_by(SHARING) {
        let mut tx = database.begin().await.expect("a transaction");
        for n in batch..times.min(batch + SHARING) {
            let id = i64::try_from(n * 7919 % 10_000).unwrap_or(0);
            let _: (i64, String) =
                sqlx::query_as("UPDATE rows SET n = n + 1 WHERE id = $1 RETURNING n, text")
                    .bind(id)
                    .fetch_one(&mut *tx)
                    .await
                    .expect("a row");
        }
        tx.commit().await.expect("a commit");
    }
    String::new()
}

impl Keys {
    /// A token as long as a machine's from the server, 800 characters with ES256.
    fn token(&self, alg: &str) -> String {
        let message = URL_SAFE_NO_PAD.encode([b'x'; 535]);
        let bytes = message.as_bytes();
        let random = SystemRandom::new();
        let signature = match alg {
            "EdDSA" => Ok(self.eddsa.sign(bytes).as_ref().to_vec()),
            "RS256" => {
                let mut signature = vec![0; self.rs256.public_modulus_len()];
                let signed = self
                    .rs256
                    .sign(&s::RSA_PKCS1_SHA256, &random, bytes, &mut signature);
                signed.map(|()| signature)
            }
            _ => self.es256.sign(&random, bytes).map(|s| s.as_ref().to_vec()),
        };
        let signature = URL_SAFE_NO_PAD.encode(signature.unwrap_or_default());
        format!("{message}.{signature}")
    }
}
