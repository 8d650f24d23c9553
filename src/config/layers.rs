//! The places settings come from, as layers of one figment.
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use figment::{
    Metadata, Profile, Provider,
    value::{Dict, Map, Value},
};

use strsim::levenshtein;

use super::{Fault, KEYS, Key, Mode, Source};

/// Where a layer comes from.
#[derive(Debug, Clone)]
pub(super) enum Place {
    Defaults,
    File(PathBuf),
    Environment,
    Flags,
}

impl Place {
    fn name(&self) -> &'static str {
        match self {
            Self::Defaults => "defaults",
            Self::File(_) => "file",
            Self::Environment => "environment",
            Self::Flags => "flags",
        }
    }

    /// The source of `key` here.
    pub(super) fn source(&self, key: &str) -> Source {
        match self {
            Self::Defaults => Source::Default,
            Self::File(path) => Source::File(path.clone()),
            Self::Environment => Source::Environment(Key::variable(key)),
            Self::Flags => Source::Flag(Key::flag(key)),
        }
    }
}

/// The settings of one place, by dotted key.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) place: Place,
    values: BTreeMap<String, Value>,
    /// Secrets that were read from a file that another key names.
    from_files: Vec<&'static str>,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.place.name())
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        let mut dict = Dict::new();
        for (key, value) in &self.values {
            match key.split_once('.') {
                None => {
                    dict.insert(key.clone(), value.clone());
                }
                Some((table, rest)) => {
                    let table = dict
                        .entry(table.to_owned())
                        .or_insert_with(|| Dict::new().into());
                    if let Value::Dict(_, inner) = table {
                        inner.insert(rest.to_owned(), value.clone());
                    }
                }
            }
        }
        Ok(Profile::Default.collect(dict))
    }
}

impl Layer {
    fn new(place: Place, values: BTreeMap<String, Value>) -> Self {
        Self {
            place,
            values,
            from_files: Vec::new(),
        }
    }

    pub(super) fn defaults(mode: Mode) -> Self {
        let values = KEYS.iter().filter_map(|key| {
            let [serve, demo] = key.default?;
            let text = if mode == Mode::Demo { demo } else { serve };
            Some((key.name.to_owned(), text.into()))
        });
        Self::new(Place::Defaults, values.collect())
    }

    /// The file at `path`. `Ok(None)` when there is none.
    pub(super) fn file(path: &Path) -> Result<Option<Self>, Box<Fault>> {
        let unreadable = |problem: String| {
            Box::new(Fault {
                key: path.display().to_string(),
                source: Source::File(path.to_owned()),
                problem,
                expected: "a file of settings in TOML".to_owned(),
                example: "listen = \"127.0.0.1:8080\"".to_owned(),
            })
        };
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(format!("cannot be read: {error}"))),
        };
        let tree: Dict = toml::from_str(&text).map_err(|error| {
            let line = error
                .span()
                .map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            unreadable(format!("line {line} is not TOML: {}", error.message()))
        })?;
        let mut values = BTreeMap::new();
        flatten("", tree, &mut values);
        Ok(Some(Self::new(Place::File(path.to_owned()), values)))
    }

    pub(super) fn environment(variables: &[(String, String)]) -> Self {
        let values = variables.iter().filter_map(|(name, value)| {
            let key = name.strip_prefix("TUTELA_")?;
            let key = key.to_ascii_lowercase().replace("__", ".");
            Some((key, value.as_str().into()))
        });
        Self::new(Place::Environment, values.collect())
    }

    pub(super) fn flags(flags: &[(String, String)]) -> Self {
        let values = flags
            .iter()
            .map(|(key, value)| (key.clone(), value.as_str().into()));
        Self::new(Place::Flags, values.collect())
    }

    /// Replaces each `…_file` by what the file holds, and tells of keys that nobody knows.
    pub(super) fn settle(&mut self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for key in KEYS {
            if let Some(file_key) = key.secret
                && let Some(path) = self.values.remove(file_key)
                && let Err(fault) = self.take_secret(key, file_key, &path)
            {
                faults.push(*fault);
            }
        }
        for name in self.values.keys() {
            if Key::named(name).is_none() {
                faults.push(self.unknown(name));
            }
        }
        self.values.retain(|name, _| Key::named(name).is_some());
        faults
    }

    fn take_secret(
        &mut self,
        key: &Key,
        file_key: &'static str,
        path: &Value,
    ) -> Result<(), Box<Fault>> {
        let fault = |problem: String| {
            Box::new(Fault {
                key: file_key.to_owned(),
                source: self.place.source(file_key),
                problem,
                expected: format!("the path of a file that holds {}", key.name),
                example: match self.place {
                    Place::Environment => {
                        format!("{}=/run/secrets/tutela", Key::variable(file_key))
                    }
                    Place::Flags => format!("{} /run/secrets/tutela", Key::flag(file_key)),
                    _ => format!("{file_key} = \"/run/secrets/tutela\""),
                },
            })
        };
        if self.values.contains_key(key.name) {
            return Err(fault(format!("{} is given here as well", key.name)));
        }
        let path = path.as_str().unwrap_or_default();
        let text = fs::read_to_string(path)
            .map_err(|error| fault(format!("\"{path}\" cannot be read: {error}")))?;
        let text = text.trim_end_matches(['\r', '\n']);
        self.values.insert(key.name.to_owned(), text.into());
        self.from_files.push(file_key);
        Ok(())
    }

    fn unknown(&self, name: &str) -> Fault {
        let source = self.place.source(name);
        let known = KEYS.iter().map(|key| key.name);
        let near = KEYS
            .iter()
            .min_by_key(|key| levenshtein(name, key.name))
            .filter(|key| levenshtein(name, key.name) <= 3);
        Fault {
            key: name.to_owned(),
            problem: match near {
                Some(key) => format!("there is no such key; did you mean {}?", key.name),
                None => "there is no such key".to_owned(),
            },
            expected: format!("one of {}", known.collect::<Vec<_>>().join(", ")),
            example: near
                .or(KEYS.first())
                .map_or_else(String::new, |key| source.example(key)),
            source,
        }
    }

    /// Where `key` was given in this layer.
    pub(super) fn source(&self, key: &Key) -> Source {
        match key.secret {
            Some(file_key) if self.from_files.contains(&file_key) => self.place.source(file_key),
            _ => self.place.source(key.name),
        }
    }

    pub(super) fn is_named(&self, metadata: &Metadata) -> bool {
        metadata.name == self.place.name()
    }
}

fn flatten(prefix: &str, tree: Dict, into: &mut BTreeMap<String, Value>) {
    for (name, value) in tree {
        let key = format!("{prefix}{name}");
        match value {
            Value::Dict(_, inner) => flatten(&format!("{key}."), inner, into),
            value => {
                into.insert(key, value);
            }
        }
    }
}
