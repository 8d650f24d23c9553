//! What may be asked of the directory, page by page.
use super::{Hcp, HcpType, Status};
use crate::id::{DatabaseId, HcpId};

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

/// Which page of a directory.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The directory.
    pub database: DatabaseId,
    /// Which of its HCPs.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// [`Place::key`] of what the page before names; empty for the first page.
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
    #[sqlx(flatten)]
    pub(super) place: Place,
}

/// HCPs of a list. There may be fewer than asked for, though others follow: a search that
/// finds few among very many stops to say how far it has looked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// In their order.
    pub hcps: Vec<Listed>,
    /// What the next page starts after. `None` when no others follow.
    pub next: Option<Place>,
}

/// An HCP's place in a list.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Place {
    /// Its number in its database.
    pub(super) number: i64,
    pub(super) sort_name: String,
}

impl Place {
    /// The HCP's number in its database, from which [`place`](super::place) finds it again
    /// without its name.
    pub fn number(&self) -> i64 {
        self.number
    }

    /// What names it in a list of this order.
    pub fn key(&self, sort: Sort) -> String {
        format!("{} {} {}", sort.name(), self.number, self.sort_name)
    }
}

impl Listed {
    /// Where it stands.
    pub fn place(&self) -> &Place {
        &self.place
    }
}

/// Why there is no page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListRefusal {
    /// It starts after a key of another order.
    OtherOrder,
    /// It searches for less than two letters.
    TooShort,
}
