//! The server: settings and a database in, answers out, until told to stop.
//!
//! [`start`] binds, opens the database and the keys, puts the [`App`] together, mounts
//! every face and serves. [`Running::shutdown`] drains: readiness turns red, the
//! listeners close, running requests finish, queued writes are written. Tests start
//! as many servers in one process as they like, each with its own clock and dice.
mod connections;
mod edge;
mod health;
mod hosts;
mod limits;
mod listener;
mod log;
mod metrics;
mod refusal;
mod signal;
mod tasks;

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use axum::{Router, middleware, routing::get};
use axum_server::tls_rustls::RustlsConfig;
use tower_http::catch_panic::CatchPanicLayer;
use zeroize::Zeroizing;

use self::{connections::Door, edge::Edge, health::Health, listener::Listener, tasks::Tasks};
use crate::{
    accounts::Passwords,
    audit,
    capacity::Standings,
    clients::Clients,
    clock::Clock,
    config::{Config, Mail, Tls},
    grants::FamilyKey,
    keys::{KeyError, Keys},
    oauth,
    organizations::Organizations,
    outgoing::{self, Outgoing},
    pages,
    random::Random,
    service_accounts::ServiceAccounts,
    store::{self, OpenError, Schema, Store},
    tokens::Tokens,
    web::{self, App, AppParts, Asker, Sessions},
};

pub use log::log_to_stderr;

/// How long running requests may take to finish once the server drains.
const DRAIN: Duration = Duration::from_secs(30);
/// How long readiness is red before the listeners close, so that probes see it.
const NOTICE: Duration = Duration::from_millis(500);

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
    /// The signing keys do not open.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// Passwords cannot be hashed.
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
pub async fn start(options: Options) -> Result<Running, StartError> {
    check_built(&options.config)?;
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default(); // another server may have
    metrics::recorder();
    let config = options.config;
    let socket = bind("listen", config.listen)?;
    let admin_socket = bind_admin(config.admin_listen)?;
    let bound = socket.local_addr().map_err(|source| StartError::Listen {
        key: "listen",
        address: config.listen,
        source,
    })?;
    let config = config.listening_at(bound);
    let tls = match &config.tls {
        Some(tls) => Some(read_tls(tls).await?),
        None => None,
    };
    let database = store::Options {
        url: config.database_url.clone(),
        schema: options.schema,
    };
    let store = Store::open(&database, options.clock, options.random).await?;
    let app = put_together(config, store).await?;
    Running::begin(app, (socket, tls), admin_socket).map_err(|source| StartError::Listen {
        key: "listen",
        address: bound,
        source,
    })
}

async fn put_together(config: Config, store: Store) -> Result<App, StartError> {
    let keys = Arc::new(Keys::open(&store, &config.keys_dir).await?);
    let secret = |purpose| Zeroizing::new(keys.mac(purpose, &[]));
    let outgoing = outgoing::Settings {
        allow: config.outgoing.allow.iter().map(Into::into).collect(),
        ca_file: config.outgoing.ca_file.clone(),
    };
    Ok(App::new(AppParts {
        family_key: FamilyKey::new(&secret("refresh tokens")),
        passwords: Passwords::new(*secret("password pepper"), store.random())?,
        outgoing: Outgoing::new(&outgoing)?,
        clients: Clients::default(),
        service_accounts: ServiceAccounts::default(),
        organizations: Organizations::default(),
        standings: Standings::default(),
        tokens: Tokens::new(config.issuer.as_str(), Arc::clone(&keys)),
        later: audit::Later::default(),
        sessions: Sessions::new(store.clone()),
        asker: Asker::new(async |_, _| Ok(None)),
        keys,
        config,
        store,
    }))
}

/// Refuses settings of parts that do not exist, rather than leave them without effect.
fn check_built(config: &Config) -> Result<(), StartError> {
    let not_yet = |key, what| Err(StartError::NotYet { key, what });
    if config.otlp_endpoint.is_some() {
        return not_yet("otlp_endpoint", "export of traces");
    }
    if matches!(config.mail, Mail::Smtp { .. }) {
        return not_yet("mail.transport = smtp", "SMTP");
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

/// Every face's routes behind the edge.
fn routes(app: &App, health: Health) -> Router {
    let edge = Arc::new(Edge::new(app.clone()));
    web::face::pages(app, pages::routes().merge(oauth::pages()))
        .merge(web::assets::routes())
        .with_state(app.clone())
        .merge(health::routes(health))
        .layer(CatchPanicLayer::custom(edge::caught))
        .layer(middleware::from_fn_with_state(edge, edge::pass))
}

fn admin_routes(app: App) -> Router {
    let figures = async move || {
        let pool = app.store.pool_state();
        metrics::set_pool(pool.open, pool.idle);
        metrics::recorder().render()
    };
    Router::new().route("/metrics", get(figures))
}

/// A server that runs.
pub struct Running {
    app: App,
    health: Health,
    public: Listener,
    admin: Option<Listener>,
    tasks: Tasks,
}

impl Running {
    fn begin(
        app: App,
        (socket, tls): (TcpListener, Option<RustlsConfig>),
        admin_socket: Option<TcpListener>,
    ) -> io::Result<Self> {
        let health = Health::new(app.store.clone());
        let door = Door::new(routes(&app, health.clone()), &app.config.trusted_proxies);
        let admin = admin_socket
            .map(|socket| Listener::serve(socket, Door::new(admin_routes(app.clone()), &[]), None));
        Ok(Self {
            public: Listener::serve(socket, door, tls)?,
            admin: admin.transpose()?,
            tasks: Tasks::start(&app),
            health,
            app,
        })
    }

    /// Where it listens; never port 0.
    pub fn address(&self) -> SocketAddr {
        self.public.address
    }

    /// Where `/metrics` is. `None` when another server had the address.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(|listener| listener.address)
    }

    /// What its handlers reach.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Serves until SIGTERM or SIGINT, then drains. A second signal ends the process.
    ///
    /// # Errors
    /// The listener failed.
    pub async fn until_told(mut self) -> io::Result<()> {
        tokio::select! {
            name = signal::told_to_stop() => {
                tracing::info!(signal = name, "draining");
                self.health.turn_red();
                tokio::time::sleep(NOTICE).await;
                tokio::select! {
                    () = self.shutdown() => Ok(()),
                    _ = signal::told_to_stop() => {
                        Err(io::Error::other("told twice to stop; running requests were cut"))
                    }
                }
            }
            ended = &mut self.public.task => ended.map_err(io::Error::other)?,
        }
    }

    /// Turns readiness red, stops listening, lets running requests finish for at most
    /// 30 s, writes what is queued and closes the database.
    pub async fn shutdown(self) {
        self.health.turn_red();
        let listeners = [Some(self.public), self.admin];
        for listener in listeners.iter().flatten() {
            listener.handle.graceful_shutdown(Some(DRAIN));
        }
        for listener in listeners.into_iter().flatten() {
            if let Ok(Err(error)) = listener.task.await {
                tracing::warn!(%error, "a listener ended badly");
            }
        }
        self.tasks.stop(&self.app).await;
        self.app.store.close().await;
    }
}
