//! The server: settings and a database in, answers out, until told to stop.
//!
//! [`start`] binds, opens the database and the keys, puts the [`App`] together, mounts
//! every face and serves. [`Running::shutdown`] drains: readiness turns red, the
//! listeners close, running requests finish, queued writes are written. Tests start
//! as many servers in one process as they like, each with its own clock and dice.
mod connections;
mod edge;
mod exposed;
mod heads;
mod health;
mod hosts;
mod limits;
mod listener;
mod log;
mod metrics;
mod refusal;
mod routes;
mod running;
mod signal;
mod tasks;

use std::{
    io,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::Arc,
};

use axum_server::tls_rustls::RustlsConfig;
use zeroize::Zeroizing;

use crate::{
    accounts::Passwords,
    audit,
    capacity::Standings,
    clients::{Clients, Proofs},
    clock::Clock,
    config::{Config, Tls},
    grants::FamilyKey,
    keys::{KekSource, KeyError, Keys},
    mail::{Mailer, TransportError},
    oauth,
    organizations::Organizations,
    outgoing::{self, Outgoing},
    random::Random,
    service_accounts::{KeyUses, ServiceAccounts, Usage},
    spreadsheet,
    store::{self, OpenError, Schema, Store},
    tokens::Tokens,
    web::{App, AppParts, Asker, Sessions},
};

pub use log::log_to_stderr;
pub use running::Running;
pub use signal::StopSignals;

