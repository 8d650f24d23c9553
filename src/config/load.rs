//! From the layers to checked settings.
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use figment::{Figment, value::Value};

use super::{
    Config, Fault, Faults, Import, Issuer, KEYS, Key, Log, LogFormat, Mail, Mode, Origin, Outgoing,
    Source, TextGateway, Throttle, Tls, layers::Layer, parse,
};

/// The file that is read when no other is named.
const FILE: &str = "tutela.toml";

/// All that has a say.
#[derive(Debug, Default)]
pub struct Sources {
    /// Which defaults count.
    pub mode: Mode,
    /// The file of `--config`, which must exist. `None`: `tutela.toml`, if there is one.
    pub file: Option<PathBuf>,
    /// Names and values of the environment; only `TUTELA_…` is looked at.
    pub environment: Vec<(String, String)>,
    /// Dotted keys and values of the command line.
    pub flags: Vec<(String, String)>,
    /// Whether the log goes to a terminal.
    pub on_terminal: bool,
}

/// The settings and how they came about.
#[derive(Debug)]
pub struct Settled {
    /// The settings.
    pub config: Config,
    /// Each key in turn.
    pub effective: Vec<Effective>,
}

/// A key's value and where it came from.
#[derive(Debug, serde::Serialize)]
pub struct Effective {
    /// The key.
    pub key: &'static str,
    /// The value, passwords masked. `None`: off.
    pub value: Option<String>,
    /// Where it came from, in words.
    pub source: String,
}

/// Reads every source.
///
/// # Errors
/// Everything that is wrong, all at once.
pub fn load(sources: &Sources) -> Result<Settled, Faults> {
    let mut faults = Vec::new();
    let layers = layers(sources, &mut faults);
    let mut reader = Reader::new(layers, faults);
    let config = reader.config(sources);
    match config {
        Some(config) if reader.faults.is_empty() => Ok(Settled {
            effective: reader.effective(&config),
            config,
        }),
        _ => Err(Faults(reader.faults)),
    }
}

fn layers(sources: &Sources, faults: &mut Vec<Fault>) -> Vec<Layer> {
    let mut layers = vec![Layer::defaults(sources.mode)];
    let path = sources.file.as_deref().unwrap_or(Path::new(FILE));
    match Layer::file(path) {
        Ok(Some(layer)) => layers.push(layer),
        Ok(None) if sources.file.is_some() => faults.push(Fault {
            key: path.display().to_string(),
            source: Source::Flag("--config".to_owned()),
            problem: "there is no such file".to_owned(),
            expected: "the path of a file of settings".to_owned(),
            example: "--config tutela.toml".to_owned(),
        }),
        Ok(None) => {}
        Err(fault) => faults.push(*fault),
    }
    layers.push(Layer::environment(&sources.environment));
    layers.push(Layer::flags(&sources.flags));
    for layer in &mut layers {
        faults.append(&mut layer.settle());
    }
    layers
}

/// The merged layers, and what was found wrong while reading them.
struct Reader {
    layers: Vec<Layer>,
    merged: Figment,
    faults: Vec<Fault>,
}

impl Reader {
    fn new(layers: Vec<Layer>, faults: Vec<Fault>) -> Self {
        let merged = layers.iter().fold(Figment::new(), Figment::merge);
        Self {
            layers,
            merged,
            faults,
        }
    }

    /// The items of a value, one unless it is a list; `None` when nobody gave it.
    fn given(&self, key: &Key) -> Option<Vec<String>> {
        match self.merged.find_value(key.name).ok()? {
            Value::Array(_, items) => Some(items.iter().map(written).collect()),
            value => Some(vec![written(&value)]),
        }
    }

    fn source(&self, key: &Key) -> Source {
        let metadata = self.merged.find_metadata(key.name);
        let layer = |metadata| self.layers.iter().find(|layer| layer.is_named(metadata));
        metadata
            .and_then(layer)
            .map_or(Source::Default, |layer| layer.source(key))
    }

    fn fault(&mut self, name: &'static str, problem: impl Into<String>) {
        let Some(key) = Key::named(name) else {
            return;
        };
        let source = self.source(key);
        self.faults.push(Fault {
            key: name.to_owned(),
            problem: problem.into(),
            expected: key.expected.to_owned(),
            example: source.example(key),
            source,
        });
    }

    fn refuse(&mut self, name: &'static str, text: &str) {
        let is_secret = Key::named(name).is_none_or(|key| key.secret.is_some());
        self.fault(
            name,
            match is_secret {
                true => "the value will not do".to_owned(),
                false => format!("\"{text}\" will not do"),
            },
        );
    }

    /// The value of `name`; `None` when nobody gave it or it was refused.
    fn value<T>(&mut self, name: &'static str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let items = self.given(Key::named(name)?)?;
        let value = match items.as_slice() {
            [text] => parse(text),
            _ => None,
        };
        if value.is_none() {
            self.refuse(name, &items.join(", "));
        }
        value
    }

    /// The values of `name`, which are written as a list or between commas.
    fn list<T>(&mut self, name: &'static str, parse: impl Fn(&str) -> Option<T>) -> Vec<T> {
        let given = Key::named(name).and_then(|key| self.given(key));
        let mut values = Vec::new();
        for text in given.unwrap_or_default().iter().flat_map(|t| t.split(',')) {
            match text.trim() {
                "" => {}
                text => match parse(text) {
                    Some(value) => values.push(value),
                    None => self.refuse(name, text),
                },
            }
        }
        values
    }

