//! Which organization is meant by what somebody typed: its id, or its name.
use super::{Filter, Hcp, HcpType, Listing, Sort, page, queries};
use crate::{
    folding::fold,
    id::{DatabaseId, HcpId},
    store::{StoreError, Tx},
};

/// Most organizations to choose from.
pub const MOST_CHOICES: usize = 20;

/// What was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParentChoice {
    /// Nothing was typed.
    Nobody,
    /// An id, or the name of one organization.
    One(HcpId),
    /// A name of several, or the beginning of names.
    Several(Vec<Hcp>),
    /// No organization is called so.
    Unknown,
}

/// The organization of the database that `typed` means. Only a whole name, whatever its case
/// and its accents, decides; a beginning offers what there is.
///
/// # Errors
/// The database is away.
pub async fn choose_parent(
    tx: &mut Tx,
    database: DatabaseId,
    typed: &str,
) -> Result<ParentChoice, StoreError> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(ParentChoice::Nobody);
    }
    if let Ok(id) = typed.parse() {
        return Ok(ParentChoice::One(id));
    }
    let same = queries::organizations_called(tx, database, &fold(typed), MOST_CHOICES).await?;
    match same.as_slice() {
        [] => beginning(tx, database, typed).await,
        [only] => Ok(ParentChoice::One(only.id)),
        _ => Ok(ParentChoice::Several(same)),
    }
}

async fn beginning(
    tx: &mut Tx,
    database: DatabaseId,
    typed: &str,
) -> Result<ParentChoice, StoreError> {
    let listing = Listing {
        database,
        filter: Filter {
            text: Some(typed.to_owned()),
            kind: Some(HcpType::Organization),
            ..Filter::default()
        },
        sort: Sort::Name,
        after: String::new(),
        limit: i64::try_from(MOST_CHOICES).unwrap_or(i64::MAX),
    };
    let found = page(tx, &listing).await?;
    let found = found.unwrap_or_default();
    let found: Vec<Hcp> = found.hcps.into_iter().map(|listed| listed.hcp).collect();
    Ok(match found.is_empty() {
        true => ParentChoice::Unknown,
        false => ParentChoice::Several(found),
    })
}
