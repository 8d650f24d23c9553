//! A file's rows, each with all that speaks against it.
use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use super::{Column, FileFault, Reason, columns::Columns, phone};
use crate::{
    accounts::Identifier,
    hcps::LONGEST_NAME,
    id::HcpId,
    spreadsheet::{Cell, Row, Table},
};

/// Longest of anything else, in bytes.
const LONGEST_TEXT: usize = 254;

/// A row of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number in the file, from 1, the header included.
    pub number: u32,
    /// What it says.
    pub content: Content,
    /// What speaks against it; nothing, if it is taken.
    pub reasons: BTreeSet<Reason>,
}

/// What a row says, and how it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// What stands in the file, by [`Column::ALL`].
    pub values: [String; 6],
    /// Trimmed.
    pub first_name: String,
    /// Trimmed.
    pub last_name: String,
    /// In canonical form; `None` when it is missing or is not one.
    pub email: Option<String>,
    /// E.164.
    pub phone: Option<String>,
    /// What is said to be an organization.
    pub parent: Option<HcpId>,
}

impl Line {
    /// Whether nothing speaks against it.
    pub fn is_accepted(&self) -> bool {
        self.reasons.is_empty()
    }
}

/// Checks each row of the table by itself: what a look at the directory and at its neighbours
/// adds comes later.
///
/// # Errors
/// The header does not fit.
pub(super) fn check(table: Table) -> Result<Vec<Line>, FileFault> {
    let mut rows = table.rows.into_iter();
    let columns = Columns::of(&rows.next().ok_or(FileFault::NoHeader)?)?;
    // Each row is gone once it is checked: a large file is in memory once.
    let lines = rows.map(|row| line(&columns, &row));
    // A row may hold something in columns that nobody reads.
    let is_empty = |line: &Line| {
        line.content
            .values
            .iter()
            .all(|value| value.trim().is_empty())
    };
    Ok(lines.filter(|line| !is_empty(line)).collect())
}

/// Of the lines that share an e-mail address the first that is taken otherwise stays so;
/// those below are duplicates.
pub(super) fn mark_duplicates(lines: &mut [Line]) {
    let mut taken = HashSet::new();
    for line in lines {
        let Some(email) = &line.content.email else {
            continue;
        };
        if taken.contains(email) {
            line.reasons.insert(Reason::DuplicateInFile);
        } else if line.reasons.is_empty() {
            taken.insert(email.clone());
        }
    }
}

fn line(columns: &Columns, row: &Row) -> Line {
    let cell = |column| columns.cell(row, column);
    let mut reasons = BTreeSet::new();
    if Column::ALL
        .iter()
        .any(|column| matches!(cell(*column), Cell::Formula(_)))
    {
        reasons.insert(Reason::FormulaCell);
    }
    let mut name = |column, missing| name(cell(column), missing, &mut reasons);
    let first_name = name(Column::FirstName, Reason::MissingFirstName);
    let last_name = name(Column::LastName, Reason::MissingLastName);
    let email = email(cell(Column::Email), &mut reasons);
    let country = phone::country(cell(Column::CountryCode));
    let phone = match &country {
        Ok(country) => phone::number(cell(Column::Phone), *country),
        // A number beside a code that is wrong is not known to be without one.
        Err(_) => phone::number(cell(Column::Phone), Some("1")).map(|_| None),
    };
    let parent = parent(cell(Column::Parent), &mut reasons);
    reasons.extend(country.err());
    let phone = phone.unwrap_or_else(|reason| {
        reasons.insert(reason);
        None
    });
    let content = Content {
        values: Column::ALL.map(|column| cell(column).text().to_owned()),
        first_name,
        last_name,
        email,
        phone,
        parent,
    };
    Line {
        number: row.number,
        content,
        reasons,
    }
}

/// The text of a cell, `None` when it is empty or a formula, which is its own reason.
fn text(cell: &Cell) -> Option<&str> {
    let text = cell.text().trim();
    (!text.is_empty() && !matches!(cell, Cell::Formula(_))).then_some(text)
}

fn name(cell: &Cell, missing: Reason, reasons: &mut BTreeSet<Reason>) -> String {
    let Some(text) = text(cell) else {
        if cell.is_blank() {
            reasons.insert(missing);
        }
        return String::new();
    };
    if text.chars().count() > LONGEST_NAME {
        reasons.insert(Reason::TooLong);
    }
    check_letters(cell, reasons);
    text.to_owned()
}