/// What a server is made of.
pub struct Options {
    /// The settings.
    pub config: Config,
    /// What to do with the schema.
    pub schema: Schema,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub random: Arc<dyn Random>,
    /// The program itself, which is started again to read files.
    pub program: PathBuf,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting asks for something that is not built yet.
    #[error("{key} is set, but this version of Tutela has no {what} yet; leave {key} out")]
    NotYet {
        /// The key.
        key: &'static str,
        /// What it asks for.
        what: &'static str,
    },
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {source}; set {key} to a free address")]
    Listen {
        /// The key that sets the address.
        key: &'static str,
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The listener's certificate or its key cannot be used.
    #[error("cannot use tls.cert_file {} with tls.key_file {}: {source}", tls.cert_file.display(), tls.key_file.display())]
    Tls {
        /// The files.
        tls: Tls,
        /// Why.
        source: io::Error,
    },
    /// The database does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The server's keys do not open.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// Letters cannot be sent as the settings say.
    #[error(transparent)]
    Mail(#[from] TransportError),
    /// Passwords cannot be hashed, which no setting can change.
    #[error("cannot hash passwords: {0}")]
    Passwords(#[from] argon2::Error),
    /// The settings for outgoing requests cannot be used.
    #[error(transparent)]
    Outgoing(#[from] outgoing::SettingsError),
}

/// Starts a server.
///
/// # Errors
/// It cannot: [`StartError`] says why and what helps.
pub async fn start(mut options: Options) -> Result<Running, StartError> {
    check_built(&options.config)?;
    outgoing::install_tls_provider();
    metrics::recorder();
    let socket = bind("listen", options.config.listen)?;
    let admin_socket = bind_admin(options.config.admin_listen)?;
    let failed = |source| StartError::Listen {
        key: "listen",
        address: options.config.listen,
        source,
    };
    let bound = socket.local_addr().map_err(failed)?;
    options.config = options.config.listening_at(bound);
    let tls = match &options.config.tls {
        Some(tls) => Some(read_tls(tls).await?),
        None => None,
    };
    let app = put_together(options).await?;
    Running::begin(app, (socket, tls), admin_socket).map_err(|source| StartError::Listen {
        key: "listen",
        address: bound,
        source,
    })
}

/// Opens what the handlers reach.
async fn put_together(options: Options) -> Result<App, StartError> {
    let config = options.config;
    let database = store::Options {
        url: config.database_url.clone(),
        schema: options.schema,
    };
    let store = Store::open(&database, options.clock, options.random).await?;
    let keys = Arc::new(Keys::open(&store, kek_source(&config)).await?);
    let clients = Arc::new(Clients::default());
    let secret = |purpose| Zeroizing::new(keys.mac(purpose, &[]));
    let mut outgoing = outgoing::Settings {
        allow: config.outgoing.allow.iter().map(Into::into).collect(),
        ca_file: config.outgoing.ca_file.clone(),
    };
    if let Some(gateway) = &config.text_gateway {
        outgoing.allow.push(gateway.url.origin()); // the operator's own choice
    }
    let outgoing = Arc::new(Outgoing::new(&outgoing)?);
    let texts = config.text_gateway.clone();
    let texts = texts.map(|gateway| (gateway, Arc::clone(&outgoing)));
    let host = config.issuer.domain();
    Ok(App::new(AppParts {
        family_key: FamilyKey::new(&secret("refresh tokens")),
        passwords: passwords(&keys, store.random())?,
        mailer: Mailer::new((&config.mail, texts), &host, Arc::clone(&keys))?,
        outgoing,
        asker: asker(store.clone(), Arc::clone(&clients)),
        clients,
        proofs: Proofs::new(store.random()),
        service_accounts: ServiceAccounts::default(),
        key_uses: KeyUses::default(),
        usage: Usage::default(),
        organizations: Organizations::default(),
        standings: Standings::default(),
        tokens: Tokens::new(config.issuer.as_str(), Arc::clone(&keys)),
        later: audit::Later::new(store.clone()),
        spreadsheets: spreadsheet::Worker::running(options.program),
        sessions: Sessions::new(store.clone()),
        keys,
        config,
        store,
    }))
}

/// Where the settings say that the key-encryption key comes from.
pub fn kek_source(config: &Config) -> KekSource<'_> {
    KekSource::new(config.keys_dir.as_path(), config.keys_secret.as_ref())
}

/// The pool that hashes passwords, with the pepper of this installation.
///
/// # Errors
/// Argon2 refuses its parameters.
pub fn passwords(keys: &Keys, random: &dyn Random) -> Result<Passwords, argon2::Error> {
    let pepper = Zeroizing::new(keys.mac("password pepper", &[]));
    Passwords::new(*pepper, random)
}

/// Tells the sign-in page which application asks; faces do not know each other.
fn asker(store: Store, clients: Arc<Clients>) -> Asker {
    Asker::new(move |id, browser| {
        let (store, clients) = (store.clone(), Arc::clone(&clients));
        async move { oauth::authorize::asking(&store, &clients, id, &browser).await }
    })
}

/// Refuses settings of parts that do not exist, rather than leave them without effect.
fn check_built(config: &Config) -> Result<(), StartError> {
    let not_yet = |key, what| Err(StartError::NotYet { key, what });
    if config.otlp_endpoint.is_some() {
        return not_yet("otlp_endpoint", "export of traces");
    }
    match &config.tls {
        Some(tls) if tls.client_ca_file.is_some() => not_yet("tls.client_ca_file", "mutual TLS"),
        _ => Ok(()),
    }
}

fn bind(key: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).map_err(|source| StartError::Listen {
        key,
        address,
        source,
    })
}

/// A second server on one machine goes without figures rather than not at all.
fn bind_admin(address: SocketAddr) -> Result<Option<TcpListener>, StartError> {
    match bind("admin_listen", address) {
        Ok(socket) => Ok(Some(socket)),
        Err(StartError::Listen { source, .. }) if source.kind() == io::ErrorKind::AddrInUse => {
            tracing::warn!(%address, "admin_listen is in use; this server has no /metrics");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

async fn read_tls(tls: &Tls) -> Result<RustlsConfig, StartError> {
    let config = RustlsConfig::from_pem_file(&tls.cert_file, &tls.key_file).await;
    config.map_err(|source| StartError::Tls {
        tls: tls.clone(),
        source,
    })
}
