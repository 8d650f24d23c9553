//! A real server on a real port, with its own database, clock and dice, and the example
//! clinic in it.
use std::{path::Path, sync::Arc};

use tokio::sync::OnceCell;
use tutela::{
    accounts::Passwords,
    clock::{Clock, ManualClock, Timestamp},
    config::{Config, Sources, load},
    guardianship::Notices,
    keys::Keys,
    random::SeededRandom,
    resources,
    secret::Secret,
    server::{self, Options, Running, start},
    store::{self, Schema, Store, Tx},
};

use super::Database;

/// When every test begins.
pub(crate) const T0: Timestamp = Timestamp::from_seconds(1_796_126_400); // 2026-12-01T12:00:00Z

pub(crate) const CLINIC: &str = include_str!("../resources/clinic.toml");

/// A running server.
pub(crate) struct Server {
    running: Running,
    pub(crate) url: String,
    pub(crate) clock: Arc<ManualClock>,
    database: Arc<Database>,
}

/// The clinic's database and keys, made once per process, since keys are slow to make.
async fn template() -> &'static Database {
    static TEMPLATE: OnceCell<Database> = OnceCell::const_new();
    let make = || async {
        let database = Database::new().await;
        let store = open(&database, Arc::new(ManualClock::at(T0)), 7).await;
        let keys = Keys::open(&store, Path::new(&database.path("keys")))
            .await
            .unwrap();
        drop(keys);
        store.close().await;
        apply(&database, CLINIC).await;
        database
    };
    TEMPLATE.get_or_init(make).await
}

async fn open(database: &Database, clock: Arc<ManualClock>, seed: u64) -> Store {
    let options = store::Options {
        url: Secret::new(database.url()),
        schema: Schema::Migrate,
    };
    let random = Arc::new(SeededRandom::new(seed));
    Store::open(&options, clock, random).await.unwrap()
}

async fn apply(database: &Database, text: &str) {
    let store = open(database, Arc::new(ManualClock::at(T0)), 8).await;
    apply_to(&store, database, text).await;
    store.close().await;
}

async fn apply_to(store: &Store, database: &Database, text: &str) {
    let keys = Keys::open(store, Path::new(&database.path("keys")))
        .await
        .unwrap();
    let passwords = server::passwords(&keys, store.random()).unwrap();
    let declared = resources::read(&[("clinic.toml".to_owned(), text.to_owned())]).unwrap();
    let options = resources::Options::default();
    resources::apply(store, &passwords, &declared, options)
        .await
        .unwrap();
}

impl Server {
    /// Starts a server with the clinic.
    pub(crate) async fn spawn() -> Self {
        Self::spawn_with(&[]).await
    }

    /// Starts one that reaches PostgreSQL through another port.
    pub(crate) async fn spawn_through(port: u16) -> Self {
        let database = Self::clinic().await;
        let mut url = url::Url::parse(database.url()).unwrap();
        url.set_port(Some(port)).unwrap();
        Self::over(database, &[("database_url", url.as_str())]).await
    }

    /// Starts one with settings of its own.
    pub(crate) async fn spawn_with(settings: &[(&str, &str)]) -> Self {
        Self::over(Self::clinic().await, settings).await
    }

    /// Starts another node on the same database, behind the same issuer.
    pub(crate) async fn another(&self) -> Self {
        let database = Arc::clone(&self.database);
        Self::beside(
            database,
            2,
            Arc::clone(&self.clock),
            &[("issuer", &self.url)],
        )
        .await
    }

