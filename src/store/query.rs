//! One statement, two drivers.
use std::{borrow::Cow, time::Duration};

use sqlx::{
    Arguments, Encode, FromRow, Postgres, Sqlite, Type,
    postgres::{PgArguments, PgRow},
    sqlite::{SqliteArguments, SqliteRow},
};

use super::{StoreError, Tx, tx::Driver};

/// Longest wait for one statement. Past it the database counts as away.
const PATIENCE: Duration = Duration::from_millis(2500);

/// A value both drivers can send.
pub trait Bind:
    for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres>
{
}
impl<T> Bind for T where
    T: for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres>
{
}

/// A row both drivers can read: derive `sqlx::FromRow`.
pub trait Record:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}
impl<T> Record for T where
    T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

/// A statement and its values, ready to run.
pub struct Query<'t>(Bound<'t>);

enum Bound<'t> {
    Sqlite(&'t mut sqlx::SqliteConnection, Sql, SqliteArguments),
    Postgres(&'t mut sqlx::PgConnection, Sql, PgArguments),
}

/// Runs the same call on whichever driver is behind the statement.
macro_rules! on_driver {
    ($query:expr, $make:ident . $fetch:ident) => {
        match $query.0 {
            Bound::Sqlite(conn, sql, args) => {
                patiently(sqlx::$make(sql, args).$fetch(conn)).await?.into()
            }
            Bound::Postgres(conn, sql, args) => {
                patiently(sqlx::$make(sql, args).$fetch(conn)).await?.into()
            }
        }
    };
}

async fn patiently<T>(work: impl Future<Output = sqlx::Result<T>>) -> Result<T, StoreError> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(StoreError::Slow),
    }
}

/// A statement's text. Whether whole or in parts, all of it stands in the source.
type Sql = sqlx::AssertSqlSafe<Cow<'static, str>>;

impl<'t> Query<'t> {
    pub(super) fn new(tx: &'t mut Tx, sql: Cow<'static, str>) -> Self {
        let sql = sqlx::AssertSqlSafe(sql);
        Self(match &mut tx.driver {
            Driver::Sqlite(turn) => Bound::Sqlite(turn.connection(), sql, Default::default()),
            Driver::SqliteRead(conn) => Bound::Sqlite(conn, sql, Default::default()),
            Driver::Postgres(tx) => Bound::Postgres(tx, sql, Default::default()),
            Driver::PostgresRead(conn) => Bound::Postgres(conn, sql, Default::default()),
        })
    }

    /// Makes room for so many values.
    pub(super) fn reserve(&mut self, values: usize) {
        match &mut self.0 {
            Bound::Sqlite(_, _, args) => args.reserve(values, 0),
            Bound::Postgres(_, _, args) => args.reserve(values, 0),
        }
    }

    /// Gives the next placeholder its value.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "encoding into memory fails only for values over 2 GiB"
    )]
    pub fn bind(mut self, value: impl Bind) -> Self {
        match &mut self.0 {
            Bound::Sqlite(_, _, args) => args.add(value),
            Bound::Postgres(_, _, args) => args.add(value),
        }
        .expect("a value that fits into memory can be encoded");
        self
    }

    /// The row, if there is one.
    ///
    /// # Errors
    /// The database refused or is away, or the row is not an `R`.
    pub async fn optional<R: Record>(self) -> Result<Option<R>, StoreError> {
        Ok(on_driver!(self, query_as_with.fetch_optional))
    }

    /// The row.
    ///
    /// # Errors
    /// There is none, or as [`Query::optional`].
    pub async fn one<R: Record>(self) -> Result<R, StoreError> {
        self.optional()
            .await?
            .ok_or(StoreError::Sql(sqlx::Error::RowNotFound))
    }

    /// All rows.
    ///
    /// # Errors
    /// As [`Query::optional`].
    pub async fn all<R: Record>(self) -> Result<Vec<R>, StoreError> {
        Ok(on_driver!(self, query_as_with.fetch_all))
    }

    /// Runs it and counts the rows it changed.
    ///
    /// # Errors
    /// As [`Query::optional`].
    pub async fn run(self) -> Result<u64, StoreError> {
        Ok(match self.0 {
            Bound::Sqlite(conn, sql, args) => {
                let done = patiently(sqlx::query_with(sql, args).execute(conn)).await?;
                done.rows_affected()
            }
            Bound::Postgres(conn, sql, args) => {
                let done = patiently(sqlx::query_with(sql, args).execute(conn)).await?;
                done.rows_affected()
            }
        })
    }
}
