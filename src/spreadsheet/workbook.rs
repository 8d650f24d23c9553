//! Workbooks: `.xlsx`, `.xls` and `.ods`.
use std::io::Cursor;

use calamine::{
    Data, DataRef, ExcelDateTime, Ods, OdsError, Range, Reader, SheetType, Xls, XlsError, Xlsx,
    XlsxError,
};

use super::{Cell, Fault, Table, sheet::Sheet};

/// Reads an `.xlsx` cell by cell: a sheet may claim seventeen thousand million of them.
///
/// # Errors
/// What is wrong with it.
pub(super) fn xlsx(bytes: &[u8], mut sheet: Sheet) -> Result<Table, Fault> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(of_xlsx)?;
    let name = first_sheet(book.sheets_metadata())?;
    sheet.set_name(&name);
    let mut cells = book.worksheet_cells_reader(&name).map_err(of_xlsx)?;
    while let Some(record) = cells.next_cell_with_formula_metadata().map_err(of_xlsx)? {
        let (row, column) = record.pos;
        let cell = match &record.formula {
            Some(calamine::XlsxFormulaMetadata::Normal { formula })
            | Some(calamine::XlsxFormulaMetadata::Shared { formula, .. }) => {
                Cell::of_formula(formula)
            }
            Some(_) => Cell::of_formula(""),
            None => of_ref(&record.value),
        };
        sheet.put(row.saturating_add(1), place(column), cell)?;
    }
    Ok(sheet.finish())
}

/// Reads an `.xls`.
///
/// # Errors
/// What is wrong with it.
pub(super) fn xls(bytes: &[u8], mut sheet: Sheet) -> Result<Table, Fault> {
    let mut book: Xls<_> = Xls::new(Cursor::new(bytes)).map_err(|error| match error {
        XlsError::Password => Fault::EncryptedFile,
        _ => Fault::CorruptFile,
    })?;
    let name = first_sheet(book.sheets_metadata())?;
    let values = book
        .worksheet_range(&name)
        .map_err(|_| Fault::CorruptFile)?;
    let formulas = book
        .worksheet_formula(&name)
        .map_err(|_| Fault::CorruptFile)?;
    sheet.set_name(&name);
    fill(sheet, &values, &formulas)
}

/// Reads an `.ods`.
///
/// # Errors
/// What is wrong with it.
pub(super) fn ods(bytes: &[u8], mut sheet: Sheet) -> Result<Table, Fault> {
    let mut book: Ods<_> = Ods::new(Cursor::new(bytes)).map_err(|error| match error {
        OdsError::Password => Fault::EncryptedFile,
        OdsError::CellLimitExceeded { .. } => Fault::FileTooLarge,
        _ => Fault::CorruptFile,
    })?;
    let name = first_sheet(book.sheets_metadata())?;
    let values = book
        .worksheet_range(&name)
        .map_err(|_| Fault::CorruptFile)?;
    let formulas = book
        .worksheet_formula(&name)
        .map_err(|_| Fault::CorruptFile)?;
    sheet.set_name(&name);
    fill(sheet, &values, &formulas)
}

fn first_sheet(sheets: &[calamine::Sheet]) -> Result<String, Fault> {
    let first = sheets
        .iter()
        .find(|sheet| sheet.typ == SheetType::WorkSheet);
    Ok(first.ok_or(Fault::CorruptFile)?.name.clone())
}

/// Formulas go in after the values, and take the place of what they last came to.
fn fill(mut sheet: Sheet, values: &Range<Data>, formulas: &Range<String>) -> Result<Table, Fault> {
    let (top, left) = values.start().unwrap_or_default();
    for (row, column, value) in values.used_cells() {
        sheet.put(number(top, row), place(left) + column, of_data(value))?;
    }
    let (top, left) = formulas.start().unwrap_or_default();
    for (row, column, source) in formulas.used_cells() {
        sheet.put(
            number(top, row),
            place(left) + column,
            Cell::of_formula(source),
        )?;
    }
    Ok(sheet.finish())
}

/// A row's number from 1.
fn number(top: u32, row: usize) -> u32 {
    let row = u32::try_from(row).unwrap_or(u32::MAX);
    top.saturating_add(row).saturating_add(1)
}

fn place(column: u32) -> usize {
    usize::try_from(column).unwrap_or(usize::MAX / 2)
}

fn of_data(value: &Data) -> Cell {
    match value {
        Data::Int(number) => Cell::Number(number.to_string()),
        Data::Float(number) => Cell::of_number(*number),
        Data::String(text) => Cell::of_text(text),
        Data::Bool(is) => Cell::of_text(boolean(*is)),
        Data::DateTime(date) => Cell::of_date(&iso(date)),
        Data::DateTimeIso(date) | Data::DurationIso(date) => Cell::of_date(date),
        Data::Error(_) | Data::Empty => Cell::Empty,
    }
}

fn of_ref(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::SharedString(text) => Cell::of_text(text),
        other => of_data(&Data::from(other.clone())),
    }
}

/// As spreadsheets show it.
pub(super) const fn boolean(is: bool) -> &'static str {
    if is { "TRUE" } else { "FALSE" }
}

fn iso(date: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
    match (hour, minute, second) {
        (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn of_xlsx(error: XlsxError) -> Fault {
    match error {
        XlsxError::Password => Fault::EncryptedFile,
        _ => Fault::CorruptFile,
    }
}
