//! The same sheet, as LibreOffice writes it in each format, and as a library writes it.
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use tutela::spreadsheet::{Cell, Fault};

use super::{ENDINGS, file, read, row, text};

fn people(ending: &str) -> tutela::spreadsheet::Table {
    let name = format!("people.{ending}");
    read(&file(&name), &name).unwrap()
}

#[test]
fn a_sheet_reads_the_same_in_each_format() {
    for ending in ENDINGS {
        let table = people(ending);
        let numbers: Vec<u32> = table.rows.iter().map(|row| row.number).collect();
        assert_eq!(numbers, [1, 2, 3, 6, 7, 8, 9, 10, 11], "{ending}");
        let named = (ending != "csv").then(|| "Staff".to_owned());
        assert_eq!(table.sheet, named, "{ending}");
        assert_eq!(row(&table, 1)[1], text(" first name "), "{ending}");
        assert_eq!(row(&table, 2)[2], text("Müller"), "{ending}");
        assert_eq!(row(&table, 2)[4], text("0470 55 01 40"), "{ending}");
        assert_eq!(
            row(&table, 8)[..3],
            [text("merged@example.test"), text("Merged"), Cell::Empty]
                [..row(&table, 8).len().min(3)]
        );
        assert_eq!(row(&table, 9)[1], text("\u{200f}דנה"), "{ending}");
        assert_eq!(row(&table, 9)[2], text("כ\u{200b}הן"), "{ending}");
        assert_eq!(row(&table, 10)[6], text("two\nlines & <marks>"), "{ending}");
    }
}

#[test]
fn numbers_dates_and_formulas_are_told_from_text() {
    for ending in ["xlsx", "xls", "xml", "ods"] {
        let table = people(ending);
        let number = |digits: &str| Cell::Number(digits.to_owned());
        assert_eq!(row(&table, 3)[3], number("32"), "{ending}");
        assert_eq!(row(&table, 3)[4], number("470550141"), "{ending}");
        assert_eq!(row(&table, 11)[4], number("32470550142"), "{ending}");
        let date = Cell::Date("2024-03-05".to_owned());
        assert_eq!(row(&table, 6)[1], date, "{ending}");
        assert!(matches!(row(&table, 7)[1], Cell::Formula(_)), "{ending}");
    }
}

/// What a library writes: formulas of each kind, text in shared strings, columns far away.
#[test]
fn a_workbook_of_a_library_is_read() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "First Name").unwrap();
    sheet.write(3, 0, "00470").unwrap();
    sheet.write(3, 1, 0.5).unwrap();
    sheet.write(3, 2, true).unwrap();
    let date = ExcelDateTime::parse_from_str("2024-03-05T10:30:00").unwrap();
    let format = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
    sheet.write_with_format(3, 3, &date, &format).unwrap();
    sheet
        .write(
            3,
            4,
            Formula::new("=HYPERLINK(\"http://a.test\")").set_result("x"),
        )
        .unwrap();
    sheet
        .write_array_formula(4, 0, 4, 0, "{=SUM(1,2)}")
        .unwrap();
    sheet.write(1_048_575, 16_383, "far").unwrap();
    sheet
        .merge_range(6, 0, 7, 1, "merged", &Format::new())
        .unwrap();
    let table = read(&book.save_to_buffer().unwrap(), "library.xlsx").unwrap();
    assert_eq!(
        row(&table, 4),
        [
            text("00470"),
            Cell::Number("0.5".to_owned()),
            text("TRUE"),
            Cell::Date("2024-03-05T10:30:00".to_owned()),
            Cell::Formula("=HYPERLINK(\"http://a.test\")".to_owned()),
        ]
    );
    assert!(matches!(row(&table, 5)[0], Cell::Formula(_)));
    assert_eq!(row(&table, 7), [text("merged")]);
    assert_eq!(
        table.rows.len(),
        4,
        "rows that are merged or far away are empty"
    );
}

#[test]
fn text_is_read_in_the_encodings_that_people_save_in() {
    let line = "First Name;Last Name\r\nJosé;\"Nuñez\nGarcía\"\r\n";
    let (windows, ..) = encoding_rs::WINDOWS_1252.encode(line);
    let utf16 = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(line.encode_utf16());
        units.flat_map(bytes).collect()
    };
    for bytes in [
        line.as_bytes().to_vec(),
        format!("\u{feff}{line}").into_bytes(),
        windows.into_owned(),
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
    ] {
        let table = read(&bytes, "people.txt").unwrap();
        assert_eq!(row(&table, 1), [text("First Name"), text("Last Name")]);
        assert_eq!(row(&table, 2), [text("José"), text("Nuñez\nGarcía")]);
    }
}

#[test]
fn a_file_that_is_not_what_its_name_says_is_refused() {
    for content in ENDINGS {
        for ending in ["xlsx", "xls", "xml", "ods", "csv", "txt", "pdf", "xlsm", ""] {
            let bytes = file(&format!("people.{content}"));
            let answer = read(&bytes, &format!("people.{ending}"));
            let agrees = content == ending || (content, ending) == ("csv", "txt");
            match agrees {
                true => assert!(answer.is_ok(), "{content} as {ending}"),
                // The text of a document is text, if a strange one.
                false if content == "xml" && ["csv", "txt"].contains(&ending) => {}
                false => assert_eq!(
                    answer,
                    Err(Fault::UnsupportedFormat),
                    "{content} as {ending}"
                ),
            }
        }
    }
}

/// DOMAIN 6.1: 5 000 rows, and a header.
#[test]
fn rows_are_counted_without_the_empty_ones() {
    let lines = |rows: usize| "a,b\n,\n".repeat(rows);
    assert_eq!(
        read(lines(5_001).as_bytes(), "x.csv").unwrap().rows.len(),
        5_001
    );
    assert_eq!(
        read(lines(5_002).as_bytes(), "x.csv"),
        Err(Fault::TooManyRows)
    );
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for row in 0..5_002 {
        sheet.write(row, 0, "x").unwrap();
    }
    let bytes = book.save_to_buffer().unwrap();
    assert_eq!(read(&bytes, "x.xlsx"), Err(Fault::TooManyRows));
    let rows = "<Row><Cell><Data ss:Type=\"String\">x</Data></Cell></Row>".repeat(5_002);
    let document = format!(
        "<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\" xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\"><Worksheet ss:Name=\"a\"><Table>{rows}</Table></Worksheet></Workbook>"
    );
    assert_eq!(read(document.as_bytes(), "x.xml"), Err(Fault::TooManyRows));
}
