//! The directory, page by page.
//!
//! Each statement is put together from parts that stand here, so that every list has an index
//! to itself, and a page starts where the one before ended. What is looked for among few is
//! read and sorted. Else a list is read in its order, which one of the filters or one of the
//! words keeps, and what does not fit is dropped; if too little fits, the page ends early and
//! says how far it looked. So no question costs more than another, however large a
//! directory is and whatever is in it.
use super::{
    HcpType, ListRefusal, Listed, Listing, Page, Place, Sort, Status,
    search::{MOST_TERMS, Range, Search},
};
use crate::{
    clock::Timestamp,
    id::{DatabaseId, HcpId},
    store::{Query, StoreError, Tx},
};

/// Most HCPs that are read to sort them.
const FEW: i64 = 1000;
/// How many HCPs of a list are looked at, where those that a page holds do not fill it, and how
/// many then.
const LOOKS: [i64; 2] = [200, 800];

/// `$1` is now, `$2` the database.
const HEAD: &str = "SELECT h.*,
   (SELECT COUNT(*) FROM hcp_tokens t WHERE t.hcp_id = h.id AND t.expires_at > $1) AS active_tokens,
   (SELECT COUNT(*) FROM hcp_keys k WHERE k.hcp_id = h.id) AS keys,
   (SELECT p.name FROM hcps p WHERE p.id = h.parent_id) AS parent_name
 FROM (";

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
    let one = "SELECT * FROM hcps WHERE database_id = $2 AND id = $3) h";
    tx.query_of(&[HEAD, one])
        .bind(now)
        .bind(database)
        .bind(id)
        .optional()
        .await
}

/// Where the HCP with this number stands. `None` when there is none in the database.
///
/// # Errors
/// The database is away.
pub async fn place(
    tx: &mut Tx,
    database: DatabaseId,
    number: i64,
) -> Result<Option<Place>, StoreError> {
    tx.query("SELECT number, sort_name FROM hcps WHERE database_id = $1 AND number = $2")
        .bind(database)
        .bind(number)
        .optional()
        .await
}

/// Where HCPs are looked for.
enum Source {
    /// In these ranges of lists, which hold few.
    Few([Range; 2]),
    /// In a list in the order of names.
    List(String),
    /// Among all that one of the filters finds.
    Filtered,
}

/// A question, ready to be asked from one place on and then from another.
struct Asked<'a> {
    now: Timestamp,
    listing: &'a Listing,
    search: Option<Search>,
    source: Source,
}

/// The page.
///
/// # Errors
/// The database is away.
pub async fn page(tx: &mut Tx, listing: &Listing) -> Result<Result<Page, ListRefusal>, StoreError> {
    let Some(start) = start(listing) else {
        return Ok(Err(ListRefusal::OtherOrder));
    };
    let text = listing.filter.text.as_deref().unwrap_or_default().trim();
    if let Ok(id) = text.parse() {
        return only(tx, listing, id).await.map(Ok);
    }
    let search = Search::parse(text);
    if search.is_none() && !text.is_empty() {
        return Ok(Err(ListRefusal::TooShort));
    }
    let source = source(tx, listing, search.as_ref()).await?;
    let asked = Asked {
        now: tx.now(),
        listing,
        search,
        source,
    };
    asked.page(tx, start).await.map(Ok)
}

/// Where the page starts; `None` when its key is of another order.
fn start(listing: &Listing) -> Option<Option<Place>> {
    if listing.after.is_empty() {
        return Some(None);
    }
    let mut parts = listing.after.splitn(3, ' ');
    let is_same = parts.next() == Some(listing.sort.name());
    let (number, sort_name) = (parts.next()?.parse().ok()?, parts.next()?.to_owned());
    is_same.then_some(Some(Place { number, sort_name }))
}

/// The page of the one HCP whose id is looked for.
async fn only(tx: &mut Tx, listing: &Listing, id: HcpId) -> Result<Page, StoreError> {
    let filter = &listing.filter;
    let found = get(tx, listing.database, id).await?;
    let fits = |found: &Listed| {
        let hcp = &found.hcp;
        listing.after.is_empty()
            && filter.kind.is_none_or(|kind| hcp.kind == kind)
            && filter.status.is_none_or(|status| hcp.status == status)
            && filter.parent.is_none_or(|id| hcp.parent_id == Some(id))
    };
    Ok(Page {
        hcps: found.into_iter().filter(fits).collect(),
        next: None,
    })
}