fn email(cell: &Cell, reasons: &mut BTreeSet<Reason>) -> Option<String> {
    let Some(text) = text(cell) else {
        if cell.is_blank() {
            reasons.insert(Reason::MissingEmail);
        }
        return None;
    };
    check_letters(cell, reasons);
    if text.len() > LONGEST_TEXT {
        reasons.insert(Reason::TooLong);
        return None;
    }
    let email = Identifier::email(text);
    if email.is_none() {
        reasons.insert(Reason::InvalidEmail);
    }
    email.map(|email| email.as_str().to_owned())
}

fn parent(cell: &Cell, reasons: &mut BTreeSet<Reason>) -> Option<HcpId> {
    let text = text(cell)?;
    let parent = text.parse().ok();
    if text.len() > LONGEST_TEXT {
        reasons.insert(Reason::TooLong);
    } else if parent.is_none() {
        reasons.insert(Reason::UnknownParentOrganization);
    }
    parent
}

/// Text that controls, that hides, or that a spreadsheet would take for a formula.
fn check_letters(cell: &Cell, reasons: &mut BTreeSet<Reason>) {
    let (whole, trimmed) = (cell.text(), cell.text().trim());
    if whole.starts_with(['\t', '\r']) || trimmed.starts_with(['=', '+', '-', '@']) {
        reasons.insert(Reason::FormulaText);
    }
    if trimmed
        .chars()
        .any(|c| c.is_control() || super::is_invisible(c))
    {
        reasons.insert(Reason::ControlCharacters);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PARENT: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0c01";

    fn row(number: u32, cells: &[&str]) -> Row {
        let cells = cells.iter().map(|text| match text.strip_prefix("ƒ") {
            Some(formula) => Cell::Formula(formula.to_owned()),
            None => Cell::Text((*text).to_owned()),
        });
        let cells = cells.collect();
        Row { number, cells }
    }

    fn table(rows: &[&[&str]]) -> Table {
        let titles = Column::ALL.map(Column::title);
        let mut all = vec![row(1, &titles)];
        all.extend(
            rows.iter()
                .zip(2..)
                .map(|(cells, number)| row(number, cells)),
        );
        Table {
            sheet: None,
            rows: all,
        }
    }

    fn lines(rows: &[&[&str]]) -> Vec<Line> {
        let mut lines = check(table(rows)).unwrap();
        mark_duplicates(&mut lines);
        lines
    }

    fn reasons(cells: &[&str]) -> Vec<&'static str> {
        let line = &lines(&[cells])[0];
        line.reasons.iter().map(|reason| reason.code()).collect()
    }

    #[test]
    fn a_row_that_fits_is_taken_in_canonical_form() {
        let lines = lines(&[&[
            " Anna ",
            "Müller",
            "Anna@Example.TEST",
            "be",
            "0470 55 01 40",
            PARENT,
        ]]);
        let line = &lines[0];
        assert!(line.is_accepted(), "{line:?}");
        assert_eq!(
            (
                line.content.first_name.as_str(),
                line.content.last_name.as_str()
            ),
            ("Anna", "Müller")
        );
        assert_eq!(line.content.email.as_deref(), Some("anna@example.test"));
        assert_eq!(line.content.phone.as_deref(), Some("+32470550140"));
        assert_eq!(line.content.parent, PARENT.parse().ok());
        assert_eq!(
            (line.number, line.content.values[0].as_str()),
            (2, " Anna ")
        );
    }

    /// I-30, and every reason of DOMAIN 6.1 that a row has by itself.
    #[test]
    fn every_reason_is_told() {
        let long = "b".repeat(81);
        let far = "c".repeat(255);
        let anna =
            |cells: [&'static str; 3]| ["Anna", "Berg", "a@b.test", cells[0], cells[1], cells[2]];
        assert_eq!(
            reasons(&["", " ", "", "", "", "x"]),
            [
                "missing_first_name",
                "missing_last_name",
                "missing_email",
                "unknown_parent_organization"
            ]
        );
        assert_eq!(
            reasons(&["A", "B", "a@b", "XX", "12"]),
            ["invalid_email", "invalid_country_code", "invalid_phone"]
        );
        assert_eq!(
            reasons(&anna(["", "0470 55 01 40", ""])),
            ["missing_country_code"]
        );
        assert_eq!(
            reasons(&anna(["XX", "0470 55 01 40", ""])),
            ["invalid_country_code"]
        );
        assert_eq!(reasons(&anna(["", "+32 470 55 01 40", ""])), [""; 0]);
        assert_eq!(reasons(&anna(["BE", "4.7E+08", ""])), ["invalid_phone"]);
        assert_eq!(reasons(&["A", &long, &far]), ["too_long"]);
        assert_eq!(reasons(&["A", "B", "a@b.test", "", "", &far]), ["too_long"]);
        assert_eq!(
            reasons(&["A\u{7}", "B", "a@b.test"]),
            ["control_characters"]
        );
        assert_eq!(
            reasons(&["A\nB", "\u{202e}B", "a@b.test"]),
            ["control_characters"]
        );
        assert_eq!(
            reasons(&["ƒ=A1", "ƒ=B1", "ƒ=C1", "ƒ=D1", "ƒ=E1", "ƒ=F1"]),
            ["formula_cell"]
        );
        for text in ["=1+1", "+A", "-A", "@A", "\tA", "\rA", " =A"] {
            assert_eq!(
                reasons(&[text, "B", "a@b.test"]),
                ["formula_text"],
                "{text:?}"
            );
        }
        assert_eq!(reasons(&["A", "B", "=a@b.test"]), ["formula_text"]);
        assert_eq!(
            reasons(&["A", "B", "a\u{200b}@b.test"]),
            ["control_characters"]
        );
    }

    #[test]
    fn names_of_every_script_are_names() {
        for name in [
            "דנה",
            "محمد",
            "李",
            "Ng",
            "O’Neill",
            "Jean-Luc",
            "نیلی\u{200c}فر",
            "Dr. A",
        ] {
            assert_eq!(reasons(&[name, name, "a@b.test"]), [""; 0], "{name}");
        }
    }

    #[test]
    fn of_those_who_share_an_address_the_first_that_fits_is_taken() {
        let rows: &[&[&str]] = &[
            &["", "B", "a@b.test"],
            &["A", "B", "A@B.test"],
            &["C", "D", "a@b.test "],
            &["E", "", "a@b.test"],
            &["E", "F", "c@b.test"],
        ];
        let told: Vec<Vec<_>> = lines(rows)
            .iter()
            .map(|line| line.reasons.iter().copied().collect())
            .collect();
        assert_eq!(
            told,
            [
                vec![Reason::MissingFirstName],
                vec![],
                vec![Reason::DuplicateInFile],
                vec![Reason::MissingLastName, Reason::DuplicateInFile],
                vec![],
            ]
        );
    }

    #[test]
    fn rows_with_something_only_in_other_columns_are_empty() {
        let mut table = table(&[&["", "", "", "", "", "", "a note"]]);
        assert_eq!(check(table.clone()), Ok(vec![]));
        table.rows.truncate(1);
        assert_eq!(check(table.clone()), Ok(vec![]));
        table.rows.clear();
        assert_eq!(check(table), Err(FileFault::NoHeader));
    }

    proptest! {
        /// N-14: no row is dropped without a reason, and what is taken is what an HCP may be.
        #[test]
        fn each_row_is_taken_or_refused_with_a_reason(
            rows in prop::collection::vec(prop::array::uniform6("[ -~é\u{200b}\u{202e}\t\n]{0,12}|=1|a@b.test|BE|0470550140"), 1..20)
        ) {
            let cells: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
            let slices: Vec<&[&str]> = cells.iter().map(Vec::as_slice).collect();
            let lines = lines(&slices);
            let filled = rows.iter().filter(|row| row.iter().any(|cell| !cell.trim().is_empty())).count();
            prop_assert_eq!(lines.len(), filled);
            let mut emails = HashSet::new();
            for line in lines.iter().filter(|line| line.is_accepted()) {
                prop_assert!(!line.content.first_name.is_empty() && !line.content.last_name.is_empty());
                prop_assert!(!line.content.first_name.starts_with(['=', '+', '-', '@']));
                prop_assert!(emails.insert(line.content.email.clone().unwrap()));
                if let Some(phone) = &line.content.phone {
                    prop_assert!(Identifier::phone(phone).is_some_and(|same| same.as_str() == phone));
                }
            }
        }
    }
}
