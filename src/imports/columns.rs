//! Which column is which: the first row that is not empty names them.
use unicode_normalization::UnicodeNormalization;

use super::FileFault;
use crate::spreadsheet::{Cell, Row};

/// A column that is read; files may have others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// Required.
    FirstName,
    /// Required.
    LastName,
    /// Required.
    Email,
    /// Of phone numbers that do not say theirs.
    CountryCode,
    /// A phone number.
    Phone,
    /// The id of an HCP that is an organization.
    Parent,
}

impl Column {
    /// All of them, in the order in which rows are shown.
    pub const ALL: [Self; 6] = [
        Self::FirstName,
        Self::LastName,
        Self::Email,
        Self::CountryCode,
        Self::Phone,
        Self::Parent,
    ];

    /// What it is called in a file.
    pub const fn title(self) -> &'static str {
        match self {
            Self::FirstName => "First Name",
            Self::LastName => "Last Name",
            Self::Email => "Email Address",
            Self::CountryCode => "Country Code",
            Self::Phone => "Mobile Phone",
            Self::Parent => "Parent Organization ID",
        }
    }

    const fn is_required(self) -> bool {
        matches!(self, Self::FirstName | Self::LastName | Self::Email)
    }

    /// The column that is called `title`, whatever the case and the spaces.
    fn named(title: &str) -> Option<Self> {
        let visible = title.chars().filter(|c| !super::is_invisible(*c));
        let title = visible.nfkc().collect::<String>().to_lowercase();
        let words: Vec<&str> = title.split_whitespace().collect();
        let title = words.join(" ");
        let mut all = Self::ALL.into_iter();
        match title.as_str() {
            "organisation" => Some(Self::Parent),
            title => all.find(|column| column.title().to_lowercase() == title),
        }
    }
}

/// Where in a file's rows each column stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Columns(Vec<(Column, usize)>);

impl Columns {
    /// Reads the header.
    ///
    /// # Errors
    /// Columns are missing, or one stands there twice.
    pub(super) fn of(header: &Row) -> Result<Self, FileFault> {
        let cells = header.cells.iter().enumerate();
        let found: Vec<(Column, usize)> = cells
            .filter_map(|(at, cell)| Some((Column::named(cell.text())?, at)))
            .collect();
        let count = |column: Column| found.iter().filter(|(of, _)| *of == column).count();
        let all = || Column::ALL.into_iter();
        let twice: Vec<_> = all().filter(|column| count(*column) > 1).collect();
        if !twice.is_empty() {
            return Err(FileFault::DuplicateColumns(twice));
        }
        let is_missing = |column: &Column| column.is_required() && count(*column) == 0;
        let missing: Vec<_> = all().filter(is_missing).collect();
        if !missing.is_empty() {
            return Err(FileFault::MissingColumns(missing));
        }
        Ok(Self(found))
    }

    /// The cell of `row` in `column`.
    pub(super) fn cell<'a>(&self, row: &'a Row, column: Column) -> &'a Cell {
        let at = self.0.iter().find(|(of, _)| *of == column);
        let cell = at.and_then(|(_, at)| row.cells.get(*at));
        cell.unwrap_or(&Cell::Empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(header: &[&str]) -> Row {
        let cells = header.iter().map(|title| Cell::Text((*title).to_owned()));
        let cells = cells.collect();
        Row { number: 3, cells }
    }

    #[test]
    fn columns_are_found_in_any_order_and_case() {
        let header = row(&[
            "Notes",
            "\u{feff} EMAIL  address ",
            "organisation",
            "last\u{a0}name",
            "First Name",
        ]);
        let columns = Columns::of(&header).unwrap();
        for (column, text) in [
            (Column::Email, "\u{feff} EMAIL  address "),
            (Column::Parent, "organisation"),
            (Column::LastName, "last\u{a0}name"),
            (Column::FirstName, "First Name"),
            (Column::Phone, ""),
        ] {
            assert_eq!(columns.cell(&header, column).text(), text);
        }
    }

    #[test]
    fn a_header_that_does_not_fit_names_the_columns() {
        let of = |header: &[&str]| Columns::of(&row(header)).map(drop).unwrap_err();
        assert_eq!(
            of(&["First Name", "name", "Mobile Phone"]),
            FileFault::MissingColumns(vec![Column::LastName, Column::Email])
        );
        let twice = ["First Name", "Last Name", "Email Address", "first name "];
        assert_eq!(
            of(&twice),
            FileFault::DuplicateColumns(vec![Column::FirstName])
        );
        let aliases = [
            "First Name",
            "Last Name",
            "Email Address",
            "Organisation",
            "Parent Organization ID",
        ];
        assert_eq!(
            of(&aliases),
            FileFault::DuplicateColumns(vec![Column::Parent])
        );
    }
}
