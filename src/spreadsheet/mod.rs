//! Tables out of the files that people keep them in: `.xlsx`, `.xls`, Excel 2003 `.xml`,
//! `.ods`, `.csv` and `.txt`.
//!
//! A file is hostile until it is read. What it is decides its content; the ending of its
//! name must agree. Archives are unpacked and counted before anybody parses them, nothing
//! is evaluated, no entity is looked up, and only the first sheet is read, cell by cell,
//! up to [`Limits`]. The server reads files through a [`Worker`]: a process of its own with
//! little memory and time, so that a parser that hangs, panics or eats memory costs one
//! refusal.
mod archive;
mod encoding;
mod excel_xml;
mod harmless;
mod kind;
mod sheet;
mod text;
mod workbook;
mod worker;

use serde::{Deserialize, Serialize};

pub use harmless::harmless;
use kind::Kind;
pub use worker::{Worker, WorkerError, own_program, work};

/// What a cell holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cell {
    /// Nothing, or an error such as `#N/A`.
    Empty,
    /// Text, as it stands in the file; cut after [`LONGEST_CELL`] bytes.
    Text(String),
    /// A number, in digits, without exponent.
    Number(String),
    /// A date or time, in ISO 8601.
    Date(String),
    /// A formula, with its source where the file tells it; never evaluated.
    Formula(String),
}

/// A row that is not empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its number in the file, from 1.
    pub number: u32,
    /// Its cells from the first column on; shorter where the rest is empty.
    pub cells: Vec<Cell>,
}

/// The first sheet of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// The sheet's name, where the format has names.
    pub sheet: Option<String>,
    /// The rows that are not empty, in order.
    pub rows: Vec<Row>,
}

/// Why a file is no table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// None of the formats, or the content is not what the name says.
    UnsupportedFormat,
    /// Too many bytes, packed or unpacked.
    FileTooLarge,
    /// The content breaks the rules of its format.
    CorruptFile,
    /// Only who knows the password can read it.
    EncryptedFile,
    /// More rows than allowed.
    TooManyRows,
}

impl Fault {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnsupportedFormat => "unsupported_format",
            Self::FileTooLarge => "file_too_large",
            Self::CorruptFile => "corrupt_file",
            Self::EncryptedFile => "encrypted_file",
            Self::TooManyRows => "too_many_rows",
        }
    }
}

/// How much a file may hold.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Limits {
    /// Most rows that are not empty, the header included.
    pub rows: usize,
    /// Most bytes of the file.
    pub bytes: usize,
}

/// Most bytes that a file may unpack to.
const MOST_UNPACKED: u64 = 100 * 1024 * 1024;
/// Columns behind these are not looked at.
const MOST_COLUMNS: usize = 64;
/// A cell's text is cut after so many bytes.
pub const LONGEST_CELL: usize = 4096;

/// Reads the first sheet of `bytes`, a file called `name`.
///
/// # Errors
/// The file is no table, or more than `limits` allow.
pub fn read(bytes: &[u8], name: &str, limits: Limits) -> Result<Table, Fault> {
    if bytes.len() > limits.bytes {
        return Err(Fault::FileTooLarge);
    }
    let sheet = sheet::Sheet::new(limits.rows);
    match kind::of(bytes, name)? {
        Kind::Xlsx => workbook::xlsx(bytes, sheet),
        Kind::Xls => workbook::xls(bytes, sheet),
        Kind::Ods => workbook::ods(bytes, sheet),
        Kind::ExcelXml => excel_xml::read(bytes, sheet),
        Kind::Text => text::read(bytes, sheet),
    }
}