/// Where to look for what is asked.
async fn source(
    tx: &mut Tx,
    listing: &Listing,
    search: Option<&Search>,
) -> Result<Source, StoreError> {
    let filter = &listing.filter;
    let Some(search) = search else {
        return Ok(Source::Filtered);
    };
    for ranges in search.ranges(filter.kind) {
        if are_few(tx, listing.database, &ranges).await? {
            return Ok(Source::Few(ranges));
        }
    }
    let is_by_name = matches!(listing.sort, Sort::Name | Sort::NameDown);
    let is_narrow = filter.parent.is_some() || filter.status == Some(Status::Disabled);
    Ok(match search.list(filter.kind) {
        Some(list) if is_by_name && !is_narrow => Source::List(list),
        _ => Source::Filtered,
    })
}

async fn are_few(
    tx: &mut Tx,
    database: DatabaseId,
    [one, other]: &[Range; 2],
) -> Result<bool, StoreError> {
    let (count,): (i64,) = tx
        .query(
            "SELECT COUNT(*) FROM (
               SELECT 1 FROM (SELECT 1 FROM hcp_lists
                 WHERE directory = (SELECT directory FROM hcp_numbers WHERE database_id = $1)
                   AND list BETWEEN $2 AND $3 LIMIT $6) a
               UNION ALL SELECT 1 FROM (SELECT 1 FROM hcp_lists
                 WHERE directory = (SELECT directory FROM hcp_numbers WHERE database_id = $1)
                   AND list BETWEEN $4 AND $5 LIMIT $6) b) w",
        )
        .bind(database)
        .bind(one.from.clone())
        .bind(one.to.clone())
        .bind(other.from.clone())
        .bind(other.to.clone())
        .bind(FEW + 1)
        .one()
        .await?;
    Ok(count <= FEW)
}

/// Those in few lists: `$6` to `$7`, and `$13` to `$14`. What is tested comes after the limit,
/// so that no database begins with it.
const FEW_OF: &str = "SELECT hcps.* FROM (
   SELECT hcp FROM hcp_lists
   WHERE directory = (SELECT directory FROM hcp_numbers WHERE database_id = $2)
     AND list BETWEEN $6 AND $7
   UNION SELECT hcp FROM hcp_lists
   WHERE directory = (SELECT directory FROM hcp_numbers WHERE database_id = $2)
     AND list BETWEEN $13 AND $14
   LIMIT 1001) c CROSS JOIN hcps WHERE hcps.database_id = $2 AND hcps.number = c.hcp LIMIT 1001";
/// Those in the list `$6`.
const LIST: &str = "SELECT number, sort_name
 FROM (SELECT directory, list, sort_name, hcp AS number FROM hcp_lists) l
 WHERE directory = (SELECT directory FROM hcp_numbers WHERE database_id = $2)
   AND list = $6 AND $5 IS NULL";
const BELOW: &str = "SELECT * FROM hcps WHERE parent_id = $5 AND $2 <> $6";
const DISABLED: &str =
    "SELECT * FROM hcps WHERE database_id = $2 AND status = 'disabled' AND $5 IS NULL AND $6 = ''";
const PROFESSIONALS: &str = "SELECT * FROM hcps WHERE database_id = $2 AND type = 'professional' AND $5 IS NULL AND $6 = ''";
const ORGANIZATIONS: &str = "SELECT * FROM hcps WHERE database_id = $2 AND type = 'organization' AND $5 IS NULL AND $6 = ''";
const EVERYBODY: &str = "SELECT * FROM hcps WHERE database_id = $2 AND $5 IS NULL AND $6 = ''";

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

const fn parent_part(parent: Option<HcpId>) -> &'static str {
    match parent {
        None => " AND $5 IS NULL",
        Some(_) => " AND parent_id = $5",
    }
}

/// From which place on: behind the name `$3` and the number `$4`.
const fn start_part(sort: Sort, from: Option<&Place>) -> &'static str {
    match (from, sort) {
        (None, _) => " AND $3 IS NOT NULL AND $4 IS NOT NULL",
        (_, Sort::Name) => " AND (sort_name, number) > ($3, $4)",
        (_, Sort::NameDown) => " AND (sort_name, number) < ($3, $4)",
        (_, Sort::Age) => " AND number > $4 AND $3 IS NOT NULL",
        (_, Sort::AgeDown) => " AND number < $4 AND $3 IS NOT NULL",
    }
}

const fn order_part(sort: Sort) -> &'static str {
    match sort {
        Sort::Name => " ORDER BY sort_name, number",
        Sort::NameDown => " ORDER BY sort_name DESC, number DESC",
        Sort::Age => " ORDER BY number",
        Sort::AgeDown => " ORDER BY number DESC",
    }
}

