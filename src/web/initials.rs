//! The letters on the badges of people and applications.

/// The first letters of the first and the last word of a person's name.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().map(initial);
    let last = words.next_back().map(initial);
    first.into_iter().chain(last).collect()
}

/// The first letter of an application's name.
pub fn initial(name: &str) -> String {
    let letter = name.chars().find(|c| c.is_alphanumeric());
    letter.into_iter().flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_badge_has_at_most_two_letters() {
        assert_eq!(initials("John Doe"), "JD");
        assert_eq!(initials("Ana María de la Cruz"), "AC");
        assert_eq!(initials("  élodie "), "É");
        assert_eq!(initials("\"Bo\" (Li)"), "BL");
        assert_eq!(initials(""), "");
    }
}
