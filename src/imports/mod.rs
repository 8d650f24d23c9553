//! Imports of HCPs from spreadsheets: which rows of a file may be taken, and why not the
//! others (DOMAIN.md 6.1).
//!
//! A row is taken when nothing speaks against it; every reason that does is told, with the
//! number of the row in the file (N-14). Nothing in a file is evaluated, and nothing in it
//! can give roles, passwords or a place in another directory.
//!
//! Owns `imports` and `import_rows`. An import is staged, then looked at, then taken once or
//! forgotten within the hour; within a day it can be undone while nobody has touched what it
//! made. It is taken in steps, each of which is committed: what begins is carried out, by another
//! server if this one ends.
mod begin;
mod carry_out;
mod columns;
mod dial_codes;
mod export;
mod invite;
mod lines;
mod phone;
mod queries;
mod reason;
mod stage;
mod step_queries;
mod undo;

use crate::{
    clock::Timestamp,
    id::{DatabaseId, HcpId, ImportId},
    spreadsheet,
};

pub use begin::begin;
pub use carry_out::{carry_on, carry_out, set_going};
pub use columns::Column;
pub use export::rejected_csv;
pub use invite::Invites;
pub use lines::{Content, Line};
pub use queries::{find, lines, sweep};
pub use reason::Reason;
pub use stage::{Sheet, read, stage};
pub use undo::undo;

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
pub enum Status {
    /// Its rows wait.
    Staged,
    /// The rows that fit become HCPs, some at a time.
    Committing,
    /// The rows that fitted became HCPs.
    Committed,
    /// Those HCPs are gone again.
    Undone,
}

/// A file of HCPs.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// The directory that it goes into.
    pub database_id: DatabaseId,
    /// What the file is called; only to be shown.
    pub file_name: String,
    /// The sheet that was read, where the format has names.
    pub sheet_name: Option<String>,
    /// The file's size.
    pub bytes: i64,
    /// How far it is.
    pub status: Status,
    /// When it was staged.
    pub created_at: Timestamp,
    /// When all of it was taken.
    pub committed_at: Option<Timestamp>,
    /// How many rows were looked at again to be taken.
    pub rows_done: i64,
    /// How many there are, once they are to be taken.
    pub rows_wanted: i64,
}

/// A row of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    /// The row.
    pub line: Line,
    /// The HCP that it became.
    pub hcp: Option<HcpId>,
}

/// Why an import is not taken or undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Its rows were taken before.
    AlreadyCommitted,
    /// Nothing was taken that could be undone.
    NotCommitted,
    /// It was undone before.
    AlreadyUndone,
    /// More than a day is over.
    UndoExpired,
    /// Somebody changed, used or deleted one of its HCPs.
    Changed,
}

impl Refusal {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::AlreadyCommitted => "already_committed",
            Self::NotCommitted => "not_committed",
            Self::AlreadyUndone => "already_undone",
            Self::UndoExpired => "undo_expired",
            Self::Changed => "import_changed",
        }
    }
}

/// How many rows one statement handles.
const AT_ONCE: usize = 512;

/// Why nothing of a file is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileFault {
    /// It cannot be read.
    Unreadable(spreadsheet::Fault),
    /// It is empty.
    NoHeader,
    /// Columns that each file must have are not there.
    MissingColumns(Vec<Column>),
    /// Columns stand there more than once.
    DuplicateColumns(Vec<Column>),
}

impl FileFault {
    /// The stable name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(fault) => fault.code(),
            Self::NoHeader => "no_header",
            Self::MissingColumns(_) => "missing_columns",
            Self::DuplicateColumns(_) => "duplicate_columns",
        }
    }

    /// The columns that it is about.
    pub fn columns(&self) -> &[Column] {
        match self {
            Self::MissingColumns(columns) | Self::DuplicateColumns(columns) => columns,
            Self::Unreadable(_) | Self::NoHeader => &[],
        }
    }
}

/// Whether a character takes no room, or turns the order of others: it can make two texts
/// look the same. Joiners are not among them; some scripts cannot be written without.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}
