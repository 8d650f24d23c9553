//! The directory, page by page.
//!
//! Each statement is put together from parts that stand here, so that every filter has an
//! index to itself, and a page starts where the one before ended. A search that finds few
//! reads those and sorts them. One that finds many reads the first of them from the index of
//! words, which knows the order, and more only where a second word or a filter leaves too few.
//! Where a filter leaves few by itself, such as an organization above, its list is read in
//! order and what does not fit is dropped. None reads all of a large directory.
use super::{
    HcpType, ListRefusal, Listed, Listing, Sort, Status,
    words::{MOST_TERMS, Search},
};
use crate::{
    clock::Timestamp,
    id::{DatabaseId, HcpId},
    store::{Query, StoreError, Tx},
};

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

/// Most HCPs that a search reads to sort them, without a look at how many there are.
const FEW: i64 = 1000;
/// How many words of a frequent kind are read for each HCP of the page.
const EACH: i64 = 40;

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

/// How the HCPs are found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// In their order.
    InOrder,
    /// All that have the first word, then sorted.
    AllOfWord,
    /// The first of those that have the first word: so many words are read.
    FirstOfWord(i64),
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
    let text = listing.filter.text.as_deref().map(str::trim);
    let id = text.and_then(|text| text.parse::<HcpId>().ok());
    let search = match (text, id) {
        (Some(text), None) if !text.is_empty() => match Search::parse(text) {
            None => return Ok(Err(ListRefusal::TooShort)),
            found => found,
        },
        _ => None,
    };
    let wanted = (&after, id, search.as_ref());
    let way = match &search {
        Some(search) => way(tx, listing, search).await?,
        None => Way::InOrder,
    };
    let found = find(tx, listing, wanted, way).await?;
    let is_short = found.len() < usize::try_from(listing.limit).unwrap_or(usize::MAX);
    match way {
        // What was read first does not fit: the rest is looked at.
        Way::FirstOfWord(_) if is_short => {
            let all = find(tx, listing, wanted, Way::AllOfWord).await?;
            Ok(Ok(all))
        }
        _ => Ok(Ok(found)),
    }
}

async fn find(
    tx: &mut Tx,
    listing: &Listing,
    (after, id, search): (&After<'_>, Option<HcpId>, Option<&Search>),
    way: Way,
) -> Result<Vec<Listed>, StoreError> {
    let filter = &listing.filter;
    let (before, after_filters) = match way {
        Way::InOrder => ("", ""),
        Way::AllOfWord | Way::FirstOfWord(_) => FEW_FIRST,
    };
    let mut parts = vec![HEAD, before, ALL];
    parts.push(kind_part(filter.kind));
    parts.push(status_part(filter.status));
    parts.push(either(
        filter.parent.is_some(),
        " AND parent_id = $6",
        " AND $6 IS NULL",
    ));
    parts.push(either(id.is_some(), " AND id = $7", " AND $7 IS NULL"));
    let is_first = listing.after.is_empty();
    parts.extend(search_parts(search, way, (listing.sort, is_first)));
    let (from, order, outer) = order_parts(listing.sort, is_first);
    parts.extend([after_filters, from, order, " LIMIT $5) h", outer]);
    let query = tx_now(tx, &parts)
        .bind(listing.database)
        .bind(after.name)
        .bind(after.id)
        .bind(listing.limit)
        .bind(filter.parent)
        .bind(id);
    let query = bind_search(query, search);
    match way {
        Way::FirstOfWord(most) => query.bind(most).all().await,
        _ => query.all().await,
    }
}

/// How to find what is searched for.
async fn way(tx: &mut Tx, listing: &Listing, search: &Search) -> Result<Way, StoreError> {
    let filter = &listing.filter;
    if finds_few(tx, listing.database, search).await? {
        return Ok(Way::AllOfWord);
    }
    let is_narrow = filter.parent.is_some()
        || filter.kind == Some(HcpType::Organization)
        || filter.status == Some(Status::Disabled);
    Ok(match is_narrow {
        true => Way::InOrder,
        false => Way::FirstOfWord(listing.limit.saturating_mul(EACH)),
    })
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
    " AND EXISTS (SELECT 1 FROM hcp_words w WHERE w.hcp_id = hcps.id AND w.word >= $8 AND w.word < $9)",
    " AND EXISTS (SELECT 1 FROM hcp_words w WHERE w.hcp_id = hcps.id AND w.word >= $10 AND w.word < $11)",
    " AND EXISTS (SELECT 1 FROM hcp_words w WHERE w.hcp_id = hcps.id AND w.word >= $12 AND w.word < $13)",
    " AND EXISTS (SELECT 1 FROM hcp_words w WHERE w.hcp_id = hcps.id AND w.word >= $14 AND w.word < $15)",
];

/// Those with the first word, all of them.
const OF_WORD: &str =
    " AND id IN (SELECT hcp_id FROM hcp_words WHERE database_id = $2 AND word >= $8 AND word < $9)";

/// Those with the first word, the first of them in the list's order: from where the page
/// starts, in which order, and how many.
const FIRST_OF_WORD: &str = " AND id IN (SELECT hcp_id FROM (SELECT w.hcp_id FROM hcp_words w
  WHERE w.database_id = $2 AND w.word >= $8 AND w.word < $9";

/// Behind the words of a search with so many, the number of words that are read.
const MOST_READ: [&str; MOST_TERMS] = [
    " LIMIT $10) first)",
    " LIMIT $12) first)",
    " LIMIT $14) first)",
    " LIMIT $16) first)",
];

const PHONE: &str =
    " AND id IN (SELECT hcp_id FROM hcp_words WHERE database_id = $2 AND word >= $8 AND word < $9
      UNION SELECT hcp_id FROM hcp_words WHERE database_id = $2 AND word >= $10 AND word < $11)";

/// Where words are read from and in which order, so that those of the page come first.
const fn words_order(sort: Sort, is_first: bool) -> (&'static str, &'static str) {
    let from = match (is_first, sort) {
        (true, _) => "",
        (_, Sort::Name) => " AND (w.sort_name, w.hcp_id) > ($3, $4)",
        (_, Sort::NameDown) => " AND (w.sort_name, w.hcp_id) < ($3, $4)",
        (_, Sort::Age) => " AND w.hcp_id > $4",
        (_, Sort::AgeDown) => " AND w.hcp_id < $4",
    };
    let order = match sort {
        Sort::Name => " ORDER BY w.sort_name, w.hcp_id",
        Sort::NameDown => " ORDER BY w.sort_name DESC, w.hcp_id DESC",
        Sort::Age => " ORDER BY w.hcp_id",
        Sort::AgeDown => " ORDER BY w.hcp_id DESC",
    };
    (from, order)
}

fn search_parts(search: Option<&Search>, way: Way, order: (Sort, bool)) -> Vec<&'static str> {
    let ranges = match search {
        None => return Vec::new(),
        Some(Search::Phone(..)) => return vec![PHONE],
        Some(Search::Words(ranges)) => ranges.len().min(MOST_TERMS),
    };
    let others = WORDS.iter().take(ranges).skip(1).copied();
    let mut parts = match way {
        Way::InOrder => vec![WORDS[0]],
        Way::AllOfWord => vec![OF_WORD],
        Way::FirstOfWord(_) => {
            let (from, order) = words_order(order.0, order.1);
            let most = MOST_READ[ranges.saturating_sub(1)];
            vec![FIRST_OF_WORD, from, order, most]
        }
    };
    parts.extend(others);
    parts
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
