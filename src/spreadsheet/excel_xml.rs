//! Excel 2003 XML: one document, `Workbook` › `Worksheet` › `Table` › `Row` › `Cell` › `Data`.
use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesRef, BytesStart, Event},
};

use super::{Cell, Fault, Table, encoding, sheet::Sheet, workbook::boolean};

const NAMESPACE: &str = "urn:schemas-microsoft-com:office:spreadsheet";
/// Deeper documents are not what Excel writes.
const DEEPEST: usize = 64;

/// Reads an Excel 2003 document.
///
/// # Errors
/// `UnsupportedFormat` for any other document, `CorruptFile` also for a document type, and
/// those of the limits.
pub(super) fn read(bytes: &[u8], sheet: Sheet) -> Result<Table, Fault> {
    let text = encoding::markup(bytes).ok_or(Fault::CorruptFile)?;
    if !text.trim_start().starts_with('<') {
        return Err(Fault::UnsupportedFormat);
    }
    let mut reader = Reader::from_str(&text);
    reader.config_mut().expand_empty_elements = true;
    let mut walk = Walk::new(sheet);
    loop {
        match reader.read_event().map_err(|_| Fault::CorruptFile)? {
            Event::Start(start) => walk.enter(&start)?,
            Event::End(_) => {
                if walk.leave()? {
                    return Ok(walk.sheet.finish());
                }
            }
            Event::Text(text) => walk.say(&text.xml10_content()),
            Event::CData(text) => walk.say(&text.xml10_content()),
            Event::GeneralRef(entity) => walk.say(&resolved(&entity)?),
            Event::DocType(_) | Event::Eof => return Err(Fault::CorruptFile),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::Empty(_) => {}
        }
    }
}

/// The characters that XML itself knows by name or number; others would have to be declared.
fn resolved(entity: &BytesRef<'_>) -> Result<String, Fault> {
    if let Some(char) = entity.resolve_char_ref().map_err(|_| Fault::CorruptFile)? {
        return Ok(char.to_string());
    }
    let known = resolve_predefined_entity(&entity.xml10_content());
    known.map(str::to_owned).ok_or(Fault::CorruptFile)
}

/// What an element is to a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Workbook,
    Worksheet,
    Table,
    Row,
    Cell,
    Data,
    Other,
}

impl Part {
    /// What an element called `name` is within `parent`.
    fn of(parent: Option<Self>, name: &str) -> Self {
        match (parent, name) {
            (None, "Workbook") => Self::Workbook,
            (Some(Self::Workbook), "Worksheet") => Self::Worksheet,
            (Some(Self::Worksheet), "Table") => Self::Table,
            (Some(Self::Table), "Row") => Self::Row,
            (Some(Self::Row), "Cell") => Self::Cell,
            (Some(Self::Cell), "Data") => Self::Data,
            // Marks of letters within a cell: <Data><B>text</B></Data>.
            (Some(Self::Data), _) => Self::Data,
            _ => Self::Other,
        }
    }
}

/// Where in the document the reader stands, and the table so far.
struct Walk {
    sheet: Sheet,
    above: Vec<Part>,
    /// The row at hand, from 1, and how many rows follow that it also describes.
    row: u32,
    row_span: u32,
    /// The next cell's column, from 0.
    column: usize,
    kind: String,
    text: String,
    formula: Option<String>,
    /// How many columns to the right belong to the cell at hand.
    merged: usize,
}

impl Walk {
    const fn new(sheet: Sheet) -> Self {
        Self {
            sheet,
            above: Vec::new(),
            row: 0,
            row_span: 0,
            column: 0,
            kind: String::new(),
            text: String::new(),
            formula: None,
            merged: 0,
        }
    }