    fn config(&mut self, sources: &Sources) -> Option<Config> {
        let listen = self.value("listen", |text| text.parse().ok());
        let issuer = self.issuer(listen);
        let database_url = self.value("database_url", parse::database);
        let keys_dir = self.value("keys_dir", parse::path);
        let keys_secret = self.value("keys_secret", parse::key);
        let tls = self.tls();
        let mail = self.mail();
        let text_gateway = self.text_gateway();
        let trusted_proxies = self.list("trusted_proxies", parse::network);
        let outgoing = Outgoing {
            allow: self.list("outgoing.allow", Origin::parse),
            ca_file: self.value("outgoing.ca_file", parse::path),
        };
        let address_failures = self.value("throttle.address_failures", parse::count_u32);
        let max_rows = self.value("import.max_rows", parse::count_u32);
        let max_bytes = self.value("import.max_bytes", parse::count_u64);
        let admin_listen = self.value("admin_listen", |text| text.parse().ok());
        let format = self.value("log.format", parse::log_format);
        let otlp_endpoint = self.value("otlp_endpoint", parse::collector);
        let by_place = match sources.on_terminal {
            true => LogFormat::Pretty,
            false => LogFormat::Json,
        };
        let config = Config {
            mode: sources.mode,
            listen: listen?,
            issuer: issuer?,
            database_url: database_url?,
            keys_dir: keys_dir?,
            keys_secret,
            tls,
            mail: mail?,
            text_gateway,
            trusted_proxies,
            outgoing,
            throttle: Throttle {
                address_failures: address_failures?,
            },
            import: Import {
                max_rows: max_rows?,
                max_bytes: max_bytes?,
            },
            admin_listen: admin_listen?,
            log: Log {
                format: format.unwrap_or(by_place),
            },
            otlp_endpoint,
        };
        self.fit_together(&config);
        Some(config)
    }

    fn issuer(&mut self, listen: Option<SocketAddr>) -> Option<Issuer> {
        if self.merged.contains("issuer") {
            return self.value("issuer", Issuer::parse);
        }
        let from_listen = format!("http://{}", listen?);
        let issuer = Issuer::parse(&from_listen).or_else(|| {
            // port 80 is not written in an origin
            Issuer::parse(from_listen.strip_suffix(":80")?)
        });
        if issuer.is_none() {
            self.fault(
                "issuer",
                format!("not set, and {from_listen} (from listen) is not on loopback"),
            );
        }
        issuer
    }

    fn tls(&mut self) -> Option<Tls> {
        let cert_file = self.value("tls.cert_file", parse::path);
        let key_file = self.value("tls.key_file", parse::path);
        let client_ca_file = self.value("tls.client_ca_file", parse::path);
        match (cert_file, key_file) {
            (Some(cert_file), Some(key_file)) => Some(Tls {
                cert_file,
                key_file,
                client_ca_file,
            }),
            (None, None) if client_ca_file.is_none() => None,
            (None, _) => {
                self.fault("tls.cert_file", "missing beside the other keys of tls");
                None
            }
            (_, None) => {
                self.fault("tls.key_file", "missing beside the other keys of tls");
                None
            }
        }
    }

    fn mail(&mut self) -> Option<Mail> {
        let transport = self.value("mail.transport", parse::transport);
        let dir = self.value("mail.dir", parse::path);
        let url = self.value("mail.url", parse::mail_server);
        match transport? {
            parse::Transport::File => Some(Mail::File { dir: dir? }),
            parse::Transport::Smtp => {
                if !self.merged.contains("mail.url") {
                    self.fault("mail.url", "missing, and mail.transport is smtp");
                }
                Some(Mail::Smtp { url: url? })
            }
        }
    }

    fn text_gateway(&mut self) -> Option<TextGateway> {
        let url = self.value("text.url", parse::gateway);
        let token = self.value("text.token", parse::token);
        if url.is_none() && token.is_some() && !self.merged.contains("text.url") {
            self.fault("text.url", "missing beside text.token");
        }
        Some(TextGateway { url: url?, token })
    }

    /// Rules over several keys.
    fn fit_together(&mut self, config: &Config) {
        if config.mode == Mode::Demo && !config.listen.ip().is_loopback() {
            self.fault(
                "listen",
                format!(
                    "\"{}\" is not on loopback, where alone the demo listens",
                    config.listen
                ),
            );
        }
        if config.tls.is_some() && !config.issuer.is_https() {
            self.fault(
                "issuer",
                format!(
                    "\"{}\" is plain http, but the listener speaks TLS",
                    config.issuer
                ),
            );
        }
    }

    fn effective(&self, config: &Config) -> Vec<Effective> {
        let show = |key: &'static Key| {
            let value = match key.name {
                "issuer" => Some(config.issuer.to_string()),
                "log.format" => Some(match config.log.format {
                    LogFormat::Pretty => "pretty".to_owned(),
                    LogFormat::Json => "json".to_owned(),
                }),
                _ => self.given(key).map(|items| items.join(", ")),
            };
            Effective {
                key: key.name,
                value: match key.secret {
                    Some(_) => value.map(|text| parse::mask(&text)),
                    None => value.filter(|text| !text.is_empty()),
                },
                source: self.source(key).to_string(),
            }
        };
        KEYS.iter().map(show).collect()
    }
}

/// A value as text, as a flag would give it.
fn written(value: &Value) -> String {
    match value {
        Value::String(_, text) => text.clone(),
        Value::Bool(_, value) => value.to_string(),
        Value::Num(_, number) => match (number.to_u128(), number.to_i128()) {
            (Some(n), _) => n.to_string(),
            (None, Some(n)) => n.to_string(),
            (None, None) => number.to_f64().unwrap_or_default().to_string(),
        },
        _ => String::new(),
    }
}
