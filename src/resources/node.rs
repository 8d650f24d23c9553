//! A declaration as a tree, read so that every fault is found in one go and has its path.
use std::{cell::RefCell, collections::BTreeSet, fmt};

use serde_json::{Map, Value};

use crate::{clock::Timestamp, id::Id};

/// Something wrong with a declaration.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Fault {
    /// Where: `organizations[0].people[2].roles[1]`.
    pub path: String,
    /// What, and what was expected.
    pub problem: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.is_empty() {
            true => f.write_str(&self.problem),
            false => write!(f, "{}: {}", self.path, self.problem),
        }
    }
}

/// The faults found so far.
#[derive(Debug, Default)]
pub(super) struct Faults(RefCell<Vec<Fault>>);

impl Faults {
    pub(super) fn add(&self, path: &str, problem: impl Into<String>) {
        self.0.borrow_mut().push(Fault {
            path: path.to_owned(),
            problem: problem.into(),
        });
    }

    pub(super) fn into_inner(self) -> Vec<Fault> {
        self.0.into_inner()
    }
}

/// A value and where it stands.
#[derive(Clone)]
pub(super) struct Node<'a> {
    pub(super) path: String,
    pub(super) value: &'a Value,
    faults: &'a Faults,
}

impl<'a> Node<'a> {
    pub(super) const fn root(value: &'a Value, faults: &'a Faults) -> Self {
        Self {
            path: String::new(),
            value,
            faults,
        }
    }

    pub(super) fn fault(&self, problem: impl Into<String>) {
        self.faults.add(&self.path, problem);
    }

    fn expected(&self, what: &str) {
        self.fault(format!("expected {what}, found {}", kind(self.value)));
    }

    pub(super) fn object(&self) -> Option<Object<'a>> {
        let Value::Object(map) = self.value else {
            self.expected("a table");
            return None;
        };
        Some(Object {
            path: self.path.clone(),
            map,
            taken: RefCell::default(),
            faults: self.faults,
        })
    }

    pub(super) fn text(&self) -> Option<&'a str> {
        match self.value {
            Value::String(text) => Some(text),
            _ => {
                self.expected("text");
                None
            }
        }
    }

    /// The value as whatever `read` makes of its text.
    pub(super) fn parse<T>(
        &self,
        expected: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text()?;
        let read = read(text);
        if read.is_none() {
            self.fault(format!("\"{text}\" is not {expected}"));
        }
        read
    }

    pub(super) fn list(&self) -> Vec<Self> {
        let Value::Array(items) = self.value else {
            self.expected("a list");
            return Vec::new();
        };
        let item = |(n, value): (usize, &'a Value)| Node {
            path: format!("{}[{n}]", self.path),
            value,
            faults: self.faults,
        };
        items.iter().enumerate().map(item).collect()
    }
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

/// A table whose fields are taken one by one; what is left in the end is unknown.
pub(super) struct Object<'a> {
    pub(super) path: String,
    pub(super) map: &'a Map<String, Value>,
    taken: RefCell<BTreeSet<&'static str>>,
    faults: &'a Faults,
}

impl<'a> Object<'a> {
    pub(super) fn path_of(&self, name: &str) -> String {
        match self.path.is_empty() {
            true => name.to_owned(),
            false => format!("{}.{name}", self.path),
        }
    }

    pub(super) fn fault(&self, name: &str, problem: impl Into<String>) {
        self.faults.add(&self.path_of(name), problem);
    }

    pub(super) fn get(&self, name: &'static str) -> Option<Node<'a>> {
        self.taken.borrow_mut().insert(name);
        let value = self.map.get(name).filter(|value| !value.is_null())?;
        Some(Node {
            path: self.path_of(name),
            value,
            faults: self.faults,
        })
    }

    pub(super) fn text(&self, name: &'static str) -> Option<String> {
        self.get(name)?.text().map(str::to_owned)
    }

    /// A text that must be there and not be empty.
    pub(super) fn required(&self, name: &'static str) -> String {
        let text = match self.get(name) {
            Some(node) => node.text(),
            None => {
                self.fault(name, "is missing");
                return String::new();
            }
        };
        if text.is_some_and(|text| text.trim().is_empty() || text.chars().count() > 200) {
            self.fault(name, "expected 1 to 200 characters");
        }
        text.unwrap_or_default().trim().to_owned()
    }

    pub(super) fn flag(&self, name: &'static str) -> Option<bool> {
        let node = self.get(name)?;
        match node.value {
            Value::Bool(flag) => Some(*flag),
            _ => {
                node.expected("true or false");
                None
            }
        }
    }

    pub(super) fn id<K>(&self, name: &'static str) -> Option<Id<K>> {
        let expected = "an id such as 7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001";
        self.get(name)?.parse(expected, |text| text.parse().ok())
    }

    pub(super) fn moment(&self, name: &'static str) -> Option<Timestamp> {
        let expected = "a moment such as 2027-06-30T12:00:00Z";
        self.get(name)?.parse(expected, Timestamp::parse)
    }

    pub(super) fn list(&self, name: &'static str) -> Vec<Node<'a>> {
        self.get(name).map(|node| node.list()).unwrap_or_default()
    }

    /// Says of every field that was not asked for that it is unknown.
    pub(super) fn finish(self) {
        let taken = self.taken.borrow();
        for name in self.map.keys() {
            if !taken.contains(name.as_str()) {
                let known: Vec<_> = taken.iter().copied().collect();
                self.fault(name, format!("unknown field; one of {}", known.join(", ")));
            }
        }
    }
}

/// A TOML document as the same kind of tree; its dates and times become texts.
pub(super) fn from_toml(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(flag) => flag.into(),
        toml::Value::Datetime(moment) => Value::String(moment.to_string()),
        toml::Value::Array(items) => items.into_iter().map(from_toml).collect(),
        toml::Value::Table(table) => table
            .into_iter()
            .map(|(name, value)| (name, from_toml(value)))
            .collect(),
    }
}
