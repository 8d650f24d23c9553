//! Names as people look for them: whatever the case and the accents, on any database.
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// `text` in lower case and without accents.
pub fn fold(text: &str) -> String {
    let plain = text.nfkd().filter(|c| !is_combining_mark(*c));
    let lower = plain.collect::<String>().to_lowercase();
    lower.chars().fold(String::new(), |mut folded, c| {
        match c {
            'ł' => folded.push('l'),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ı' => folded.push('i'),
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            c => folded.push(c),
        }
        folded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_ligatures_do_not_matter() {
        for (text, folded) in [
            ("ÉLISE", "elise"),
            ("Łukasz Müller-Strauß", "lukasz muller-strauss"),
            ("Søren Ærø", "soren aero"),
            ("ﬁ", "fi"),
            ("李", "李"),
        ] {
            assert_eq!(fold(text), folded);
        }
    }
}
