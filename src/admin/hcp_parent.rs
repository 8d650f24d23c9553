//! The organization above an HCP, as forms ask for it: by its name or its id. Where a name is
//! that of several, or the beginning of one, the form comes back with a list to choose from.
use super::hcp_new::Typed;
use crate::{
    hcps::{self, Filter, Hcp, HcpType, Listing, ParentChoice, Sort},
    id::DatabaseId,
    store::{StoreError, Tx},
    web::{Faults, Texts},
};

/// Names that the field proposes while somebody types.
const PROPOSED: i64 = 50;

/// What the field for the organization above shows.
#[derive(Default)]
pub(super) struct Parents {
    /// Names to propose.
    pub(super) names: Vec<String>,
    /// What to choose from, once a name was not enough.
    pub(super) choices: Vec<Hcp>,
}

/// The field, with what there is to choose from.
///
/// # Errors
/// The database is away.
pub(super) async fn field(
    tx: &mut Tx,
    database: DatabaseId,
    choices: Vec<Hcp>,
) -> Result<Parents, StoreError> {
    let listing = Listing {
        database,
        filter: Filter {
            kind: Some(HcpType::Organization),
            ..Filter::default()
        },
        sort: Sort::Name,
        after: String::new(),
        limit: PROPOSED,
    };
    let found = hcps::page(tx, &listing).await?.unwrap_or_default();
    let names = found.hcps.into_iter().filter_map(|listed| listed.hcp.name);
    Ok(Parents {
        names: names.collect(),
        choices,
    })
}

/// What was typed, with the id of the organization that was meant in place of its name; else
/// what to choose from, and why in `faults`. The organization above `now` keeps its place when
/// its name stands there still.
///
/// # Errors
/// The database is away.
pub(super) async fn resolve(
    (tx, t): (&mut Tx, &Texts),
    database: DatabaseId,
    (typed, now): (&Typed, Option<&Hcp>),
    faults: &mut Faults,
) -> Result<(Typed, Vec<Hcp>), StoreError> {
    let mut meant = typed.clone();
    if !typed.parent_choice.is_empty() {
        meant.parent_id.clone_from(&typed.parent_choice);
        return Ok((meant, Vec::new()));
    }
    if let Some(now) = now.filter(|now| now.display_name() == typed.parent_id.trim()) {
        meant.parent_id = now.id.to_string();
        return Ok((meant, Vec::new()));
    }
    let mut choices = Vec::new();
    meant.parent_id = match hcps::choose_parent(tx, database, &typed.parent_id).await? {
        ParentChoice::One(id) => id.to_string(),
        ParentChoice::Nobody => String::new(),
        ParentChoice::Unknown => {
            faults.add("parent_id", t.get("fault-parent-name"));
            String::new()
        }
        ParentChoice::Several(found) => {
            faults.add("parent_choice", t.get("fault-parent-choose"));
            choices = found;
            String::new()
        }
    };
    Ok((meant, choices))
}
