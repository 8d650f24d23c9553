//! The directory, page by page.
//!
//! Each statement is put together from parts that stand here, so that every filter has an
//! index to itself, and a page starts where the one before ended. A search that finds few
//! reads those and sorts them; one that finds many reads the list in its order and drops
//! what does not fit, so that neither reads all of a large directory.
use super::{
    Hcp, HcpType, Status,
    words::{MOST_TERMS, Search},
};
use crate::{
    clock::Timestamp,
    id::{DatabaseId, HcpId},
    store::{Query, StoreError, Tx},
};

/// In which order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// By name, last name first.
    #[default]
    Name,
    /// By name, from the end.
    NameDown,
    /// Oldest first.
    Age,
    /// Newest first.
    AgeDown,
}

impl Sort {
    const NAMES: [(Self, &'static str); 4] = [
        (Self::Name, "name"),
        (Self::NameDown, "-name"),
        (Self::Age, "created_at"),
        (Self::AgeDown, "-created_at"),
    ];

    /// Reads `name`, `-name`, `created_at` or `-created_at`.
    pub fn parse(name: &str) -> Option<Self> {
        let known = Self::NAMES.into_iter().find(|(_, known)| *known == name);
        known.map(|(sort, _)| sort)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        let known = Self::NAMES.into_iter().find(|(sort, _)| *sort == self);
        known.map_or("name", |(_, name)| name)
    }
}

/// Which HCPs.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// What their names, e-mail address or phone number begin with, or an id.
    pub text: Option<String>,
    /// What they are.
    pub kind: Option<HcpType>,
    /// Whether they may be used.
    pub status: Option<Status>,
    /// What stands above them.
    pub parent: Option<HcpId>,
}

/// A page of a directory.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The directory.
    pub database: DatabaseId,
    /// Which of its HCPs.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// [`Listed::key`] of the last one of the page before; empty for the first page.
    pub after: String,
    /// Most HCPs on it.
    pub limit: i64,
}

/// An HCP of a list, with what is counted.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Listed {
    /// The HCP.
    #[sqlx(flatten)]
    pub hcp: Hcp,
    /// Its tokens that have not expired.
    pub active_tokens: i64,
    /// Its public keys.
    pub keys: i64,
    /// The name of the organization above it.
    pub parent_name: Option<String>,
    sort_name: String,
}

impl Listed {
    /// What the next page starts after.
    pub fn key(&self, sort: Sort) -> String {
        format!("{} {} {}", sort.name(), self.hcp.id, self.sort_name)
    }
}

/// Where a page starts: after this id, and in lists by name after this name, too.
struct After<'a> {
    id: &'a str,
    name: &'a str,
}

impl<'a> After<'a> {
    /// `None` when the key is of another order.
    fn parse(sort: Sort, key: &'a str) -> Option<Self> {
        if key.is_empty() {
            return Some(Self { id: "", name: "" });
        }
        let mut parts = key.splitn(3, ' ');
        let is_same = parts.next() == Some(sort.name());
        let (id, name) = (parts.next()?, parts.next()?);
        is_same.then_some(Self { id, name })
    }
}

/// Most HCPs that a search reads to sort them.
const FEW: i64 = 5000;

/// `$1` is now, `$2` the database.
const HEAD: &str = "SELECT h.*,
   (SELECT COUNT(*) FROM hcp_tokens t WHERE t.hcp_id = h.id AND t.expires_at > $1) AS active_tokens,
   (SELECT COUNT(*) FROM hcp_keys k WHERE k.hcp_id = h.id) AS keys,
   (SELECT p.name FROM hcps p WHERE p.id = h.parent_id) AS parent_name
 FROM (";
const ALL: &str = "SELECT * FROM hcps WHERE database_id = $2";
/// Around [`ALL`] and its filters, where they find few.
const FEW_FIRST: (&str, &str) = (
    "WITH found AS MATERIALIZED (",
    ") SELECT * FROM found WHERE database_id = $2",
);

/// The HCP of the database, with what is counted.
///
/// # Errors
/// The database is away.
pub async fn get(
    tx: &mut Tx,
    database: DatabaseId,
    id: HcpId,
) -> Result<Option<Listed>, StoreError> {
    let now = tx.now();
    tx.query_of(&[HEAD, ALL, " AND id = $3) h"])
        .bind(now)
        .bind(database)
        .bind(id)
        .optional()
        .await
}

/// Why there is no page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListRefusal {
    /// It starts after a key of another order.
    OtherOrder,
    /// It searches for less than two letters.
    TooShort,
}

