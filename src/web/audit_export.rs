//! The audit log as a file, read page by page while it is sent, so that its length does not
//! matter.
use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;

use super::App;
use crate::{
    audit::{self, Entry, Filter},
    id::OrganizationId,
    spreadsheet::harmless,
    store::StoreError,
};

/// Events that are read at once.
const ROWS: i64 = 500;
/// The columns of a table.
const COLUMNS: [&str; 13] = [
    "id",
    "at",
    "action",
    "outcome",
    "actor",
    "actor_type",
    "subject",
    "client_id",
    "relation_id",
    "object",
    "reason",
    "address",
    "request_id",
];

/// How the file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditFormat {
    /// A table for spreadsheets (RFC 4180); no cell is a formula.
    Csv,
    /// A JSON object per line.
    Ndjson,
}

impl AuditFormat {
    /// Reads a name. `None` for any other.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "csv" => Some(Self::Csv),
            "ndjson" => Some(Self::Ndjson),
            _ => None,
        }
    }

    /// What an `Accept` header asks for, if it is a file.
    pub fn accepted(accept: &str) -> Option<Self> {
        accept.split(',').find_map(|kind| match kind.trim() {
            "text/csv" => Some(Self::Csv),
            "application/x-ndjson" => Some(Self::Ndjson),
            _ => None,
        })
    }

    const fn headers(self) -> (&'static str, &'static str) {
        match self {
            Self::Csv => (
                "text/csv; charset=utf-8",
                "attachment; filename=\"audit.csv\"",
            ),
            Self::Ndjson => (
                "application/x-ndjson",
                "attachment; filename=\"audit.ndjson\"",
            ),
        }
    }
}

/// The events as a file, newest first.
pub fn audit_export(
    app: &App,
    organization: OrganizationId,
    filter: Filter,
    format: AuditFormat,
) -> Response {
    let reading = Reading {
        app: app.clone(),
        organization,
        filter,
        format,
        before: Some(String::new()),
    };
    let (kind, disposition) = format.headers();
    let mut response =
        Body::from_stream(stream::try_unfold(reading, Reading::next)).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// How far the log was read.
struct Reading {
    app: App,
    organization: OrganizationId,
    filter: Filter,
    format: AuditFormat,
    /// The last event that was read; `None` when there are no more.
    before: Option<String>,
}

impl Reading {
    async fn next(mut self) -> Result<Option<(Vec<u8>, Self)>, StoreError> {
        let Some(before) = self.before.take() else {
            return Ok(None);
        };
        if before.is_empty() {
            self.app.later.settled().await; // older pages hold nothing that is on its way
        }
        let mut tx = self.app.store.read().await?;
        let page = (before.as_str(), ROWS);
        let found = audit::page(&mut tx, self.organization, &self.filter, page).await?;
        drop(tx);
        let is_more = i64::try_from(found.len()) == Ok(ROWS);
        self.before = found
            .last()
            .filter(|_| is_more)
            .map(|last| last.id.to_string());
        let written = match self.format {
            AuditFormat::Csv => table(&found, before.is_empty()),
            AuditFormat::Ndjson => lines(&found),
        };
        let written = written.map_err(|value| StoreError::Corrupt {
            what: "audit_events",
            value,
        })?;
        Ok(Some((written, self)))
    }
}

fn table(entries: &[Entry], is_first: bool) -> Result<Vec<u8>, String> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    if is_first {
        writer.write_record(COLUMNS).map_err(|e| e.to_string())?;
    }
    for entry in entries {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let cells = [
            entry.id.to_string(),
            entry.at.to_string(),
            entry.action.clone(),
            entry.outcome.clone(),
            text(&entry.actor),
            text(&entry.actor_type),
            text(&entry.subject),
            text(&entry.client_id),
            text(&entry.relation_id),
            text(&entry.object),
            text(&entry.reason),
            text(&entry.address),
            text(&entry.request_id),
        ];
        let cells = cells.iter().map(|cell| harmless(cell));
        writer.write_record(cells).map_err(|e| e.to_string())?;
    }
    writer.into_inner().map_err(|error| error.to_string())
}

fn lines(entries: &[Entry]) -> Result<Vec<u8>, String> {
    let mut written = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut written, entry).map_err(|e| e.to_string())?;
        written.push(b'\n');
    }
    Ok(written)
}
