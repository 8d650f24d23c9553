//! A table as it grows, cell by cell, within its limits.
use std::collections::BTreeMap;

use super::{Cell, Fault, LONGEST_CELL, MOST_COLUMNS, Row, Table};

/// Most bytes of text in all cells together: shared strings let a small file say one long
/// text very often.
const MOST_TEXT: usize = 32 * 1024 * 1024;

/// A table as it grows.
#[derive(Debug)]
pub(super) struct Sheet {
    name: Option<String>,
    rows: BTreeMap<u32, Vec<Cell>>,
    most_rows: usize,
    text: usize,
}

impl Sheet {
    /// An empty table of at most `most_rows` rows that are not empty.
    pub(super) const fn new(most_rows: usize) -> Self {
        Self {
            name: None,
            rows: BTreeMap::new(),
            most_rows,
            text: 0,
        }
    }

    /// Names the sheet.
    pub(super) fn set_name(&mut self, name: &str) {
        self.name = Some(cut(name));
    }

    /// Puts `cell` at `row` (from 1) and `column` (from 0). Blank cells, and those far to
    /// the right, are left out.
    ///
    /// # Errors
    /// `TooManyRows`, or `FileTooLarge` for too much text.
    pub(super) fn put(&mut self, row: u32, column: usize, cell: Cell) -> Result<(), Fault> {
        if column >= MOST_COLUMNS || cell.is_blank() {
            return Ok(());
        }
        self.text += cell.text().len();
        if self.text > MOST_TEXT {
            return Err(Fault::FileTooLarge);
        }
        let cells = self.rows.entry(row).or_default();
        if cells.len() <= column {
            cells.resize(column + 1, Cell::Empty);
        }
        if let Some(place) = cells.get_mut(column) {
            *place = cell;
        }
        match self.rows.len() > self.most_rows {
            true => Err(Fault::TooManyRows),
            false => Ok(()),
        }
    }

    /// The table.
    pub(super) fn finish(self) -> Table {
        let rows = self.rows.into_iter();
        Table {
            sheet: self.name,
            rows: rows.map(|(number, cells)| Row { number, cells }).collect(),
        }
    }
}

impl Cell {
    /// Text, cut to its longest.
    pub(super) fn of_text(text: &str) -> Self {
        Self::Text(cut(text))
    }

    /// A date in ISO 8601.
    pub(super) fn of_date(date: &str) -> Self {
        Self::Date(cut(date))
    }

    /// A formula; `source` with or without its `=`.
    pub(super) fn of_formula(source: &str) -> Self {
        let source = cut(source);
        Self::Formula(match source.starts_with('=') {
            true => source,
            false => format!("={source}"),
        })
    }

    /// A number in plain digits. What is no number is no cell.
    pub(super) fn of_number(number: f64) -> Self {
        match number.is_finite() {
            true => Self::Number(number.to_string()),
            false => Self::Empty,
        }
    }

    /// What it holds, as text; nothing for an empty cell.
    pub fn text(&self) -> &str {
        match self {
            Self::Empty => "",
            Self::Text(text) | Self::Number(text) | Self::Date(text) | Self::Formula(text) => text,
        }
    }

    /// Whether there is nothing to see in it.
    pub fn is_blank(&self) -> bool {
        self.text().trim().is_empty()
    }
}

/// `text`, cut between two characters where it is too long.
fn cut(text: &str) -> String {
    text[..text.floor_char_boundary(LONGEST_CELL)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_plain_digits() {
        for (number, shown) in [
            (32_470_550_140.0, "32470550140"),
            (4.7e14, "470000000000000"),
            (0.5, "0.5"),
            (-1.0, "-1"),
        ] {
            assert_eq!(Cell::of_number(number), Cell::Number(shown.to_owned()));
        }
        assert_eq!(Cell::of_number(f64::NAN), Cell::Empty);
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        let long = "é".repeat(LONGEST_CELL);
        assert_eq!(cut(&long).len(), LONGEST_CELL);
        assert_eq!(cut(&format!("a{long}")).len(), LONGEST_CELL - 1);
    }

    #[test]
    fn rows_are_counted_and_blank_ones_are_not() {
        let mut sheet = Sheet::new(2);
        let text = || Cell::of_text("x");
        sheet.put(9, 1, text()).unwrap();
        sheet.put(9, 0, text()).unwrap();
        sheet.put(10, 0, Cell::of_text(" \u{a0} ")).unwrap();
        sheet.put(11, MOST_COLUMNS, text()).unwrap();
        sheet.put(3, 0, text()).unwrap();
        assert_eq!(sheet.put(12, 0, text()), Err(Fault::TooManyRows));
        let mut sheet = Sheet::new(2);
        sheet.put(9, 1, text()).unwrap();
        let rows = sheet.finish().rows;
        assert_eq!(rows[0].number, 9);
        assert_eq!(rows[0].cells, [Cell::Empty, text()]);
    }

    #[test]
    fn one_long_text_said_often_is_too_much() {
        let mut sheet = Sheet::new(usize::MAX);
        let long = "x".repeat(LONGEST_CELL);
        let mut puts = (1..).map(|row| sheet.put(row, 0, Cell::of_text(&long)));
        assert_eq!(puts.find(Result::is_err), Some(Err(Fault::FileTooLarge)));
    }
}
