//! Archives are unpacked once and counted, before a parser may look at them.
use std::io::{Cursor, Read};

use memchr::memmem;
use zip::{ZipArchive, result::ZipError};

use super::{Fault, MOST_UNPACKED};

/// Most files in an archive.
const MOST_ENTRIES: usize = 200;
/// An archive of more than this is refused when it unpacks to more than [`MOST_RATIO`]
/// times its size.
const SMALL: u64 = 4 * 1024 * 1024;
const MOST_RATIO: u64 = 200;

/// Which document the archive is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// Excel since 2007.
    Xlsx,
    /// OpenDocument spreadsheet.
    Ods,
}

/// Unpacks `bytes` to nowhere, and tells which document they are.
///
/// # Errors
/// `FileTooLarge`, `CorruptFile`, `EncryptedFile`, or `UnsupportedFormat` for any other archive.
pub(super) fn check(bytes: &[u8]) -> Result<Holds, Fault> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(fault)?;
    if archive.len() > MOST_ENTRIES || archive.has_overlapping_files().map_err(fault)? {
        return Err(Fault::FileTooLarge);
    }
    let allowed = most(bytes.len());
    if archive
        .decompressed_size()
        .is_some_and(|size| size > u128::from(allowed))
    {
        return Err(Fault::FileTooLarge);
    }
    let holds = holds(&mut archive)?;
    let mut unpacked = 0;
    for n in 0..archive.len() {
        let mut entry = archive.by_index(n).map_err(fault)?;
        let watched = watched(&entry.name().map_err(fault)?);
        unpacked += drain(&mut entry, allowed - unpacked, watched)?;
    }
    Ok(holds)
}

fn most(packed: usize) -> u64 {
    let packed = u64::try_from(packed).unwrap_or(u64::MAX);
    packed
        .saturating_mul(MOST_RATIO)
        .clamp(SMALL, MOST_UNPACKED)
}

fn holds(archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<Holds, Fault> {
    if archive.index_for_name("xl/workbook.xml").is_some() {
        return Ok(Holds::Xlsx);
    }
    let mut kind = String::new();
    if let Ok(entry) = archive.by_name("mimetype") {
        entry
            .take(256)
            .read_to_string(&mut kind)
            .map_err(|_| Fault::CorruptFile)?;
    }
    match kind.trim_end() {
        "application/vnd.oasis.opendocument.spreadsheet" => Ok(Holds::Ods),
        _ => Err(Fault::UnsupportedFormat),
    }
}

/// What a file of an archive must not say: a word and the fault it is.
type Watched = Option<(&'static [u8], Fault)>;

/// No markup has a document type, and an OpenDocument's manifest no word of encryption.
fn watched(name: &str) -> Watched {
    let is_markup = [".xml", ".rels", ".vml"]
        .iter()
        .any(|ending| name.ends_with(ending));
    match name {
        "META-INF/manifest.xml" => Some((b"encryption-data", Fault::EncryptedFile)),
        _ if is_markup => Some((b"<!DOCTYPE", Fault::CorruptFile)),
        _ => None,
    }
}

/// Counts what `entry` unpacks to, up to `allowed`.
fn drain(entry: &mut impl Read, allowed: u64, watched: Watched) -> Result<u64, Fault> {
    let (word, found) = watched.unwrap_or((b"", Fault::CorruptFile));
    let (mut unpacked, mut buffer, mut kept) = (0_u64, vec![0; 64 * 1024], 0);
    loop {
        // The end of what was read before stays in front, so that no word falls in between.
        let free = buffer.get_mut(kept..).unwrap_or_default();
        let read = entry.read(free).map_err(|_| Fault::CorruptFile)?;
        if read == 0 {
            return Ok(unpacked);
        }
        unpacked += u64::try_from(read).unwrap_or(u64::MAX);
        if unpacked > allowed {
            return Err(Fault::FileTooLarge);
        }
        let filled = kept + read;
        let seen = buffer.get(..filled).unwrap_or_default();
        if !word.is_empty() && memmem::find(seen, word).is_some() {
            return Err(found);
        }
        kept = filled.min(word.len().saturating_sub(1));
        buffer.copy_within(filled - kept..filled, 0);
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn fault(error: ZipError) -> Fault {
    match error {
        ZipError::InvalidPassword => Fault::EncryptedFile,
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Fault::EncryptedFile,
        _ => Fault::CorruptFile,
    }
}
