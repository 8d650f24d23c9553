//! Values between commas, semicolons or tabs.
use super::{Cell, Fault, Table, encoding, sheet::Sheet};

/// Reads `.csv` and `.txt`. What stands between the values is what the first line has most of.
///
/// # Errors
/// `UnsupportedFormat` for what is no text, `CorruptFile`, and those of the limits.
pub(super) fn read(bytes: &[u8], mut sheet: Sheet) -> Result<Table, Fault> {
    let text = encoding::text(bytes).ok_or(Fault::CorruptFile)?;
    if text.contains('\0') {
        return Err(Fault::UnsupportedFormat);
    }
    // Each line ends with one line feed, so that lines can be counted.
    let text = text.replace("\r\n", "\n").replace('\r', "\n") + "\n";
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let (mut record, mut inside, mut number) = (csv::StringRecord::new(), 0, 0);
    while reader
        .read_record(&mut record)
        .map_err(|_| Fault::CorruptFile)?
    {
        // The reader skips empty lines, which are rows to whoever looks at the file; a line
        // feed within a value begins none. A quote that is never closed holds the last one.
        inside += record.iter().map(line_feeds).sum::<u64>();
        number = (reader.position().line() - 1)
            .saturating_sub(inside)
            .max(number + 1);
        let number = u32::try_from(number).map_err(|_| Fault::TooManyRows)?;
        for (column, value) in record.iter().enumerate() {
            sheet.put(number, column, Cell::of_text(value))?;
        }
    }
    Ok(sheet.finish())
}

fn line_feeds(value: &str) -> u64 {
    value.bytes().map(|byte| u64::from(byte == b'\n')).sum()
}

/// The first line that says something decides, by what it has most of outside quotes.
fn delimiter(text: &str) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut is_quoted = false;
    for byte in text.trim_start().bytes() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted => break,
            _ if is_quoted => {}
            _ => counts
                .iter_mut()
                .filter(|(delimiter, _)| *delimiter == byte)
                .for_each(|(_, count)| *count += 1),
        }
    }
    let most = counts.iter().rev().max_by_key(|(_, count)| *count);
    most.map_or(b',', |(delimiter, _)| *delimiter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(u32, Vec<String>)> {
        let table = read(text.as_bytes(), Sheet::new(100)).unwrap();
        let shown = |cells: &[Cell]| cells.iter().map(|cell| cell.text().to_owned()).collect();
        let rows = table.rows.iter();
        rows.map(|row| (row.number, shown(&row.cells))).collect()
    }

    fn row(number: u32, cells: &[&str]) -> (u32, Vec<String>) {
        (number, cells.iter().map(|&cell| cell.to_owned()).collect())
    }

    #[test]
    fn the_first_line_decides_what_stands_between_values() {
        for text in [
            "a,b\n1,2",
            "a;b\n1;2",
            "a\tb\n1\t2",
            "\"a\";\"b\"\r\n1;2\r\n",
        ] {
            assert_eq!(
                rows(text),
                [row(1, &["a", "b"]), row(2, &["1", "2"])],
                "{text}"
            );
        }
        assert_eq!(rows("\"a;b;c\",d"), [row(1, &["a;b;c", "d"])]);
        assert_eq!(rows("a;b,c;d"), [row(1, &["a", "b,c", "d"])]);
        assert_eq!(rows("alone"), [row(1, &["alone"])]);
    }

    #[test]
    fn rows_have_the_numbers_that_a_spreadsheet_shows() {
        let text = "\n\na,b\r\n\r\n\"1\n1\n\",2\r,\n  ,\n5,6\n\n";
        assert_eq!(
            rows(text),
            [
                row(3, &["a", "b"]),
                row(5, &["1\n1\n", "2"]),
                row(8, &["5", "6"]),
            ]
        );
    }

    #[test]
    fn quotes_are_taken_as_they_come() {
        assert_eq!(rows("\"say \"\"hi\"\"\",b"), [row(1, &["say \"hi\"", "b"])]);
        assert_eq!(rows("a,\"open\nend"), [row(1, &["a", "open\nend\n"])]);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for (bytes, fault) in [
            (&b"\x89PNG\r\n\x1a\n\0\0"[..], Fault::UnsupportedFormat),
            (b"a\0b\0", Fault::UnsupportedFormat),
            (b"\xef\xbb\xbf\xff", Fault::CorruptFile),
        ] {
            assert_eq!(read(bytes, Sheet::new(9)), Err(fault), "{bytes:?}");
        }
        assert_eq!(read(b"", Sheet::new(9)).unwrap().rows, []);
    }
}
