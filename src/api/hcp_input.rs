//! What is said of an HCP, in and out.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    json,
    problem::{FieldFault, Kind, Problem},
};
use crate::{
    clock::Timestamp,
    hcps::{self, Change, Details, Fault, Fit, HcpType, Listed, Refusal, Status},
    id::{DatabaseId, HcpId},
};

/// An HCP.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Hcp {
    #[schema(value_type = uuid::Uuid)]
    id: HcpId,
    #[schema(value_type = uuid::Uuid)]
    database_id: DatabaseId,
    /// `professional` or `organization`; it never changes.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: HcpType,
    first_name: Option<String>,
    last_name: Option<String>,
    /// Of an organization.
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    #[schema(value_type = Option<uuid::Uuid>)]
    parent_id: Option<HcpId>,
    /// `active` or `disabled`.
    #[schema(value_type = String)]
    status: Status,
    /// How often it was changed; its ETag.
    version: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_access_at: Option<Timestamp>,
    /// Its tokens that have not expired.
    active_tokens: i64,
    /// Whether it has a public key.
    enrolled: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Listed> for Hcp {
    fn from(listed: Listed) -> Self {
        let hcp = listed.hcp;
        Self {
            id: hcp.id,
            database_id: hcp.database_id,
            kind: hcp.kind,
            first_name: hcp.first_name,
            last_name: hcp.last_name,
            name: hcp.name,
            email: hcp.email,
            phone: hcp.phone,
            parent_id: hcp.parent_id,
            status: hcp.status,
            version: hcp.version,
            last_access_at: hcp.last_access_at,
            active_tokens: listed.active_tokens,
            enrolled: listed.keys > 0,
            created_at: hcp.created_at,
        }
    }
}

/// A new HCP. A professional needs first name, last name and e-mail address; an
/// organization a name.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HcpInput {
    /// `professional` or `organization`.
    #[serde(rename = "type")]
    kind: String,
    first_name: Option<String>,
    last_name: Option<String>,
    name: Option<String>,
    email: Option<String>,
    /// With the country: `+32 470 12 34 56`.
    phone: Option<String>,
    /// An organization of the same database.
    parent_id: Option<String>,
}

impl HcpInput {
    /// # Errors
    /// `validation`.
    pub(super) fn read(self) -> Result<Fit, Problem> {
        let kind = HcpType::parse(&self.kind).ok_or(Problem::field("type", "unknown"))?;
        let details = Details {
            first_name: self.first_name,
            last_name: self.last_name,
            name: self.name,
            email: self.email,
            phone: self.phone,
            parent_id: self.parent_id,
        };
        details.check(kind).map_err(|faults| invalid(&faults))
    }
}

/// What may be changed of an HCP; `null` empties a field, and what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HcpChange {
    /// Cannot be changed.
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "json::nullable")]
    #[schema(value_type = Option<String>)]
    first_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "json::nullable")]
    #[schema(value_type = Option<String>)]
    last_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "json::nullable")]
    #[schema(value_type = Option<String>)]
    name: Option<Option<String>>,
    #[serde(default, deserialize_with = "json::nullable")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    #[serde(default, deserialize_with = "json::nullable")]
    #[schema(value_type = Option<String>)]
    phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "json::nullable")]
    #[schema(value_type = Option<String>)]
    parent_id: Option<Option<String>>,
    /// `active` or `disabled`.
    status: Option<String>,
}

impl HcpChange {
    /// What `hcp` is to be.
    ///
    /// # Errors
    /// `validation`.
    pub(super) fn read(self, hcp: &hcps::Hcp) -> Result<Change, Problem> {
        if self
            .kind
            .is_some_and(|name| HcpType::parse(&name) != Some(hcp.kind))
        {
            return Err(Problem::field("type", "immutable"));
        }
        let status = match self.status.as_deref() {
            None => hcp.status,
            Some(name) => Status::parse(name).ok_or(Problem::field("status", "unknown"))?,
        };
        let before = Details::from(hcp);
        let details = Details {
            first_name: self.first_name.unwrap_or(before.first_name),
            last_name: self.last_name.unwrap_or(before.last_name),
            name: self.name.unwrap_or(before.name),
            email: self.email.unwrap_or(before.email),
            phone: self.phone.unwrap_or(before.phone),
            parent_id: self.parent_id.unwrap_or(before.parent_id),
        };
        let fit = details.check(hcp.kind).map_err(|faults| invalid(&faults))?;
        Ok(Change { fit, status })
    }
}

/// The fields that do not fit.
pub(super) fn invalid(faults: &[Fault]) -> Problem {
    let faults = faults.iter().map(|f| FieldFault::new(f.field, f.code));
    Problem::of(Kind::Invalid(faults.collect()))
}

/// The answer to a deed that was refused.
pub(super) fn refuse(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::EmailTaken => Problem::of(Kind::Taken("email", "email_taken")),
        Refusal::UnknownParent => Problem::field("parent_id", "unknown_parent_organization"),
        Refusal::ParentNotOrganization => Problem::field("parent_id", "parent_not_organization"),
        Refusal::ParentCycle => Problem::field("parent_id", "parent_cycle"),
        Refusal::TooDeep => Problem::field("parent_id", "too_deep"),
        Refusal::Stale => Problem::of(Kind::Stale),
        Refusal::HasChildren => Problem::of(Kind::Conflict("has_children")),
        Refusal::LastOwner => Problem::of(Kind::Conflict("last_owner")),
    }
}
