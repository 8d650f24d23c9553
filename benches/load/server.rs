//! A server under load: its database, its process, and somebody signed in.
use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::{Mutex, RwLock};
use tutela::clock::{Clock, SystemClock};

use super::{
    browser::{Browser, Client},
    process::{Postgres, Process, free_port, wait_for},
};

const CLINIC: &str = include_str!("clinic.toml");
const ORGANIZATION: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001";
/// A service account and its API key.
pub(super) const BOT: (&str, &str) = (
    "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0b01",
    "tsk_development_only_reminder_bot",
);
/// The provider who delegated to it.
pub(super) const SARAH: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a03";

/// A server with everything that the operations need.
pub(super) struct Server {
    process: Process,
    database: Option<Postgres>,
    pub(super) http: reqwest::Client,
    pub(super) started_in: Duration,
    pub(super) idle_mib: f64,
    /// Where John is signed in.
    pub(super) browser: Browser,
    pub(super) id_token: String,
    pub(super) tokens: RwLock<Fresh>,
    /// Refresh tokens, one for each request under way.
    pub(super) families: Vec<Mutex<String>>,
    /// Keeps the files until the server is gone.
    _folder: tempfile::TempDir,
}

/// Access tokens, which live five minutes.
#[derive(Default)]
pub(super) struct Fresh {
    /// John's, for Emily.
    pub(super) access: String,
    /// The service account's own.
    pub(super) machine: String,
}

impl Server {
    /// Starts `program` on an empty database, declares the clinic and signs people in.
    pub(super) async fn start(program: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let (url, database) = database(&folder).await?;
        let port = free_port()?;
        let command = || tutela(program, &folder, &url, port);
        let clinic = folder.path().join("clinic.toml");
        std::fs::write(&clinic, CLINIC)?;
        let applied = command().arg("apply").arg(&clinic).output()?;
        anyhow::ensure!(applied.status.success(), "the clinic was not applied");
        let (began, url) = (Instant::now(), format!("http://127.0.0.1:{port}"));
        let process = Process::start(&mut command(), url.clone())?;
        wait_for(&format!("{url}/health/ready")).await;
        let started_in = began.elapsed();
        let idle_mib = process.memory_mib()?;
        let browser = Browser::new(&url, Client::FAMILY_APP)?;
        let tokens = browser.sign_in("john@example.test", &[]).await?;
        let mut server = Self {
            http: reqwest::Client::new(),
            id_token: text(&tokens, "id_token"),
            tokens: RwLock::default(),
            families: Vec::new(),
            process,
            database,
            started_in,
            idle_mib,
            browser,
            _folder: folder,
        };
        for _ in 0..super::AT_ONCE {
            let tokens = server.browser.again(&server.id_token).await?;
            let family = text(&tokens, "refresh_token");
            server.families.push(Mutex::new(family));
        }
        server.delegate().await?;
        Ok(server)
    }

    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.process.url)
    }

    /// CPU time of the server so far, and of its database where that is a server, too.
    pub(super) fn cpu(&self) -> anyhow::Result<(f64, f64)> {
        let database = self.database.as_ref().map(Postgres::cpu).transpose()?;
        Ok((self.process.cpu()?, database.unwrap_or_default()))
    }

    pub(super) fn memory_mib(&self) -> anyhow::Result<f64> {
        self.process.memory_mib()
    }

    /// Gets access tokens that live for another five minutes.
    pub(super) async fn renew(&self) -> anyhow::Result<()> {
        let form = [("grant_type", "client_credentials")];
        let asked = self.http.post(self.at("/token")).form(&form);
        let answer = asked.basic_auth(BOT.0, Some(BOT.1)).send().await?;
        let own: Value = serde_json::from_slice(&answer.bytes().await?)?;
        let persons = self.browser.again(&self.id_token).await?;
        *self.tokens.write().await = Fresh {
            access: text(&persons, "access_token"),
            machine: text(&own, "access_token"),
        };
        Ok(())
    }

    /// An OWNER lets the service account act for Sarah.
    async fn delegate(&self) -> anyhow::Result<()> {
        let resource = self.at("/api");
        let olga = Browser::new(&self.process.url, Client::PORTAL)?;
        let tokens = olga
            .sign_in("olga@example.test", &[("resource", &resource)])
            .await?;
        let wish = json!({
            "provider_account_id": SARAH, "service_account_id": BOT.0, "scopes": ["user/Patient.rs"],
            "ends_at": SystemClock.now().plus_seconds(24 * 3600),
        });
        let place = self.at(&format!("/api/v1/organizations/{ORGANIZATION}/delegations"));
        let made = self
            .http
            .post(place)
            .bearer_auth(tokens["access_token"].as_str().unwrap_or_default())
            .header("content-type", "application/json")
            .body(wish.to_string())
            .send()
            .await?;
        anyhow::ensure!(
            made.status() == 201,
            "no delegation: {}",
            made.text().await?
        );
        Ok(())
    }
}

/// The member called `name`.
fn text(tokens: &Value, name: &str) -> String {
    tokens[name].as_str().unwrap_or_default().to_owned()
}

/// A database of the server's own: a SQLite file, or one on the PostgreSQL that
/// `TEST_POSTGRES` names.
async fn database(folder: &tempfile::TempDir) -> anyhow::Result<(String, Option<Postgres>)> {
    let Ok(postgres) = std::env::var("TEST_POSTGRES") else {
        let file = folder.path().join("tutela.db");
        return Ok((format!("sqlite:{}", file.display()), None));
    };
    let name = format!("load_{}_{}", std::process::id(), free_port()?);
    let mut conn = PgConnection::connect(&postgres).await?;
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::query(create).execute(&mut conn).await?;
    let (backend,): (i32,) = sqlx::query_as("SELECT pg_backend_pid()")
        .fetch_one(&mut conn)
        .await?;
    let processes = Postgres::behind(u32::try_from(backend)?)?;
    let (base, _) = postgres.rsplit_once('/').unwrap_or((&postgres, ""));
    Ok((format!("{base}/{name}"), Some(processes)))
}

fn tutela(program: &Path, folder: &tempfile::TempDir, database: &str, port: u16) -> Command {
    let mut command = Command::new(program);
    command
        .env("TUTELA_DATABASE_URL", database)
        .env("TUTELA_KEYS_DIR", folder.path().join("keys"))
        .env("TUTELA_LISTEN", format!("127.0.0.1:{port}"))
        .env("TUTELA_ADMIN_LISTEN", "127.0.0.1:0")
        .env("TUTELA_MAIL__DIR", folder.path().join("mail"));
    command
}
