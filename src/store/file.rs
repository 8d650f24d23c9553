//! A SQLite file as a thing that is copied and put back.
use std::{path::Path, time::Duration};

use sqlx::{
    ConnectOptions, Connection,
    sqlite::{SqliteConnectOptions, SqliteLockingMode},
};

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum FileFault {
    /// It cannot be read, or is no SQLite database.
    #[error("{path} cannot be read as a database: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: sqlx::Error,
    },
    /// SQLite found damage.
    #[error("{path} is damaged: {finding}")]
    Damaged {
        /// The file.
        path: String,
        /// SQLite's first finding.
        finding: String,
    },
    /// It is a database, but not one of this program.
    #[error("{path} is not a database of Tutela")]
    Foreign {
        /// The file.
        path: String,
    },
    /// Another process has it open.
    #[error("{path} is in use; stop the server first")]
    InUse {
        /// The file.
        path: String,
    },
}

/// Reads the whole database in the file at `path`, which nobody writes to, and checks
/// that it is sound and of this program.
///
/// # Errors
/// It is not.
pub async fn check_file(path: &Path) -> Result<(), FileFault> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .immutable(true);
    let finding = async {
        let mut conn = options.connect().await?;
        let (finding,): (String,) = sqlx::query_as("PRAGMA integrity_check(1)")
            .fetch_one(&mut conn)
            .await?;
        let (ours,): (i64,) = sqlx::query_as(
            "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'change_marks'",
        )
        .fetch_one(&mut conn)
        .await?;
        conn.close().await?;
        Ok((finding, ours == 1))
    };
    match finding.await {
        Ok((finding, true)) if finding == "ok" => Ok(()),
        Ok((finding, false)) if finding == "ok" => Err(FileFault::Foreign {
            path: path.display().to_string(),
        }),
        Ok((finding, _)) => Err(FileFault::Damaged {
            path: path.display().to_string(),
            finding,
        }),
        Err(source) => Err(FileFault::Unreadable {
            path: path.display().to_string(),
            source,
        }),
    }
}

/// Makes sure that nobody has the database at `path` open, and that all of it is in that
/// one file.
///
/// # Errors
/// Somebody has, or it is no database.
pub async fn settle_file(path: &Path) -> Result<(), FileFault> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .locking_mode(SqliteLockingMode::Exclusive)
        .busy_timeout(Duration::from_millis(200));
    let settled = async {
        let mut conn = options.connect().await?;
        sqlx::query("BEGIN EXCLUSIVE").execute(&mut conn).await?;
        sqlx::query("COMMIT").execute(&mut conn).await?;
        conn.close().await // the last to close empties the write-ahead log
    };
    settled.await.map_err(|source: sqlx::Error| match &source {
        sqlx::Error::Database(e) if e.code().is_some_and(|code| code == "5" || code == "261") => {
            FileFault::InUse {
                path: path.display().to_string(),
            }
        }
        _ => FileFault::Unreadable {
            path: path.display().to_string(),
            source,
        },
    })
}
