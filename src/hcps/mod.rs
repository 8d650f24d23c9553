//! The directory: health care professionals and their organizations, in a tree.
//!
//! Owns `hcps`, `hcp_lists`, `hcp_numbers`, `hcp_creations`, `hcp_tokens` and `hcp_keys`. An
//! HCP is either a professional or an organization for good; its id is stable for life (I-33),
//! and its `version` counts its changes. A list is read from an index in any order and by any filter, so that a page of a
//! million HCPs costs what a page of ten does ([`Listing`]).
mod change;
mod choose_parent;
mod create;
mod delete;
mod delete_token;
mod details;
mod issue_token;
mod key_queries;
mod listing;
mod listing_queries;
mod lists_queries;
mod many;
mod many_queries;
mod private_material;
mod public_key;
mod queries;
mod recognise;
mod register_key;
mod remove_key;
mod search;
mod token_queries;
mod tree;
mod words;

use crate::{
    clock::Timestamp,
    grants::{self, Capacity, Ending, Group},
    id::{AccountId, DatabaseId, HcpId, OrganizationId},
    store::{StoreError, Tx},
};

pub use change::{Change, change};
pub use choose_parent::{MOST_CHOICES, ParentChoice, choose_parent};
pub use create::{Repeat, create, remember, repeated};
pub use delete::delete;
pub use delete_token::delete_token;
pub use details::{Details, Fault, Fit, LONGEST_NAME};
pub use issue_token::{HcpToken, NewToken, TokenRefusal, issue_token};
pub use key_queries::{key, keys};
pub use listing::{Filter, ListRefusal, Listed, Listing, Page, Place, Sort};
pub use listing_queries::{get, page, place};
pub use many::{create_many, delete_untouched};
pub use many_queries::{known_emails, known_types};
pub use private_material::holds_private;
pub use public_key::{ALG, Jwk, KeyFault, PublicKey};
pub use queries::{find, independent, link, of_account, parent_of};
pub use recognise::{LiveToken, is_token, live_token, note_use, recognise};
pub use register_key::{HcpKey, KeyRefusal, MOST_KEYS, register_key};
pub use remove_key::remove_key;
pub use token_queries::{token, tokens};
pub use tree::MOST_LEVELS;

/// What an HCP is; it never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
pub enum HcpType {
    /// Somebody who treats, cares or helps.
    Professional,
    /// A hospital, a practice, a department.
    Organization,
}

impl HcpType {
    /// Reads `professional` or `organization`.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "professional" => Some(Self::Professional),
            "organization" => Some(Self::Organization),
            _ => None,
        }
    }
}

/// Whether an HCP may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
pub enum Status {
    /// In use.
    Active,
    /// Its tokens and its capacity rest; everything is kept.
    Disabled,
}

impl Status {
    /// Reads `active` or `disabled`.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "active" => Some(Self::Active),
            "disabled" => Some(Self::Disabled),
            _ => None,
        }
    }
}

/// An entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Hcp {
    /// Its id, for life (I-33).
    pub id: HcpId,
    /// Its directory.
    pub database_id: DatabaseId,
    /// What it is.
    #[sqlx(rename = "type")]
    pub kind: HcpType,
    /// Of a professional.
    pub first_name: Option<String>,
    /// Of a professional.
    pub last_name: Option<String>,
    /// Of an organization.
    pub name: Option<String>,
    /// Normalised; unique in the database (I-31).
    pub email: Option<String>,
    /// E.164.
    pub phone: Option<String>,
    /// The organization above it (I-32).
    pub parent_id: Option<HcpId>,
    /// Whether it may be used.
    pub status: Status,
    /// The person who is this HCP, once linked.
    pub account_id: Option<AccountId>,
    /// How often it was changed, from 1: its ETag.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last signed in or used a token; noted at most once a minute.
    pub last_access_at: Option<Timestamp>,
}

impl Hcp {
    /// Ends what was granted to the person as this HCP, who stays an account.
    async fn end_capacity(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
    ) -> Result<(), StoreError> {
        let Some(account) = self.account_id else {
            return Ok(());
        };
        let capacity = Capacity::Hcp {
            account,
            hcp: self.id,
            organization,
        };
        grants::revoke_all(tx, &Group::In(capacity), Ending::RelationEnded).await?;
        Ok(())
    }

    /// Whether its person can be invited: it is in use, has an address, and nobody is linked.
    pub fn may_be_invited(&self) -> bool {
        self.status == Status::Active && self.account_id.is_none() && self.email.is_some()
    }

    /// The name that people see.
    pub fn display_name(&self) -> String {
        let parts = [&self.first_name, &self.last_name, &self.name];
        let parts: Vec<_> = parts.into_iter().flatten().map(String::as_str).collect();
        parts.join(" ")
    }
}

/// Why an HCP is not made, changed or deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Another HCP of the database has the e-mail address (I-31).
    EmailTaken,
    /// There is no such HCP in the database.
    UnknownParent,
    /// A professional is above nobody.
    ParentNotOrganization,
    /// It would be above itself.
    ParentCycle,
    /// The tree would have more than eight levels.
    TooDeep,
    /// Somebody else changed it meanwhile.
    Stale,
    /// Others stand below it (I-34).
    HasChildren,
    /// The person behind it is the organization's last OWNER (I-21).
    LastOwner,
}
