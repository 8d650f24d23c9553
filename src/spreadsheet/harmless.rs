//! Cells that no spreadsheet takes for a formula (SECURITY.md 6.7).

/// What a spreadsheet would take for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The cell as a text, whatever it begins with.
pub fn harmless(cell: &str) -> String {
    match cell.starts_with(FORMULA) {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1", "+32", "-1", "@a", "\ta", "\ra"] {
            assert_eq!(harmless(cell), format!("'{cell}"));
        }
        for cell in ["", "a=1", "'=1", " "] {
            assert_eq!(harmless(cell), cell);
        }
    }
}
