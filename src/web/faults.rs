//! What does not fit in a form: the summary at its top and the words at each field.
use axum::http::StatusCode;

use super::Texts;

/// Fields with what is wrong with them, in the order of the page.
#[derive(Debug, Clone, Default)]
pub struct Faults(Vec<(&'static str, String)>);

impl Faults {
    /// Adds what is wrong with a field.
    pub fn add(&mut self, field: &'static str, words: String) {
        self.0.push((field, words));
    }

    /// A person's name, trimmed; what does not fit is added.
    pub fn name(&mut self, t: &Texts, field: &'static str, typed: &str) -> String {
        let name = typed.trim();
        if name.is_empty() {
            self.add(field, t.get("fault-name-missing"));
        } else if name.chars().count() > 80 || name.chars().any(char::is_control) {
            self.add(field, t.get("fault-name"));
        }
        name.to_owned()
    }

    /// Whether everything fits.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What the page is answered with: 422 where something does not fit.
    pub fn status(&self) -> StatusCode {
        match self.is_empty() {
            true => StatusCode::OK,
            false => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// What is wrong with the field.
    pub fn of(&self, field: &str) -> Option<&str> {
        let found = self.0.iter().find(|(name, _)| *name == field);
        found.map(|(_, words)| words.as_str())
    }

    /// Every field with what is wrong with it.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(field, words)| (*field, words.as_str()))
    }
}
