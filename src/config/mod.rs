//! Settings: where they come from, what they may be, and what they are.
//!
//! Flags win over `TUTELA_…` variables, these over the file `tutela.toml`, this over
//! the defaults. [`load`] reads all of them, and either every value is a type that
//! proves it fits, or every [`Fault`] is told at once. `keys` is the one list of
//! settings; a new one is a row there and a field here.
mod address;
mod fault;
mod keys;
mod layers;
mod load;
mod parse;
#[cfg(test)]
mod tests;

use std::{net::SocketAddr, path::PathBuf};

use ipnet::IpNet;

use crate::secret::Secret;

pub use address::{Issuer, Origin};
pub use fault::{Fault, Faults, Source};
pub use keys::{KEYS, Key};
pub use load::{Effective, Settled, Sources, load};

/// Whether this is somebody's installation or the example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// `tutela serve`.
    #[default]
    Serve,
    /// `tutela demo`: on loopback, in `data/demo`, with the example clinic and a playground.
    Demo,
}

/// The settings, every one checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Installation or example. Not a key: the command decides.
    pub mode: Mode,
    /// Where the server listens.
    pub listen: SocketAddr,
    /// The address that clients know the server by.
    pub issuer: Issuer,
    /// `sqlite:PATH` or `postgres://…`; a secret, since it may hold a password.
    pub database_url: Secret,
    /// The folder of the key-encryption key.
    pub keys_dir: PathBuf,
    /// The key-encryption key itself: 32 bytes in hex or base64. `None`: it lies in `keys_dir`.
    pub keys_secret: Option<Secret>,
    /// The listener's certificate. `None`: it speaks plain HTTP.
    pub tls: Option<Tls>,
    /// How letters leave.
    pub mail: Mail,
    /// Takes texts to phones. `None`: they leave as letters do.
    pub text_gateway: Option<TextGateway>,
    /// Peers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Requests that the server makes.
    pub outgoing: Outgoing,
    /// Bounds on guessing.
    pub throttle: Throttle,
    /// Bounds on imported files.
    pub import: Import,
    /// Where `/metrics` is served.
    pub admin_listen: SocketAddr,
    /// How the log is written.
    pub log: Log,
    /// Where traces go. `None`: nowhere.
    pub otlp_endpoint: Option<url::Url>,
}

/// The listener's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// PEM: the certificate and its chain.
    pub cert_file: PathBuf,
    /// PEM: the private key.
    pub key_file: PathBuf,
    /// PEM: who signs clients' certificates (RFC 8705). `None`: no mutual TLS.
    pub client_ca_file: Option<PathBuf>,
}

/// How letters leave.
#[derive(Debug, Clone)]
pub enum Mail {
    /// Each becomes an `.eml` file.
    File {
        /// In this folder.
        dir: PathBuf,
    },
    /// Each is handed to a mail server.
    Smtp {
        /// `smtp://` or `smtps://`, with name and password if it wants them.
        url: Secret,
    },
}

/// Where texts to phones are handed over.
#[derive(Debug, Clone)]
pub struct TextGateway {
    /// Takes one text by POST.
    pub url: url::Url,
    /// Sent as bearer token.
    pub token: Option<Secret>,
}

/// Requests that the server makes (SECURITY 7.1).
#[derive(Debug, Clone, Default)]
pub struct Outgoing {
    /// Origins on private or loopback addresses that may be called.
    pub allow: Vec<Origin>,
    /// PEM: one more certificate authority.
    pub ca_file: Option<PathBuf>,
}

/// Bounds on guessing (SECURITY 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttle {
    /// Failures that one client address may make in 10 minutes.
    pub address_failures: u32,
}

/// Bounds on imported files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Import {
    /// Rows.
    pub max_rows: u32,
    /// Bytes of the file.
    pub max_bytes: u64,
}

/// The log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// Its form.
    pub format: LogFormat,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people: one line per event.
    Pretty,
    /// For programs: one JSON object per line.
    Json,
}

impl Config {
    /// The same settings once the listener stands at `bound`: a port 0 becomes the real one.
    #[must_use]
    pub fn listening_at(mut self, bound: SocketAddr) -> Self {
        if self.listen.port() == 0 {
            self.issuer = self.issuer.at_port(bound.port());
        }
        self.listen = bound;
        self
    }
}
