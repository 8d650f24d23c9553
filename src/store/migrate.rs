//! Bringing the schema up to date: numbered files, forward only, one folder for both
//! databases.
use sqlx::{
    PgConnection, SqliteConnection,
    migrate::{Migrate, MigrateError, Migrator},
};

static MIGRATIONS: Migrator = sqlx::migrate!();
const TABLE: &str = "_sqlx_migrations";

/// What to do with the schema when the database is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// Bring it up to date.
    Migrate,
    /// Refuse to open unless it is up to date.
    Require,
    /// Open it as it is: for `migrate --check` and `doctor`.
    Leave,
}

/// Why the schema does not fit.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// `Schema::Require` found migrations that were not applied.
    #[error("the database lacks {} of this program's migrations; run `tutela migrate`", .0.len())]
    Behind(Vec<String>),
    /// The database was written by a newer program, or a migration was edited.
    #[error("the database does not belong to this version of the program: {0}")]
    Foreign(String),
    /// A migration failed.
    #[error("a migration failed: {0}")]
    Failed(#[source] MigrateError),
}

impl From<MigrateError> for MigrationError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(version) => Self::Foreign(format!(
                "it has migration {version}, which this program does not know"
            )),
            MigrateError::VersionMismatch(version) => {
                Self::Foreign(format!("migration {version} differs from the applied one"))
            }
            MigrateError::Dirty(version) => {
                Self::Foreign(format!("migration {version} was interrupted"))
            }
            other => Self::Failed(other),
        }
    }
}

pub(super) async fn sqlite(
    conn: &mut SqliteConnection,
    schema: Schema,
) -> Result<(), MigrationError> {
    settle(conn, schema).await?;
    if schema == Schema::Migrate {
        run(sqlx::raw_sql(SQLITE_APPEND_ONLY).execute(conn)).await?;
    }
    Ok(())
}

pub(super) async fn postgres(
    conn: &mut PgConnection,
    schema: Schema,
) -> Result<(), MigrationError> {
    settle(conn, schema).await?;
    if schema == Schema::Migrate {
        run(sqlx::raw_sql(POSTGRES_APPEND_ONLY).execute(conn)).await?;
    }
    Ok(())
}

async fn run<T>(work: impl Future<Output = sqlx::Result<T>>) -> Result<(), MigrationError> {
    work.await
        .map(drop)
        .map_err(|error| MigrationError::Failed(MigrateError::Execute(error)))
}

async fn settle<C: Migrate>(conn: &mut C, schema: Schema) -> Result<(), MigrationError> {
    match schema {
        Schema::Migrate => Ok(MIGRATIONS.run_direct(None, conn, false).await?),
        Schema::Require => match pending(conn).await? {
            missing if missing.is_empty() => Ok(()),
            missing => Err(MigrationError::Behind(missing)),
        },
        Schema::Leave => Ok(()),
    }
}

/// The descriptions of migrations that were not applied.
async fn pending<C: Migrate>(conn: &mut C) -> Result<Vec<String>, MigrationError> {
    conn.ensure_migrations_table(TABLE).await?;
    if let Some(version) = conn.dirty_version(TABLE).await? {
        return Err(MigrateError::Dirty(version).into());
    }
    let applied = conn.list_applied_migrations(TABLE).await?;
    for migration in &applied {
        match MIGRATIONS.iter().find(|m| m.version == migration.version) {
            None => return Err(MigrateError::VersionMissing(migration.version).into()),
            Some(ours) if ours.checksum != migration.checksum => {
                return Err(MigrateError::VersionMismatch(migration.version).into());
            }
            Some(_) => {}
        }
    }
    Ok(MIGRATIONS
        .iter()
        .filter(|m| applied.iter().all(|a| a.version != m.version))
        .map(|m| format!("{:04} {}", m.version, m.description))
        .collect())
}

/// Triggers have no shared form. They make audit rows and seals unchangeable.
const SQLITE_APPEND_ONLY: &str = "
CREATE TRIGGER IF NOT EXISTS audit_events_keep_update BEFORE UPDATE ON audit_events BEGIN SELECT RAISE(ABORT, 'audit_events is append-only'); END;
CREATE TRIGGER IF NOT EXISTS audit_events_keep_delete BEFORE DELETE ON audit_events BEGIN SELECT RAISE(ABORT, 'audit_events is append-only'); END;
CREATE TRIGGER IF NOT EXISTS audit_seals_keep_update BEFORE UPDATE ON audit_seals BEGIN SELECT RAISE(ABORT, 'audit_seals is append-only'); END;
CREATE TRIGGER IF NOT EXISTS audit_seals_keep_delete BEFORE DELETE ON audit_seals BEGIN SELECT RAISE(ABORT, 'audit_seals is append-only'); END;
";

const POSTGRES_APPEND_ONLY: &str = "
CREATE OR REPLACE FUNCTION tutela_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$;
CREATE OR REPLACE TRIGGER audit_events_keep BEFORE UPDATE OR DELETE ON audit_events FOR EACH ROW EXECUTE FUNCTION tutela_append_only();
CREATE OR REPLACE TRIGGER audit_seals_keep BEFORE UPDATE OR DELETE ON audit_seals FOR EACH ROW EXECUTE FUNCTION tutela_append_only();
";
