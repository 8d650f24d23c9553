//! Imports of HCPs from spreadsheets: which rows of a file may be taken, and why not the
//! others (DOMAIN.md 6.1).
//!
//! A row is taken when nothing speaks against it; every reason that does is told, with the
//! number of the row in the file (N-14). Nothing in a file is evaluated, and nothing in it
//! can give roles, passwords or a place in another directory.
mod columns;
mod dial_codes;
mod lines;
mod phone;
mod reason;

pub use columns::Column;
pub use lines::{Line, check, mark_duplicates};
pub use reason::Reason;

use crate::spreadsheet;

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
