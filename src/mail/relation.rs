//! What people are told of who acts for whom: names, and nothing else of anybody.
use askama::Template;
use serde::{Deserialize, Serialize};

/// A letter about somebody who acts, or is to act, for another.
#[derive(Clone, Template, Serialize, Deserialize)]
#[template(path = "mail/relation.txt")]
pub struct RelationLetter {
    /// Whose letter it is: a shared address serves several (SECURITY.md 5.12).
    pub name: String,
    /// Where.
    pub organization: String,
    /// Who acts; `None`: the reader.
    pub guardian: Option<String>,
    /// The given name of the one acted for; `None`: the reader.
    pub dependent: Option<String>,
    /// What happened.
    pub news: RelationNews,
    /// The page where the reader sees it.
    pub link: String,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelationNews {
    /// The organization asks the reader to act.
    Asked,
    /// The one acted for asks the reader himself.
    AskedBySubject,
    /// Whom the reader asked said yes.
    Accepted,
    /// Whom the reader asked said no.
    Declined,
    /// The reader is not asked any more.
    Withdrawn,
    /// It is in force.
    Began,
    /// It is on hold.
    OnHold,
    /// It goes on.
    Resumed,
    /// It is over.
    Ended,
}

impl RelationLetter {
    /// Nobody's name: the subject is what others may see on a locked screen.
    pub(super) const fn subject(&self) -> &'static str {
        match self.news {
            RelationNews::Asked | RelationNews::AskedBySubject => {
                "You are asked to act for somebody"
            }
            RelationNews::Accepted | RelationNews::Declined => "You have an answer",
            _ => "Who acts for whom has changed",
        }
    }

    fn actor(&self) -> &str {
        self.guardian.as_deref().map_or("you", spoken)
    }

    fn whom(&self) -> &str {
        self.dependent.as_deref().map_or("you", spoken)
    }
}

/// Most characters of a name that is told.
const LONGEST: usize = 80;

/// A name as it may be told to others. People choose their names themselves, and a letter of ours
/// is not to bring anybody's link, or text turned around, to a stranger.
fn spoken(name: &str) -> &str {
    let is_odd = |c: char| matches!(c, '/' | '\\' | ':' | '@' | '<' | '>' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut behind_dots = name.split('.').skip(1);
    let is_address = behind_dots.any(|rest| rest.starts_with(char::is_alphanumeric));
    match is_address || name.contains(is_odd) || name.chars().count() > LONGEST {
        true => "somebody",
        false => name,
    }
}

#[cfg(test)]
mod tests {
    use super::spoken;

    #[test]
    fn a_name_brings_no_link_to_a_stranger() {
        for name in ["Ann Roe", "J. R. O'Neill-Smith Jr.", "संध्या", "李 明", "Zoë"]
        {
            assert_eq!(spoken(name), name);
        }
        let long = "x".repeat(81);
        for name in [
            "http://evil.test",
            "win at evil.test",
            "a@b",
            "call 1:2",
            "<b>",
            "\u{202e}nnA",
            &long,
        ] {
            assert_eq!(spoken(name), "somebody", "{name}");
        }
    }
}
