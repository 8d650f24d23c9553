//! Files that are meant to harm, or were harmed (N-14).
use std::io::{Cursor, Write};

use tutela::spreadsheet::Fault;
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{ENDINGS, LIMITS, file, read};

/// `bytes`, an archive, with each file passed through `change`.
pub(crate) fn rezip(bytes: &[u8], change: impl Fn(&str, String) -> String) -> Vec<u8> {
    let mut old = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut new = ZipWriter::new(Cursor::new(Vec::new()));
    for n in 0..old.len() {
        let entry = old.by_index(n).unwrap();
        let name = entry.name().unwrap().into_owned();
        if name.ends_with('/') {
            continue;
        }
        new.start_file(&name, SimpleFileOptions::default()).unwrap();
        let mut content = Vec::new();
        std::io::copy(&mut { entry }, &mut content).unwrap();
        let content = match String::from_utf8(content) {
            Ok(text) => change(&name, text).into_bytes(),
            Err(binary) => binary.into_bytes(),
        };
        new.write_all(&content).unwrap();
    }
    new.finish().unwrap().into_inner()
}

/// The document of an archive that holds the cells.
fn main_part(ending: &str) -> &'static str {
    match ending {
        "xlsx" => "xl/worksheets/sheet1.xml",
        _ => "content.xml",
    }
}

#[test]
fn an_archive_that_grows_without_end_is_refused() {
    let zeros = " ".repeat(101 * 1024 * 1024);
    for ending in ["xlsx", "ods"] {
        let name = format!("people.{ending}");
        let bomb = rezip(&file(&name), |part, text| match part == main_part(ending) {
            true => text + zeros.as_str(),
            false => text,
        });
        assert!(bomb.len() < LIMITS.bytes);
        assert_eq!(read(&bomb, &name), Err(Fault::FileTooLarge), "{ending}");
    }
    let crowd = rezip(&file("people.xlsx"), |_, text| text);
    let mut crowd = ZipWriter::new_append(Cursor::new(crowd)).unwrap();
    for n in 0..200 {
        crowd
            .start_file(format!("{n}"), SimpleFileOptions::default())
            .unwrap();
    }
    let crowd = crowd.finish().unwrap().into_inner();
    assert_eq!(read(&crowd, "x.xlsx"), Err(Fault::FileTooLarge));
}

/// A directory that lies about what is inside.
#[test]
fn what_is_unpacked_is_counted_and_not_believed() {
    let name = "people.xlsx";
    let zeros = " ".repeat(8 * 1024 * 1024);
    let mut bomb = rezip(&file(name), |part, text| match part == main_part("xlsx") {
        true => text + zeros.as_str(),
        false => text,
    });
    let size = u32::try_from(zeros.len()).unwrap();
    for at in 0..bomb.len() - 4 {
        let word: [u8; 4] = bomb[at..at + 4].try_into().unwrap();
        if (size..size + 1_000_000).contains(&u32::from_le_bytes(word)) {
            bomb[at..at + 4].copy_from_slice(&1_000_u32.to_le_bytes());
        }
    }
    let answer = read(&bomb, name);
    assert!(
        matches!(answer, Err(Fault::FileTooLarge | Fault::CorruptFile)),
        "{answer:?}"
    );
}

#[test]
fn a_file_over_ten_mebibytes_is_not_looked_at() {
    let bytes = vec![b'a'; LIMITS.bytes + 1];
    for ending in ENDINGS {
        assert_eq!(
            read(&bytes, &format!("x.{ending}")),
            Err(Fault::FileTooLarge)
        );
    }
}

#[test]
fn a_locked_file_says_so() {
    for name in ["locked.xlsx", "locked.xls", "locked.ods"] {
        assert_eq!(read(&file(name), name), Err(Fault::EncryptedFile), "{name}");
    }
    // The record that announces a cipher, in place of one that means little.
    let mut locked = file("people.xls");
    let (little, locking) = (b"\xe1\0\x02\0\xb0\x04", b"\x2f\0\x02\0\x01\0");
    let at = locked
        .windows(6)
        .position(|window| window == little)
        .unwrap();
    locked[at..at + 6].copy_from_slice(locking);
    assert_eq!(read(&locked, "x.xls"), Err(Fault::EncryptedFile));
}

/// Document types can name files of the server and grow without end; nobody's spreadsheet
/// needs one.
#[test]
fn a_document_type_is_refused_in_each_format_of_markup() {
    let types = [
        "<!DOCTYPE x>",
        "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>",
        "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>",
        "<!DOCTYPE x SYSTEM \"http://outside.test/x.dtd\">",
    ];
    for doctype in types {
        let declare = |text: String| text.replacen("?>", &format!("?>{doctype}"), 1);
        for ending in ["xlsx", "ods"] {
            let name = format!("people.{ending}");
            let hostile = rezip(&file(&name), |part, text| match part == main_part(ending) {
                true => declare(text),
                false => text,
            });
            assert_eq!(read(&hostile, &name), Err(Fault::CorruptFile), "{ending}");
        }
        let hostile = declare(String::from_utf8(file("people.xml")).unwrap());
        assert!(hostile.contains(doctype));
        assert_eq!(read(hostile.as_bytes(), "x.xml"), Err(Fault::CorruptFile));
    }
    let unknown = String::from_utf8(file("people.xml")).unwrap();
    let unknown = unknown.replace("Anna", "&anna;");
    assert_eq!(read(unknown.as_bytes(), "x.xml"), Err(Fault::CorruptFile));
}

#[test]
fn half_a_file_is_no_file() {
    for ending in ["xlsx", "xls", "xml", "ods"] {
        let name = format!("people.{ending}");
        let bytes = file(&name);
        for part in [1, 2, 3] {
            let half = &bytes[..bytes.len() * part / 4];
            assert_eq!(
                read(half, &name),
                Err(Fault::CorruptFile),
                "{ending} {part}/4"
            );
        }
    }
}

#[test]
fn other_documents_are_not_taken_for_spreadsheets() {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive
        .start_file("word/document.xml", SimpleFileOptions::default())
        .unwrap();
    let archive = archive.finish().unwrap().into_inner();
    for (bytes, name) in [
        (&archive[..], "x.xlsx"),
        (&archive, "x.ods"),
        (b"<html><table/></html>", "x.xml"),
        (b"<Workbook xmlns=\"urn:other\"/>", "x.xml"),
        (b"a,b", "x.xml"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "x.csv"),
        (b"\x7fELF\x02\x01\x01\0\0", "x.txt"),
        (b"", "x.xml"),
    ] {
        assert_eq!(read(bytes, name), Err(Fault::UnsupportedFormat), "{name}");
    }
}

#[test]
fn a_sheet_that_claims_a_thousand_million_cells_costs_nothing() {
    let claim = |part: &str, text: String| match part == main_part("xlsx") {
        true => text.replace("r=\"A2\"", "r=\"XFD1048576\""),
        false => text,
    };
    assert!(read(&rezip(&file("people.xlsx"), claim), "x.xlsx").is_ok());
}