    async fn clinic() -> Arc<Database> {
        let template = template().await;
        let database = Database::copy(template).await;
        let keys = database.path("keys");
        std::fs::create_dir(&keys).unwrap();
        for file in std::fs::read_dir(template.path("keys")).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), Path::new(&keys).join(file.file_name())).unwrap();
        }
        Arc::new(database)
    }

    async fn over(database: Arc<Database>, settings: &[(&str, &str)]) -> Self {
        let clock = Arc::new(ManualClock::at(T0));
        Self::beside(database, 1, clock, settings).await
    }

    async fn beside(
        database: Arc<Database>,
        seed: u64,
        clock: Arc<ManualClock>,
        settings: &[(&str, &str)],
    ) -> Self {
        let running = start(Options {
            config: config(&database, settings),
            schema: Schema::Migrate,
            clock: clock.clone(),
            random: Arc::new(SeededRandom::new(seed)),
            program: env!("CARGO_BIN_EXE_tutela").into(),
        });
        let running = running.await.unwrap();
        Self {
            url: format!("http://{}", running.address()),
            running,
            clock,
            database,
        }
    }

    /// Applies more declared resources while the server runs, as an operator would.
    pub(crate) async fn apply(&self, text: &str) {
        apply_to(&self.running.app().store, &self.database, text).await;
    }

    /// The present moment in seconds, as JWTs write it.
    pub(crate) fn now(&self) -> i64 {
        self.clock.now().seconds()
    }

    /// A file of this server.
    pub(crate) fn path(&self, name: &str) -> String {
        self.database.path(name)
    }

    /// Moves the clock on.
    pub(crate) fn later(&self, seconds: i64) {
        self.clock.advance_seconds(seconds);
    }

    /// The moment `seconds` after the test's beginning, in RFC 3339.
    pub(crate) fn moment(&self, seconds: i64) -> String {
        T0.plus_seconds(seconds).to_string()
    }

    /// The letters that wait, sent now; each is read once.
    pub(crate) async fn letters(&self) -> Vec<String> {
        let app = self.running.app();
        // The server's own postman may be on his way with one.
        loop {
            app.mailer.send_waiting(&app.store).await.unwrap();
            let mut tx = app.store.read().await.unwrap();
            let waiting: (i64,) = tx
                .query("SELECT COUNT(*) FROM mail_outbox")
                .one()
                .await
                .unwrap();
            if waiting.0 == 0 {
                break;
            }
        }
        let folder = self.path("outbox");
        let Ok(files) = std::fs::read_dir(folder) else {
            return Vec::new();
        };
        let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|e| e == "eml" || e == "txt"));
        paths.sort();
        let read = |path: std::path::PathBuf| {
            let letter = std::fs::read_to_string(&path)
                .unwrap()
                .replace("\r\n", "\n");
            std::fs::remove_file(path).unwrap();
            letter
        };
        paths.into_iter().map(read).collect()
    }

    /// The one letter that is on its way, for deeds that post it after their answer.
    pub(crate) async fn letter(&self) -> String {
        loop {
            if let Some(letter) = self.letters().await.pop() {
                return letter;
            }
            tokio::task::yield_now().await;
        }
    }

    /// What hashes and checks passwords.
    pub(crate) fn passwords(&self) -> &Passwords {
        &self.running.app().passwords
    }

    /// With what people are told of their relations.
    pub(crate) fn notices(&self) -> Notices {
        self.running.app().notices()
    }

    /// The PHC string of a password.
    pub(crate) async fn hash(&self, password: &str) -> String {
        let app = self.running.app();
        let random = app.store.random_source();
        let hashed = app.passwords.hash(Secret::new(password), random).await;
        hashed.unwrap_or_else(|_| panic!("too many passwords are being hashed"))
    }

    /// How many passwords it has hashed or checked.
    pub(crate) fn hashed(&self) -> u64 {
        self.running.app().passwords.hashed()
    }

    /// Writes down what machines got so far.
    pub(crate) async fn count_use(&self) {
        let app = self.running.app();
        app.usage.flush(&app.store).await.unwrap();
    }

    /// Posts the letters about keys that end, as a node does now and again.
    pub(crate) async fn remind(&self) {
        let app = self.running.app();
        let mut tx = app.store.write().await.unwrap();
        let page = |org, account| format!("{}/admin/{org}/service-accounts/{account}", self.url);
        let reminded = tutela::service_accounts::remind(&mut tx, &app.mailer, page).await;
        reminded.unwrap();
        tx.commit().await.unwrap();
    }

    /// The database as this node sees it.
    pub(crate) fn store(&self) -> &Store {
        &self.running.app().store
    }

    /// A look into the database: only to arrange, or to see what is stored.
    pub(crate) async fn write(&self) -> Tx {
        self.running.app().store.write().await.unwrap()
    }

    /// The database as another node opens it.
    pub(crate) async fn another_node(&self) -> Store {
        open(&self.database, Arc::clone(&self.clock), 9).await
    }

    /// The audit's actions with their outcomes, oldest first, once the queue is empty.
    pub(crate) async fn audited(&self) -> Vec<(String, String)> {
        let app = self.running.app();
        app.later.settled().await;
        let mut tx = app.store.read().await.unwrap();
        let rows = tx
            .query("SELECT action, outcome FROM audit_events ORDER BY id")
            .all();
        rows.await.unwrap()
    }
}

fn config(database: &Database, settings: &[(&str, &str)]) -> Config {
    let own = [
        ("listen", "127.0.0.1:0"),
        ("admin_listen", "127.0.0.1:0"),
        ("database_url", database.url()),
        ("keys_dir", &database.path("keys")),
        ("mail.dir", &database.path("outbox")),
    ];
    let said = own.iter().chain(settings);
    let sources = Sources {
        flags: said
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
        ..Sources::default()
    };
    load(&sources).unwrap().config
}
