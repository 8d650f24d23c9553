//! A server that runs, and how it stops.
use std::{
    io,
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use axum_server::tls_rustls::RustlsConfig;

use super::{
    connections::Door, health::Health, listener::Listener, routes, signal::StopSignals,
    tasks::Tasks,
};
use crate::web::App;

/// How long running requests may take to finish once the server drains.
const DRAIN: Duration = Duration::from_secs(30);
/// How long readiness is red before the listeners close, so that probes see it.
const NOTICE: Duration = Duration::from_millis(500);

/// A server that runs.
pub struct Running {
    app: App,
    health: Health,
    public: Listener,
    admin: Option<Listener>,
    tasks: Tasks,
}

impl Running {
    pub(super) fn begin(
        app: App,
        (socket, tls): (TcpListener, Option<RustlsConfig>),
        admin_socket: Option<TcpListener>,
    ) -> io::Result<Self> {
        let health = Health::new(app.store.clone());
        let door = Door::new(
            routes::public(&app, health.clone()),
            &app.config.trusted_proxies,
        );
        let admin = admin_socket.map(|socket| {
            Listener::serve(socket, Door::new(routes::figures(app.clone()), &[]), None)
        });
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
    /// The listener failed, or running requests were cut.
    pub async fn until_told(mut self, signals: &mut StopSignals) -> io::Result<()> {
        let name = tokio::select! {
            name = signals.next() => name,
            ended = &mut self.public.task => return ended.map_err(io::Error::other)?,
        };
        tracing::info!(signal = name, "draining");
        self.health.turn_red();
        let drained = async {
            tokio::time::sleep(NOTICE).await;
            self.shutdown().await;
        };
        tokio::select! {
            () = drained => Ok(()),
            _ = signals.next() => {
                Err(io::Error::other("told twice to stop; running requests were cut"))
            }
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
