//! Bytes into characters.
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// The text of `bytes`: by its byte order mark (UTF-8, UTF-16), else in UTF-8 if it is that,
/// else in Windows-1252. `None` when its byte order mark lies.
pub(super) fn text(bytes: &[u8]) -> Option<String> {
    if let Some((marked, _)) = Encoding::for_bom(bytes) {
        return decode(marked, bytes);
    }
    decode(UTF_8, bytes).or_else(|| decode(WINDOWS_1252, bytes))
}

/// The text of an XML document: by its byte order mark, else by the encoding it declares,
/// else in UTF-8. `None` when it is not in that, or nobody knows it.
pub(super) fn markup(bytes: &[u8]) -> Option<String> {
    if let Some((marked, _)) = Encoding::for_bom(bytes) {
        return decode(marked, bytes);
    }
    match declared(bytes) {
        Some(label) => decode(Encoding::for_label(label)?, bytes),
        None => decode(UTF_8, bytes),
    }
}

/// The value of `encoding="…"` in the declaration.
fn declared(bytes: &[u8]) -> Option<&[u8]> {
    let head = bytes.strip_prefix(b"<?xml")?;
    let head = head.get(..memchr::memmem::find(head, b"?>")?)?;
    let at = memchr::memmem::find(head, b"encoding")? + b"encoding".len();
    let mut parts = head.get(at..)?.split(|byte| matches!(byte, b'"' | b'\''));
    parts.next()?;
    parts.next()
}

fn decode(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    let (text, _, is_broken) = encoding.decode(bytes);
    (!is_broken).then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str) -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn each_encoding_that_people_save_in_is_read() {
        for (bytes, read) in [
            (b"Jos\xc3\xa9".to_vec(), Some("José")),
            (b"\xef\xbb\xbfJos\xc3\xa9".to_vec(), Some("José")),
            (b"Jos\xe9 \x80".to_vec(), Some("José €")),
            (utf16("José"), Some("José")),
            (b"\xef\xbb\xbfJos\xe9".to_vec(), None),
            (b"\xff\xfe\x00\xd8".to_vec(), None),
        ] {
            assert_eq!(text(&bytes).as_deref(), read, "{bytes:?}");
        }
    }

    #[test]
    fn a_document_is_in_what_it_declares() {
        for (bytes, read) in [
            (&b"<?xml version=\"1.0\"?><a>\xc3\xa9</a>"[..], true),
            (
                b"<?xml version='1.0' encoding='windows-1252'?><a>\xe9</a>",
                true,
            ),
            (
                b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><a>\xe9</a>",
                false,
            ),
            (
                b"<?xml version=\"1.0\" encoding=\"EBCDIC-9\"?><a>\xe9</a>",
                false,
            ),
            (b"<a>\xe9</a>", false),
        ] {
            let document = markup(bytes);
            assert_eq!(document.is_some_and(|text| text.contains('é')), read);
        }
    }
}