impl Asked<'_> {
    async fn page(&self, tx: &mut Tx, start: Option<Place>) -> Result<Page, StoreError> {
        let most = usize::try_from(self.listing.limit).unwrap_or(usize::MAX);
        let mut page = Page {
            hcps: Vec::new(),
            next: start,
        };
        for looks in [self.listing.limit + 1, LOOKS[0], LOOKS[1]] {
            page.hcps
                .extend(self.find(tx, page.next.as_ref(), looks).await?);
            if page.hcps.len() > most {
                page.hcps.truncate(most);
                page.next = page.hcps.last().map(Listed::place).cloned();
                return Ok(page);
            }
            page.next = self.looked_up_to(tx, page.next.as_ref(), looks).await?;
            if page.next.is_none() {
                return Ok(page);
            }
        }
        Ok(page)
    }

    /// What fits among the next `looks` HCPs, one more than the page holds at most.
    async fn find(
        &self,
        tx: &mut Tx,
        from: Option<&Place>,
        looks: i64,
    ) -> Result<Vec<Listed>, StoreError> {
        let filter = &self.listing.filter;
        let order = order_part(self.listing.sort);
        let mut parts = vec![HEAD, "SELECT * FROM ("];
        match self.source {
            Source::Few(_) => parts.push(FEW_OF),
            Source::List(_) => {
                parts.push("SELECT hcps.* FROM (");
                parts.extend(self.looked_at(from));
                parts.push(
                    " LIMIT $7) c CROSS JOIN hcps
                 WHERE hcps.database_id = $2 AND hcps.number = c.number LIMIT $7",
                );
            }
            Source::Filtered => parts.extend(self.looked_at(from).chain([" LIMIT $7"])),
        }
        parts.extend([") d WHERE database_id = $2", kind_part(filter.kind)]);
        parts.extend([
            status_part(filter.status),
            parent_part(filter.parent),
            self.words_part(),
        ]);
        if matches!(self.source, Source::Few(_)) {
            parts.push(start_part(self.listing.sort, from));
        }
        parts.extend([order, " LIMIT $8) h", order]);
        let patterns = self.search.as_ref().map(Search::patterns);
        let mut patterns = patterns.unwrap_or_default();
        patterns.resize(MOST_TERMS, "%".to_owned());
        let query = self
            .bind(tx.query_of(&parts), from, looks)
            .bind(self.listing.limit + 1);
        let query = patterns.into_iter().fold(query, Query::bind);
        match &self.source {
            Source::Few([_, other]) => {
                let query = query.bind(other.from.clone());
                query.bind(other.to.clone()).all().await
            }
            _ => query.all().await,
        }
    }

    /// The last of the next `looks` HCPs. `None` when no others follow.
    async fn looked_up_to(
        &self,
        tx: &mut Tx,
        from: Option<&Place>,
        looks: i64,
    ) -> Result<Option<Place>, StoreError> {
        if matches!(self.source, Source::Few(_)) {
            return Ok(None);
        }
        let mut parts = vec!["SELECT number, sort_name FROM ("];
        parts.extend(self.looked_at(from));
        parts.push(" LIMIT 2 OFFSET $7) c WHERE $1 IS NOT NULL");
        parts.push(order_part(self.listing.sort));
        let query = self.bind(tx.query_of(&parts), from, looks - 1);
        let places: Vec<Place> = query.all().await?;
        let is_more = places.len() > 1;
        Ok(places.into_iter().next().filter(|_| is_more))
    }

    /// `$1` to `$7`.
    fn bind<'t>(&self, query: Query<'t>, from: Option<&Place>, looks: i64) -> Query<'t> {
        let query = query
            .bind(self.now)
            .bind(self.listing.database)
            .bind(from.map_or_else(String::new, |place| place.sort_name.clone()))
            .bind(from.map_or(0, |place| place.number))
            .bind(self.listing.filter.parent);
        match &self.source {
            Source::Few([range, _]) => query.bind(range.from.clone()).bind(range.to.clone()),
            Source::List(list) => query.bind(list.clone()).bind(looks),
            Source::Filtered => query.bind(String::new()).bind(looks),
        }
    }

    /// The list that is looked through, from a place on.
    fn looked_at(&self, from: Option<&Place>) -> impl Iterator<Item = &'static str> + use<> {
        let filter = &self.listing.filter;
        let list = match self.source {
            Source::List(_) => LIST,
            _ if filter.parent.is_some() => BELOW,
            _ if filter.status == Some(Status::Disabled) => DISABLED,
            _ => match filter.kind {
                Some(HcpType::Professional) => PROFESSIONALS,
                Some(HcpType::Organization) => ORGANIZATIONS,
                None => EVERYBODY,
            },
        };
        let sort = self.listing.sort;
        [list, start_part(sort, from), order_part(sort)].into_iter()
    }

    /// `$9` to `$12`.
    fn words_part(&self) -> &'static str {
        match self.search {
            None => " AND $9 = $10 AND $11 = $12",
            Some(Search::Phone(_)) => " AND (words LIKE $9 OR words LIKE $10) AND $11 = $12",
            Some(Search::Words(_)) => {
                " AND words LIKE $9 AND words LIKE $10 AND words LIKE $11 AND words LIKE $12"
            }
        }
    }
}
