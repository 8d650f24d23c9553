//! One line of a plan.
use std::fmt;

/// What happens to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It is made.
    Add,
    /// It is changed.
    Change,
    /// It ends.
    Remove,
}

/// One thing that is made, changed or ended.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// What happens.
    pub kind: Kind,
    /// To what: `client family-app`.
    pub what: String,
    /// Which fields change; never their values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<&'static str>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.kind {
            Kind::Add => '+',
            Kind::Change => '~',
            Kind::Remove => '-',
        };
        write!(f, "{sign} {}", self.what)?;
        if !self.fields.is_empty() {
            write!(f, " ({})", self.fields.join(", "))?;
        }
        Ok(())
    }
}

/// The changes so far.
#[derive(Debug, Default)]
pub(super) struct Changes(pub(super) Vec<Change>);

impl Changes {
    pub(super) fn added(&mut self, what: impl Into<String>) {
        self.push(Kind::Add, what.into(), Vec::new());
    }

    pub(super) fn removed(&mut self, what: impl Into<String>) {
        self.push(Kind::Remove, what.into(), Vec::new());
    }

    /// Notes a change, if any field changed. Gives whether one did.
    pub(super) fn changed(&mut self, what: impl Into<String>, fields: Vec<&'static str>) -> bool {
        let is_any = !fields.is_empty();
        if is_any {
            self.push(Kind::Change, what.into(), fields);
        }
        is_any
    }

    fn push(&mut self, kind: Kind, what: String, fields: Vec<&'static str>) {
        self.0.push(Change { kind, what, fields });
    }
}
