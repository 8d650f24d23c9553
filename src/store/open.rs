//! Opening the database.
use std::{path::Path, str::FromStr, sync::Arc, time::Duration};

use sqlx::{
    ConnectOptions,
    postgres::{PgConnectOptions, PgPool, PgPoolOptions},
    sqlite::{
        SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
    },
};

use super::{Changes, Inner, MigrationError, Pool, Schema, Store, StoreError, writer::Writer};
use crate::{clock::Clock, random::Random, secret::Secret};

/// Longest wait for a connection.
const PATIENCE: Duration = Duration::from_secs(2);
/// Connections that read.
const READERS: u32 = 4;
/// What SQLite's writer keeps of the file: 32 MiB, in its unit. A page that does not stay until the
/// commit is written twice.
const WRITER_CACHE: &str = "-32768";
/// Connections that write, on PostgreSQL.
const POSTGRES_WRITERS: u32 = 16;

/// Which database, and how to treat its schema.
pub struct Options {
    /// `sqlite:path` or `postgres://…`; a secret, since it may hold a password.
    pub url: Secret,
    /// What to do when the schema is older than the program.
    pub schema: Schema,
}

/// Why the database did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// `database_url` is neither `sqlite:…` nor `postgres://…`.
    #[error("database_url: expected sqlite:PATH or postgres://USER@HOST/NAME")]
    Url,
    /// The folder of the database file cannot be made.
    #[error("cannot make the folder {path}: {source}")]
    Folder {
        /// The folder.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The database cannot be reached or refuses.
    #[error("cannot open the database: {0}")]
    Connect(#[from] sqlx::Error),
    /// An acknowledged write could be lost.
    #[error(
        "PostgreSQL runs with synchronous_commit=off, so acknowledged revocations could be lost; set it to on"
    )]
    Forgetful,
    /// The schema does not fit.
    #[error(transparent)]
    Schema(#[from] MigrationError),
    /// The first look at the tables failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Opens the database, makes it if it is a file that does not exist, and treats
    /// its schema as `options` say.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(
        options: &Options,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, OpenError> {
        let url = options.url.expose();
        let pool = if let Some(path) = url.strip_prefix("sqlite:") {
            open_sqlite(path.trim_start_matches("//"), options.schema).await?
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            open_postgres(url, options.schema).await?
        } else {
            return Err(OpenError::Url);
        };
        let store = Self(Arc::new(Inner {
            pool,
            clock,
            random,
            changes: Changes::new(),
        }));
        if options.schema != Schema::Leave {
            store.see_changes().await?;
        }
        Ok(store)
    }
}

async fn open_sqlite(path: &str, schema: Schema) -> Result<Pool, OpenError> {
    if let Some(folder) = Path::new(path)
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(|source| OpenError::Folder {
            path: folder.display().to_string(),
            source,
        })?;
    }
    make_private(path).map_err(sqlx::Error::Io)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        .statement_cache_capacity(512)
        .disable_statement_logging();
    let writer = options.clone().pragma("cache_size", WRITER_CACHE);
    let mut writer = writer.connect().await?;
    super::migrate::sqlite(&mut writer, schema).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None);
    let readers: SqlitePool = readers
        .connect_with(options.create_if_missing(false).read_only(true))
        .await?;
    Ok(Pool::Sqlite {
        readers,
        writer: Writer::new(writer),
    })
}

/// Makes the file if it is missing, readable by its owner only; SQLite gives the files
/// beside it the same mode.
fn make_private(path: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new();
    file.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    file.open(path).map(drop)
}

async fn open_postgres(url: &str, schema: Schema) -> Result<Pool, OpenError> {
    let options = PgConnectOptions::from_str(url)?
        .application_name("tutela")
        .statement_cache_capacity(512)
        .disable_statement_logging();
    let pool = |size| {
        PgPoolOptions::new()
            .max_connections(size)
            .acquire_timeout(PATIENCE)
    };
    let writers: PgPool = pool(POSTGRES_WRITERS).connect_with(options.clone()).await?;
    let (synchronous,): (String,) = sqlx::query_as("SHOW synchronous_commit")
        .fetch_one(&writers)
        .await?;
    if synchronous == "off" {
        return Err(OpenError::Forgetful);
    }
    let mut conn = writers.acquire().await?;
    super::migrate::postgres(&mut conn, schema).await?;
    drop(conn);
    let readers = pool(READERS)
        .connect_with(options.options([("default_transaction_read_only", "on")]))
        .await?;
    Ok(Pool::Postgres { readers, writers })
}
