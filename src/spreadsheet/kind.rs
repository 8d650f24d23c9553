//! What a file is: its content says it, and the ending of its name must agree.
use super::{Fault, archive};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Excel since 2007: XML in an archive.
    Xlsx,
    /// Excel before: records in a compound file.
    Xls,
    /// OpenDocument: XML in an archive.
    Ods,
    /// Excel 2003: one XML document.
    ExcelXml,
    /// Values between commas, semicolons or tabs.
    Text,
}

const ARCHIVE: &[u8] = b"PK\x03\x04";
const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Tells what `bytes`, called `name`, are.
///
/// # Errors
/// `UnsupportedFormat`, `EncryptedFile`, and what is wrong with an archive.
pub(super) fn of(bytes: &[u8], name: &str) -> Result<Kind, Fault> {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let ending = ending.to_ascii_lowercase();
    let (kind, endings): (_, &[&str]) = if bytes.starts_with(ARCHIVE) {
        match archive::check(bytes)? {
            archive::Holds::Xlsx => (Kind::Xlsx, &["xlsx"]),
            archive::Holds::Ods => (Kind::Ods, &["ods"]),
        }
    } else if bytes.starts_with(COMPOUND) {
        if is_locked(bytes) {
            return Err(Fault::EncryptedFile);
        }
        (Kind::Xls, &["xls"])
    } else if ending == "xml" {
        (Kind::ExcelXml, &["xml"])
    } else {
        (Kind::Text, &["csv", "txt"])
    };
    match endings.contains(&ending.as_str()) {
        true => Ok(kind),
        false => Err(Fault::UnsupportedFormat),
    }
}

/// An encrypted `.xlsx` is a compound file with a stream of this name (MS-OFFCRYPTO 2.3.4).
fn is_locked(bytes: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    bytes.windows(name.len()).any(|window| window == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_must_agree_with_the_content() {
        let of = |bytes: &[u8], name: &str| of(bytes, name);
        assert_eq!(of(b"a,b", "x.csv"), Ok(Kind::Text));
        assert_eq!(of(b"a,b", "X.TXT"), Ok(Kind::Text));
        assert_eq!(of(b"<Workbook/>", "x.xml"), Ok(Kind::ExcelXml));
        assert_eq!(of(COMPOUND, "x.xls"), Ok(Kind::Xls));
        for (bytes, name) in [
            (COMPOUND, "x.csv"),
            (COMPOUND, "x.xlsx"),
            (b"a,b", "x.xlsx"),
            (b"a,b", "x.xls"),
            (b"a,b", "x.ods"),
            (b"a,b", "x.pdf"),
            (b"a,b", "csv"),
            (b"a,b", ""),
        ] {
            assert_eq!(of(bytes, name), Err(Fault::UnsupportedFormat), "{name}");
        }
    }
}