    fn enter(&mut self, start: &BytesStart<'_>) -> Result<(), Fault> {
        let name = start.local_name();
        let part = Part::of(self.above.last().copied(), name.as_ref());
        if self.above.len() == DEEPEST {
            return Err(Fault::CorruptFile);
        }
        let is_outermost = self.above.is_empty();
        match part {
            Part::Workbook if !is_excel(start) => return Err(Fault::UnsupportedFormat),
            Part::Other if is_outermost => return Err(Fault::UnsupportedFormat),
            Part::Worksheet => {
                self.sheet
                    .set_name(&attribute(start, "Name")?.unwrap_or_default());
            }
            Part::Row => {
                let next = self.row.saturating_add(1).saturating_add(self.row_span);
                self.row = number(start, "Index")?.unwrap_or(next);
                self.row_span = number(start, "Span")?.unwrap_or(0);
                self.column = 0;
            }
            Part::Cell => {
                let index = number(start, "Index")?;
                let column = index.and_then(|index| usize::try_from(index.checked_sub(1)?).ok());
                self.column = column.unwrap_or(self.column);
                let merged = number(start, "MergeAcross")?.unwrap_or(0);
                self.merged = usize::try_from(merged).unwrap_or(usize::MAX);
                self.formula = attribute(start, "Formula")?;
                self.kind.clear();
                self.text.clear();
            }
            Part::Data if self.above.last() == Some(&Part::Cell) => {
                self.kind = attribute(start, "Type")?.unwrap_or_default();
            }
            _ => {}
        }
        self.above.push(part);
        Ok(())
    }

    /// Whether the first sheet is at its end.
    fn leave(&mut self) -> Result<bool, Fault> {
        match self.above.pop() {
            Some(Part::Cell) => {
                let cell = match self.formula.take() {
                    Some(formula) => Cell::of_formula(&formula),
                    None => self.cell(),
                };
                self.sheet.put(self.row, self.column, cell)?;
                self.column = self.column.saturating_add(1).saturating_add(self.merged);
                Ok(false)
            }
            Some(Part::Worksheet) => Ok(true),
            // A book without a sheet.
            Some(Part::Workbook) => Err(Fault::CorruptFile),
            _ => Ok(false),
        }
    }

    fn say(&mut self, text: &str) {
        if self.above.last() == Some(&Part::Data) {
            self.text.push_str(text);
        }
    }

    fn cell(&self) -> Cell {
        match (self.kind.as_str(), self.text.trim()) {
            ("Number", number) => match number.parse() {
                Ok(number) => Cell::of_number(number),
                Err(_) => Cell::of_text(&self.text),
            },
            ("DateTime", date) => Cell::of_date(date.trim_end_matches("T00:00:00.000")),
            ("Boolean", is) => Cell::of_text(boolean(is == "1")),
            ("Error", _) => Cell::Empty,
            _ => Cell::of_text(&self.text),
        }
    }
}

/// Whether the outermost element declares Excel's namespace, with or without a prefix.
fn is_excel(start: &BytesStart<'_>) -> bool {
    let mut attributes = start.attributes();
    attributes.with_checks(false);
    attributes.filter_map(Result::ok).any(|attribute| {
        attribute.key.as_ref().starts_with("xmlns") && &*attribute.value == NAMESPACE
    })
}

/// The value of the attribute that is called `name` behind its prefix.
fn attribute(start: &BytesStart<'_>, name: &str) -> Result<Option<String>, Fault> {
    let mut attributes = start.attributes();
    for attribute in attributes.with_checks(false) {
        let attribute = attribute.map_err(|_| Fault::CorruptFile)?;
        if attribute.key.local_name().as_ref() == name {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            return Ok(Some(value.map_err(|_| Fault::CorruptFile)?.into_owned()));
        }
    }
    Ok(None)
}

fn number(start: &BytesStart<'_>, name: &str) -> Result<Option<u32>, Fault> {
    let value = attribute(start, name)?;
    let parsed = value.map(|value| value.trim().parse::<u32>());
    parsed.transpose().map_err(|_| Fault::CorruptFile)
}
