//! Files that people import, and files that are meant to harm.
mod broken;
mod files;
mod hostile;
mod matrix;
mod refused;
mod staged;
mod steps;

use std::{fs, path::Path};

pub(crate) use hostile::rezip;
use tutela::spreadsheet::{self, Cell, Fault, Limits, Table};

const LIMITS: Limits = Limits {
    rows: 5_001,
    bytes: 10 * 1024 * 1024,
};

/// The endings of the six formats, of each of which `people` is a file.
const ENDINGS: [&str; 5] = ["xlsx", "xls", "xml", "ods", "csv"];

pub(crate) fn file(name: &str) -> Vec<u8> {
    fs::read(Path::new("tests/imports/files").join(name)).unwrap()
}

fn read(bytes: &[u8], name: &str) -> Result<Table, Fault> {
    spreadsheet::read(bytes, name, LIMITS)
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

/// The cells of the row with this number.
fn row(table: &Table, number: u32) -> &[Cell] {
    let found = table.rows.iter().find(|row| row.number == number);
    &found.unwrap().cells
}
