//! What is wrong with a configuration, in words that cure it.
use std::{fmt, path::PathBuf};

use super::{Key, keys::Shape};

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody said anything.
    Default,
    /// A file.
    File(PathBuf),
    /// A variable of the environment.
    Environment(String),
    /// A flag of the command line.
    Flag(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the default"),
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Environment(name) => write!(f, "the environment variable {name}"),
            Self::Flag(name) => write!(f, "the flag {name}"),
        }
    }
}

impl Source {
    /// How `key` is given its example here.
    pub(super) fn example(&self, key: &Key) -> String {
        let Key { name, example, .. } = key;
        match (self, key.shape) {
            (Self::Environment(_), _) => format!("{}={example}", Key::variable(name)),
            (Self::Flag(_), _) => format!("{} {example}", Key::flag(name)),
            (Self::Default | Self::File(_), Shape::Text) => format!("{name} = \"{example}\""),
            (Self::Default | Self::File(_), Shape::Number) => format!("{name} = {example}"),
            (Self::Default | Self::File(_), Shape::List) => format!("{name} = [\"{example}\"]"),
        }
    }
}

/// One thing that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The key, dotted, or the file that cannot be read.
    pub key: String,
    /// Where the value came from.
    pub source: Source,
    /// What is wrong. Never a secret.
    pub problem: String,
    /// What was expected.
    pub expected: String,
    /// How to write it.
    pub example: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.key, self.problem)?;
        writeln!(f, "  from      {}", self.source)?;
        writeln!(f, "  expected  {}", self.expected)?;
        write!(f, "  example   {}", self.example)
    }
}

/// Everything that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => f.write_str("the configuration has a fault")?,
            n => write!(f, "the configuration has {n} faults")?,
        }
        self.0.iter().try_for_each(|fault| write!(f, "\n\n{fault}"))
    }
}

impl std::error::Error for Faults {}
