//! An import as it is shown.
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    clock::Timestamp,
    id::{DatabaseId, HcpId, ImportId},
    imports::{Content, Import, Reason, Staged, Status},
};

/// An import.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportShown {
    #[schema(value_type = uuid::Uuid)]
    id: ImportId,
    #[schema(value_type = uuid::Uuid)]
    database_id: DatabaseId,
    file_name: String,
    /// The sheet that was read, where the format has names.
    sheet: Option<String>,
    /// `staged`, `committing`, `committed` or `undone`.
    #[schema(value_type = String)]
    status: Status,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    committed_at: Option<Timestamp>,
    counts: Counts,
    accepted: Vec<Accepted>,
    rejected: Vec<Rejected>,
    /// The HCPs that it made.
    #[schema(value_type = Vec<uuid::Uuid>)]
    created: Vec<HcpId>,
}

/// How many rows.
#[derive(Debug, Serialize, ToSchema)]
struct Counts {
    accepted: usize,
    rejected: usize,
    created: usize,
}

/// A row that fits, as it is or would be saved.
#[derive(Debug, Serialize, ToSchema)]
struct Accepted {
    /// Its number in the file, from 1, the header included.
    row: u32,
    first_name: String,
    last_name: String,
    email: Option<String>,
    phone: Option<String>,
    #[schema(value_type = Option<uuid::Uuid>)]
    parent_id: Option<HcpId>,
    /// What it became.
    #[schema(value_type = Option<uuid::Uuid>)]
    hcp_id: Option<HcpId>,
}

/// A row that does not fit.
#[derive(Debug, Serialize, ToSchema)]
struct Rejected {
    /// Its number in the file, from 1, the header included.
    row: u32,
    values: Values,
    /// Everything that speaks against it.
    reasons: Vec<&'static str>,
}

/// What stands in the file.
#[derive(Debug, Serialize, ToSchema)]
struct Values {
    first_name: String,
    last_name: String,
    email: String,
    country_code: String,
    phone: String,
    parent_id: String,
}

impl ImportShown {
    /// `import` with its rows.
    pub fn of(import: &Import, lines: Vec<Staged>) -> Self {
        let created: Vec<HcpId> = lines.iter().filter_map(|staged| staged.hcp).collect();
        let (mut accepted, mut rejected) = (Vec::new(), Vec::new());
        for Staged { line, hcp } in lines {
            match line.is_accepted() {
                true => accepted.push(Accepted::of(line.number, line.content, hcp)),
                false => rejected.push(Rejected {
                    row: line.number,
                    values: Values::of(line.content),
                    reasons: line.reasons.into_iter().map(Reason::code).collect(),
                }),
            }
        }
        Self {
            id: import.id,
            database_id: import.database_id,
            file_name: import.file_name.clone(),
            sheet: import.sheet_name.clone(),
            status: import.status,
            created_at: import.created_at,
            committed_at: import.committed_at,
            counts: Counts {
                accepted: accepted.len(),
                rejected: rejected.len(),
                created: created.len(),
            },
            accepted,
            rejected,
            created,
        }
    }
}

impl Accepted {
    fn of(row: u32, content: Content, hcp: Option<HcpId>) -> Self {
        Self {
            row,
            first_name: content.first_name,
            last_name: content.last_name,
            email: content.email,
            phone: content.phone,
            parent_id: content.parent,
            hcp_id: hcp,
        }
    }
}

impl Values {
    fn of(content: Content) -> Self {
        let [first_name, last_name, email, country_code, phone, parent_id] = content.values;
        Self {
            first_name,
            last_name,
            email,
            country_code,
            phone,
            parent_id,
        }
    }
}
