//! Files with a few bytes changed or cut off: never a panic, always a word for it.
use std::{
    io::{Cursor, Read},
    panic,
};

use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use tutela::spreadsheet::{Fault, Worker};
use zip::ZipArchive;

use super::{LIMITS, file, hostile::rezip, read};

const TRIES: usize = 200;

/// `bytes` with a few of them changed, or without their end.
fn break_somewhere(runner: &mut TestRunner, bytes: &[u8]) -> Vec<u8> {
    let mut broken = bytes.to_vec();
    let change = (0..bytes.len(), proptest::num::u8::ANY);
    let changes = proptest::collection::vec(change, 1..8);
    for (at, byte) in changes.new_tree(runner).unwrap().current() {
        broken[at] = byte;
    }
    let end = (0..bytes.len() * 4).new_tree(runner).unwrap().current();
    broken.truncate(end.max(1));
    broken
}

fn runner() -> TestRunner {
    TestRunner::deterministic()
}

/// Our own readers never panic; those of workbooks may, which the worker turns into an answer.
#[test]
fn broken_text_is_read_or_refused() {
    let runner = &mut runner();
    for name in ["people.csv", "people.xml"] {
        for _ in 0..TRIES {
            let _ = read(&break_somewhere(runner, &file(name)), name);
        }
    }
    for (name, part) in [
        ("people.ods", "content.xml"),
        ("people.xlsx", "xl/worksheets/sheet1.xml"),
        ("people.xlsx", "xl/sharedStrings.xml"),
        ("people.xlsx", "xl/workbook.xml"),
    ] {
        let bytes = file(name);
        let mut archive = ZipArchive::new(Cursor::new(&bytes)).unwrap();
        let mut content = Vec::new();
        archive
            .by_name(part)
            .unwrap()
            .read_to_end(&mut content)
            .unwrap();
        for _ in 0..TRIES / 2 {
            let broken = break_somewhere(runner, &content);
            let broken = String::from_utf8_lossy(&broken).into_owned();
            let bytes = rezip(
                &bytes,
                |of, text| if of == part { broken.clone() } else { text },
            );
            let _ = panic::catch_unwind(|| read(&bytes, name));
        }
    }
}

/// What a parser does with broken records shows only in a process that may die.
#[tokio::test]
async fn broken_workbooks_harm_nobody() {
    let worker = Worker::running(env!("CARGO_BIN_EXE_tutela").into());
    let runner = &mut runner();
    for name in ["people.xls", "people.xlsx", "people.ods"] {
        let bytes = file(name);
        for _ in 0..TRIES / 2 {
            let broken = break_somewhere(runner, &bytes);
            let answer = worker.read(&broken, name, LIMITS).await.unwrap();
            let known = [
                Fault::CorruptFile,
                Fault::FileTooLarge,
                Fault::UnsupportedFormat,
            ];
            assert!(
                answer.is_ok() || known.contains(&answer.clone().unwrap_err()),
                "{answer:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_worker_answers_as_the_reader_does() {
    let worker = Worker::running(env!("CARGO_BIN_EXE_tutela").into());
    for name in [
        "people.xls",
        "people.xlsx",
        "people.ods",
        "people.csv",
        "people.xml",
        "locked.ods",
    ] {
        let bytes = file(name);
        assert_eq!(
            worker.read(&bytes, name, LIMITS).await.unwrap(),
            read(&bytes, name)
        );
    }
}

/// N-14: a sheet of a few kilobytes that repeats one long text a thousand million times.
#[tokio::test]
async fn a_file_that_exhausts_memory_is_too_large() {
    let long = "x".repeat(1_000_000);
    let bomb = rezip(&file("people.ods"), |part, text| match part {
        "content.xml" => {
            let (before, after) = text.split_once("<table:table-row").unwrap();
            let cell = "<table:table-cell table:number-columns-repeated=\"1000\" office:value-type=\"string\"><text:p>";
            let row = "<table:table-row table:number-rows-repeated=\"100000\">";
            let end = "</text:p></table:table-cell></table:table-row>";
            [before, row, cell, &long, end, "<table:table-row", after].concat()
        }
        _ => text,
    });
    let worker = Worker::running(env!("CARGO_BIN_EXE_tutela").into());
    let answer = worker.read(&bomb, "people.ods", LIMITS).await.unwrap();
    assert_eq!(answer, Err(Fault::FileTooLarge));
}
