//! Phone numbers as people write them into sheets (E.164 in syntax only, DOMAIN.md 6.1).
use super::{Reason, dial_codes};
use crate::{accounts::Identifier, spreadsheet::Cell};

/// The dial code that a cell means; `None` for an empty one.
///
/// # Errors
/// `InvalidCountryCode`.
pub(super) fn country(cell: &Cell) -> Result<Option<&'static str>, Reason> {
    match cell {
        Cell::Text(text) | Cell::Number(text) if !cell.is_blank() => {
            let code = dial_codes::parse(&plain(text));
            code.map(Some).ok_or(Reason::InvalidCountryCode)
        }
        Cell::Date(_) => Err(Reason::InvalidCountryCode),
        _ => Ok(None),
    }
}

/// The number that a cell means, in E.164, with the `country` beside it; `None` for an empty
/// cell.
///
/// # Errors
/// `InvalidPhone`, or `MissingCountryCode` for a number that says none itself.
pub(super) fn number(cell: &Cell, country: Option<&str>) -> Result<Option<String>, Reason> {
    let text = match cell {
        Cell::Text(text) | Cell::Number(text) if !cell.is_blank() => plain(text),
        Cell::Date(_) => return Err(Reason::InvalidPhone),
        _ => return Ok(None),
    };
    let is_signed_number = matches!(cell, Cell::Number(text) if text.contains(['-', '.']));
    let is_strange = |c: char| !c.is_ascii_digit() && !"+-./() ".contains(c);
    if is_signed_number || is_date(&text) || text.contains(is_strange) {
        return Err(Reason::InvalidPhone);
    }
    // The trunk 0 of `+32 (0)470 …`.
    let text = text.replacen("(0)", "", 1);
    let digits: String = text
        .chars()
        .filter(|c| c.is_ascii_digit() || *c == '+')
        .collect();
    let whole = if digits.starts_with('+') || digits.starts_with("00") {
        digits
    } else {
        let code = country.ok_or(Reason::MissingCountryCode)?;
        format!("+{code}{}", digits.strip_prefix('0').unwrap_or(&digits))
    };
    let phone = Identifier::phone(&whole).ok_or(Reason::InvalidPhone)?;
    Ok(Some(phone.as_str().to_owned()))
}

/// Whether it is what a text file has of a date: `2024-03-05`.
fn is_date(text: &str) -> bool {
    let is_grouped = text.len() == "2024-03-05".len() && text.contains('-');
    is_grouped && text.parse::<jiff::civil::Date>().is_ok()
}

/// Without what nobody sees, and with the plain form of spaces and dashes: numbers are
/// copied from letters and address books. An apostrophe in front keeps spreadsheets from
/// taking a number for a sum; so do our own files of rejected rows.
fn plain(text: &str) -> String {
    let text = text.trim();
    let visible = text
        .strip_prefix('\'')
        .unwrap_or(text)
        .chars()
        .filter(|c| !super::is_invisible(*c));
    let plain = visible.map(|c| match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        c if c.is_whitespace() => ' ',
        c => c,
    });
    plain.collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    fn digits(digits: &str) -> Cell {
        Cell::Number(digits.to_owned())
    }

    #[test]
    fn a_number_gets_its_country_unless_it_has_one() {
        let be = Some("32");
        for (cell, country, read) in [
            (text("0470 55 01 40"), be, "+32470550140"),
            (text("470/55.01.40"), be, "+32470550140"),
            (text("(0470) 55-01-40"), be, "+32470550140"),
            (text("+32 (0)470 55 01 40"), None, "+32470550140"),
            (
                text("\u{202a}+32\u{a0}470\u{2011}550140\u{202c}"),
                None,
                "+32470550140",
            ),
            (text("0032470550140"), None, "+32470550140"),
            (text("+33 6 55 50 12 08"), be, "+33655501208"),
            (text("'+32470550140"), None, "+32470550140"),
            (digits("470550140"), be, "+32470550140"),
            (digits("32470550140"), Some("1"), "+132470550140"),
        ] {
            let number = number(&cell, country);
            assert_eq!(number, Ok(Some(read.to_owned())), "{cell:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let be = Some("32");
        for cell in [
            text("4.705501E+08"),
            text("4,7E8"),
            text("2024-03-05"),
            text("47O 55 01 40"),
            text("12"),
            text("+32470550140123456"),
            text("+0470550140"),
            text("32+470550140"),
            text("٠٤٧٠٥٥٠١٤٠"),
            text("0470 55 01 40 ext 3"),
            digits("-470550140"),
            digits("470550140.5"),
            Cell::Date("2024-03-05".to_owned()),
        ] {
            assert_eq!(number(&cell, be), Err(Reason::InvalidPhone), "{cell:?}");
        }
        let national = text("0470 55 01 40");
        assert_eq!(number(&national, None), Err(Reason::MissingCountryCode));
        for cell in [Cell::Empty, text(" "), Cell::Formula("=1".to_owned())] {
            assert_eq!(number(&cell, None), Ok(None));
        }
    }

    #[test]
    fn a_country_is_text_or_digits() {
        assert_eq!(country(&digits("32")), Ok(Some("32")));
        assert_eq!(country(&text(" be ")), Ok(Some("32")));
        assert_eq!(
            country(&text("\u{2212}32")),
            Err(Reason::InvalidCountryCode)
        );
        assert_eq!(
            country(&Cell::Date("2024-03-05".to_owned())),
            Err(Reason::InvalidCountryCode)
        );
        assert_eq!(country(&Cell::Empty), Ok(None));
    }
}
