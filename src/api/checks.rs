//! Text fields of bodies, read into what they must be. Every fault is found, each with its
//! field.
use jiff::civil::Date;

use super::problem::{FieldFault, Kind, Problem};
use crate::accounts::Identifier;

/// Longest name, in characters.
const LONGEST: usize = 80;

/// The faults found so far.
#[derive(Debug, Default)]
pub(super) struct Checks(Vec<FieldFault>);

impl Checks {
    pub(super) fn fault(&mut self, field: &str, code: &'static str) {
        self.0.push(FieldFault::new(field, code));
    }

    /// A name of a person or thing: trimmed, 1 to 80 characters, none of them invisible.
    pub(super) fn name(&mut self, field: &str, text: &str) -> String {
        self.text(field, text, 1, LONGEST)
    }

    /// A text of `shortest` to `longest` characters, trimmed.
    pub(super) fn text(
        &mut self,
        field: &str,
        text: &str,
        shortest: usize,
        longest: usize,
    ) -> String {
        let text = text.trim();
        let length = text.chars().count();
        if text.is_empty() && shortest > 0 {
            self.fault(field, "required");
        } else if length < shortest {
            self.fault(field, "too_short");
        } else if length > longest {
            self.fault(field, "too_long");
        } else if text.chars().any(char::is_control) {
            self.fault(field, "control_characters");
        }
        text.to_owned()
    }

    /// An e-mail address, normalised.
    pub(super) fn email(&mut self, field: &str, text: &str) -> Option<Identifier> {
        let email = Identifier::email(text);
        if email.is_none() {
            let code = if text.trim().is_empty() {
                "required"
            } else {
                "invalid"
            };
            self.fault(field, code);
        }
        email
    }

    /// A day such as `2018-09-14`.
    pub(super) fn date(&mut self, field: &str, text: &str) -> Date {
        let plain = text.len() == 10;
        text.parse().ok().filter(|_| plain).unwrap_or_else(|| {
            self.fault(field, "invalid");
            Date::default()
        })
    }

    /// One of the words that `parse` knows.
    pub(super) fn word<T: Copy>(
        &mut self,
        field: &str,
        text: &str,
        parse: impl FnOnce(&str) -> Option<T>,
        otherwise: T,
    ) -> T {
        parse(text).unwrap_or_else(|| {
            self.fault(field, "unknown");
            otherwise
        })
    }

    /// Whether everything fits.
    ///
    /// # Errors
    /// `validation`, with every fault.
    pub(super) fn finish(self) -> Result<(), Problem> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(Problem::of(Kind::Invalid(self.0))),
        }
    }
}
