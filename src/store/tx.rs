//! A unit of work.
use std::{borrow::Cow, collections::BTreeSet, net::IpAddr, sync::Arc};

use uuid::Uuid;

use super::{PostgresReader, Query, SqliteReader, Store, StoreError, Topic, writer::Turn};
use crate::{clock::Timestamp, id::Id, random::Random, secret::Secret};

/// The request on whose behalf something is written.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The id that the answer's `X-Request-Id` carries.
    pub request_id: Arc<str>,
    /// The client's address, `None` where there is none.
    pub address: Option<IpAddr>,
}

/// A unit of work: it happens at one moment, wholly or not at all. Dropping it
/// undoes it.
pub struct Tx {
    pub(super) driver: Driver,
    store: Store,
    now: Timestamp,
    last_id: Option<u128>,
    touched: BTreeSet<Topic>,
    origin: Option<Arc<Origin>>,
}

/// Where [`Tx::insert_all`] puts rows.
pub struct Insert {
    /// `INSERT INTO table (columns)`.
    pub head: &'static str,
    /// How many columns.
    pub columns: usize,
    /// What follows the values, such as `ON CONFLICT DO NOTHING`.
    pub tail: &'static str,
}

impl Insert {
    /// The statement for so many rows. SQLite finds numbered placeholders by searching all
    /// of them, so there they have no numbers.
    fn sql(&self, rows: usize, is_numbered: bool) -> String {
        let row = |n: usize| {
            let places = (1..=self.columns).map(|at| match is_numbered {
                true => format!("${}", n * self.columns + at),
                false => "?".to_owned(),
            });
            format!("({})", places.collect::<Vec<_>>().join(", "))
        };
        let rows: Vec<_> = match is_numbered {
            true => (0..rows).map(row).collect(),
            false => vec![row(0); rows],
        };
        format!("{} VALUES {} {}", self.head, rows.join(", "), self.tail)
    }
}

pub(super) enum Driver {
    SqliteRead(SqliteReader),
    Sqlite(Turn),
    PostgresRead(PostgresReader),
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

impl Tx {
    pub(super) fn new(driver: Driver, store: Store) -> Self {
        let now = store.now();
        Self {
            driver,
            store,
            now,
            last_id: None,
            touched: BTreeSet::new(),
            origin: None,
        }
    }

    /// The moment this work happens.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The request this work is done for, if any.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_deref()
    }

    /// Names the request this work is done for.
    pub fn set_origin(&mut self, origin: Arc<Origin>) {
        self.origin = Some(origin);
    }

    /// A fresh id; the ids of one unit of work sort in the order they were made.
    pub fn id<K>(&mut self) -> Id<K> {
        let next = match self.last_id {
            Some(last) => last + 1,
            None => {
                let mut random = [0; 10];
                self.store.random().fill(&mut random);
                random[2] &= 0x1f; // room to count up
                let millis = u64::try_from(self.now.millis()).unwrap_or(0);
                uuid::Builder::from_unix_timestamp_millis(millis, &random)
                    .into_uuid()
                    .as_u128()
            }
        };
        self.last_id = Some(next);
        Id::from_uuid(Uuid::from_u128(next))
    }

    /// A fresh secret of 256 random bits behind `prefix`.
    pub fn secret(&self, prefix: &str) -> Secret {
        Secret::random(prefix, self.store.random())
    }

    /// The source of randomness.
    pub fn random(&self) -> &dyn Random {
        self.store.random()
    }

    /// Says that this work changes rows of `topic`, so that nothing read before
    /// its commit is kept in memory after it.
    pub fn touch(&mut self, topic: Topic) {
        self.touched.insert(topic);
    }

    /// Starts a statement.
    pub fn query(&mut self, sql: &'static str) -> Query<'_> {
        Query::new(self, Cow::Borrowed(sql))
    }

    /// Starts a statement that is put together from `parts`: for lists whose filters and
    /// order the caller chooses.
    pub fn query_of(&mut self, parts: &[&'static str]) -> Query<'_> {
        Query::new(self, Cow::Owned(parts.concat()))
    }

    /// Starts the one of two statements that this database understands: for the rare
    /// thing that has no shared form.
    pub fn query_per_database(
        &mut self,
        sqlite: &'static str,
        postgres: &'static str,
    ) -> Query<'_> {
        let sql = match self.driver {
            Driver::Sqlite(_) | Driver::SqliteRead(_) => sqlite,
            Driver::Postgres(_) | Driver::PostgresRead(_) => postgres,
        };
        Query::new(self, Cow::Borrowed(sql))
    }

    /// Inserts rows, many in one statement: what a statement costs is mostly its way to the
    /// database. `bind` gives one row's values in the order of the table's columns. Says how
    /// many were inserted.
    ///
    /// # Errors
    /// As [`Query::run`].
    pub async fn insert_all<R>(
        &mut self,
        into: &Insert,
        mut rows: impl ExactSizeIterator<Item = R>,
        bind: for<'t> fn(R, Query<'t>) -> Query<'t>,
    ) -> Result<u64, StoreError> {
        let mut inserted = 0;
        // Few sizes, so that the statements are prepared once.
        while let Some(size) = [128, 16, 4, 1].into_iter().find(|n| *n <= rows.len()) {
            let is_numbered = matches!(self.driver, Driver::Postgres(_));
            let mut query = Query::new(self, Cow::Owned(into.sql(size, is_numbered)));
            query.reserve(size * into.columns);
            inserted += rows
                .by_ref()
                .take(size)
                .fold(query, |query, row| bind(row, query))
                .run()
                .await?;
        }
        Ok(inserted)
    }

    /// Makes the work last. When this returns, a power cut cannot undo it.
    ///
    /// # Errors
    /// The database is away; the work may or may not have been done.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        let mut versions = Vec::new();
        for topic in std::mem::take(&mut self.touched) {
            let (version,): (i64,) = self
                .query("UPDATE change_marks SET version = version + 1 WHERE topic = $1 RETURNING version")
                .bind(topic.name())
                .one()
                .await?;
            versions.push((topic, version));
        }
        match self.driver {
            Driver::SqliteRead(_) | Driver::PostgresRead(_) => {}
            Driver::Sqlite(turn) => turn.commit().await?,
            Driver::Postgres(tx) => tx.commit().await?,
        }
        for (topic, version) in versions {
            self.store.changes().moved(topic, version);
        }
        Ok(())
    }
}
