//! The readers of the six formats.
use std::io::{Cursor, Read};

use proptest::test_runner::TestCaseError;
use tokio::runtime::{Handle, Runtime};
use tutela::{
    imports,
    spreadsheet::{self, Cell, Fault, LONGEST_CELL, Limits, Table, Worker},
};
use zip::ZipArchive;

use super::{cases, corpus, harmed, harms, runner};
use crate::imports::{file, rezip};

const LIMITS: Limits = Limits {
    rows: 300,
    bytes: 256 * 1024,
};

/// Whether the answer stays within what was allowed.
fn check(answer: &Result<Table, Fault>) -> Result<(), TestCaseError> {
    let Ok(table) = answer else {
        return Ok(());
    };
    proptest::prop_assert!(table.rows.len() <= LIMITS.rows);
    let mut before = 0;
    for row in &table.rows {
        proptest::prop_assert!(row.number > before, "rows are in order");
        before = row.number;
        proptest::prop_assert!(row.cells.len() <= 64);
        for cell in &row.cells {
            let text = match cell {
                Cell::Empty => "",
                Cell::Text(text) | Cell::Number(text) | Cell::Date(text) | Cell::Formula(text) => {
                    text
                }
            };
            proptest::prop_assert!(text.len() <= LONGEST_CELL, "{} bytes", text.len());
        }
    }
    Ok(())
}

/// Reads harmed versions of each file in this very process: these readers never panic.
fn never_panics(files: &[(&str, Vec<u8>)]) {
    let mut runner = runner(cases());
    for (n, (name, bytes)) in files.iter().enumerate() {
        let other = &files[(n + 1) % files.len()].1;
        let read = |harms: Vec<super::Harm>| {
            check(&spreadsheet::read(
                &harmed(bytes, other, &harms),
                name,
                LIMITS,
            ))
        };
        runner.run(&harms(), read).unwrap();
    }
}

fn of_corpus(names: &[&'static str]) -> Vec<(&'static str, Vec<u8>)> {
    names.iter().map(|name| (*name, corpus(name))).collect()
}

#[test]
fn csv_is_read_or_refused() {
    let mut files = of_corpus(&["semicolons-windows-1252.csv", "quoted.csv"]);
    files.push(("people.csv", file("people.csv")));
    never_panics(&files);
}

#[test]
fn txt_is_read_or_refused() {
    never_panics(&of_corpus(&["tabs.txt", "tabs-utf-16.txt"]));
}

#[test]
fn excel_xml_is_read_or_refused() {
    never_panics(&[
        ("people.xml", file("people.xml")),
        ("people.xml", file("people.fods")),
    ]);
}

/// The parts of an archive that a reader looks into.
const PARTS: [(&str, &str); 6] = [
    ("people.ods", "content.xml"),
    ("people.ods", "META-INF/manifest.xml"),
    ("people.xlsx", "xl/worksheets/sheet1.xml"),
    ("people.xlsx", "xl/sharedStrings.xml"),
    ("people.xlsx", "xl/workbook.xml"),
    ("people.xlsx", "xl/styles.xml"),
];

fn part(bytes: &[u8], name: &str) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut content = Vec::new();
    let mut entry = archive.by_name(name).unwrap();
    entry.read_to_end(&mut content).unwrap();
    content
}

/// Reads a file as an import does, in a process that may die: the answer is rows, or why not.
fn answers(
    (worker, runtime): (&Worker, &Handle),
    bytes: &[u8],
    name: &str,
) -> Result<(), TestCaseError> {
    check(&runtime.block_on(worker.read(bytes, name, LIMITS)).unwrap())?;
    runtime
        .block_on(imports::read(worker, bytes, name, LIMITS))
        .unwrap();
    Ok(())
}

/// What `calamine` does with broken records shows only in a process that may die.
#[test]
fn workbooks_are_read_or_refused() {
    let runtime = Runtime::new().unwrap();
    let worker = Worker::running(env!("CARGO_BIN_EXE_tutela").into());
    let by = (&worker, runtime.handle());
    let mut runner = runner(cases() / 10);
    for name in ["people.xls", "people.xlsx", "people.ods"] {
        let (bytes, other) = (file(name), file("people.xls"));
        runner
            .run(&harms(), |harms| {
                answers(by, &harmed(&bytes, &other, &harms), name)
            })
            .unwrap();
    }
}

/// Harm inside an archive that is whole itself reaches the readers of its documents.
#[test]
fn documents_within_workbooks_are_read_or_refused() {
    let runtime = Runtime::new().unwrap();
    let worker = Worker::running(env!("CARGO_BIN_EXE_tutela").into());
    let by = (&worker, runtime.handle());
    let mut runner = runner(cases() / 20);
    for (n, (name, inside)) in PARTS.iter().enumerate() {
        let bytes = file(name);
        let content = part(&bytes, inside);
        let (other, other_inside) = PARTS[(n + 1) % PARTS.len()];
        let other = part(&file(other), other_inside);
        runner
            .run(&harms(), |harms| {
                let broken = harmed(&content, &other, &harms);
                let broken = String::from_utf8_lossy(&broken).into_owned();
                let whole = rezip(&bytes, |of, text| match of == *inside {
                    true => broken.clone(),
                    false => text,
                });
                answers(by, &whole, name)
            })
            .unwrap();
    }
}