/// The page.
///
/// # Errors
/// The database is away.
pub async fn page(
    tx: &mut Tx,
    listing: &Listing,
) -> Result<Result<Vec<Listed>, ListRefusal>, StoreError> {
    let Some(after) = After::parse(listing.sort, &listing.after) else {
        return Ok(Err(ListRefusal::OtherOrder));
    };
    let filter = &listing.filter;
    let text = filter.text.as_deref().map(str::trim);
    let id = text.and_then(|text| text.parse::<HcpId>().ok());
    let search = match (text, id) {
        (Some(text), None) if !text.is_empty() => match Search::parse(text) {
            None => return Ok(Err(ListRefusal::TooShort)),
            found => found,
        },
        _ => None,
    };
    let is_few = match &search {
        Some(search) => finds_few(tx, listing.database, search).await?,
        None => false,
    };
    let (before, after_filters) = if is_few { FEW_FIRST } else { ("", "") };
    let mut parts = vec![HEAD, before, ALL];
    parts.push(kind_part(filter.kind));
    parts.push(status_part(filter.status));
    parts.push(either(
        filter.parent.is_some(),
        " AND parent_id = $6",
        " AND $6 IS NULL",
    ));
    parts.push(either(id.is_some(), " AND id = $7", " AND $7 IS NULL"));
    parts.extend_from_slice(search_parts(search.as_ref()));
    let is_first = listing.after.is_empty();
    let (from, order, outer) = order_parts(listing.sort, is_first);
    parts.extend([after_filters, from, order, " LIMIT $5) h", outer]);
    let query = tx_now(tx, &parts)
        .bind(listing.database)
        .bind(after.name)
        .bind(after.id)
        .bind(listing.limit)
        .bind(filter.parent)
        .bind(id);
    let found = bind_search(query, search.as_ref());
    found.all().await.map(Ok)
}

/// Whether the word that narrows the most is that of few.
async fn finds_few(tx: &mut Tx, database: DatabaseId, search: &Search) -> Result<bool, StoreError> {
    let range = match search {
        Search::Phone(..) => return Ok(true),
        Search::Words(ranges) => ranges.first(),
    };
    let Some(range) = range else {
        return Ok(true);
    };
    let (count,): (i64,) = tx
        .query(
            "SELECT COUNT(*) FROM (SELECT 1 FROM hcp_words
             WHERE database_id = $1 AND word >= $2 AND word < $3 LIMIT $4) w",
        )
        .bind(database)
        .bind(range.from.clone())
        .bind(range.before.clone())
        .bind(FEW + 1)
        .one()
        .await?;
    Ok(count <= FEW)
}

fn tx_now<'t>(tx: &'t mut Tx, parts: &[&'static str]) -> Query<'t> {
    let now: Timestamp = tx.now();
    tx.query_of(parts).bind(now)
}

const fn either(is_it: bool, yes: &'static str, no: &'static str) -> &'static str {
    if is_it { yes } else { no }
}

const fn kind_part(kind: Option<HcpType>) -> &'static str {
    match kind {
        None => "",
        Some(HcpType::Professional) => " AND type = 'professional'",
        Some(HcpType::Organization) => " AND type = 'organization'",
    }
}

const fn status_part(status: Option<Status>) -> &'static str {
    match status {
        None => "",
        Some(Status::Active) => " AND status = 'active'",
        Some(Status::Disabled) => " AND status = 'disabled'",
    }
}

/// Where the page starts (`$3` a name, `$4` an id), and its order within and without.
const fn order_parts(sort: Sort, is_first: bool) -> (&'static str, &'static str, &'static str) {
    let from = match (is_first, sort) {
        (true, _) => " AND $3 = $4",
        (_, Sort::Name) => " AND (sort_name, id) > ($3, $4)",
        (_, Sort::NameDown) => " AND (sort_name, id) < ($3, $4)",
        (_, Sort::Age) => " AND id > $4 AND $3 IS NOT NULL",
        (_, Sort::AgeDown) => " AND id < $4 AND $3 IS NOT NULL",
    };
    let (order, outer) = match sort {
        Sort::Name => (" ORDER BY sort_name, id", " ORDER BY h.sort_name, h.id"),
        Sort::NameDown => (
            " ORDER BY sort_name DESC, id DESC",
            " ORDER BY h.sort_name DESC, h.id DESC",
        ),
        Sort::Age => (" ORDER BY id", " ORDER BY h.id"),
        Sort::AgeDown => (" ORDER BY id DESC", " ORDER BY h.id DESC"),
    };
    (from, order, outer)
}

/// One part per word, from `$8` on.
const WORDS: [&str; MOST_TERMS] = [
    " AND id IN (SELECT hcp_id FROM hcp_words WHERE database_id = $2 AND word >= $8 AND word < $9)",
    " AND EXISTS (SELECT 1 FROM hcp_words w WHERE w.hcp_id = hcps.id AND w.word >= $10 AND w.word < $11)",
    " AND EXISTS (SELECT 1 FROM hcp_words w WHERE w.hcp_id = hcps.id AND w.word >= $12 AND w.word < $13)",
    " AND EXISTS (SELECT 1 FROM hcp_words w WHERE w.hcp_id = hcps.id AND w.word >= $14 AND w.word < $15)",
];

const PHONE: [&str; 1] = [
    " AND id IN (SELECT hcp_id FROM hcp_words WHERE database_id = $2 AND word >= $8 AND word < $9
      UNION SELECT hcp_id FROM hcp_words WHERE database_id = $2 AND word >= $10 AND word < $11)",
];

fn search_parts(search: Option<&Search>) -> &'static [&'static str] {
    match search {
        None => &[],
        Some(Search::Phone(..)) => &PHONE,
        Some(Search::Words(ranges)) => &WORDS[..ranges.len().min(MOST_TERMS)],
    }
}

fn bind_search<'t>(query: Query<'t>, search: Option<&Search>) -> Query<'t> {
    let ranges: Vec<_> = match search {
        None => Vec::new(),
        Some(Search::Phone(beginning, end)) => vec![beginning, end],
        Some(Search::Words(ranges)) => ranges.iter().collect(),
    };
    ranges.into_iter().fold(query, |query, range| {
        query.bind(range.from.clone()).bind(range.before.clone())
    })
}
