//! The rows that do not fit, as a file to mend and import again.
use super::{Column, Staged};
use crate::spreadsheet::harmless;

/// The rejected rows as CSV, with their numbers and reasons. Nothing in it is a formula to a
/// spreadsheet, and its first character tells one that it is UTF-8.
///
/// # Errors
/// There is no memory for it.
pub fn rejected_csv(lines: &[Staged]) -> Result<String, csv::Error> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(vec![0xef, 0xbb, 0xbf]);
    let titles = Column::ALL.map(Column::title);
    writer.write_record(["Row"].into_iter().chain(titles).chain(["Reasons"]))?;
    for line in lines.iter().map(|staged| &staged.line) {
        if line.is_accepted() {
            continue;
        }
        let number = line.number.to_string();
        let codes: Vec<&str> = line.reasons.iter().map(|reason| reason.code()).collect();
        let reasons = codes.join(", ");
        let cells = [&number].into_iter().chain(&line.content.values);
        writer.write_record(cells.chain([&reasons]).map(|cell| harmless(cell)))?;
    }
    let bytes = writer.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
