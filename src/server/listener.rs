//! Sockets: bound, guarded by the limits, with TLS where a certificate is set.
use std::{
    io,
    net::{SocketAddr, TcpListener},
};

use axum_server::{
    Handle, Server,
    accept::NoDelayAcceptor,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use tokio::task::JoinHandle;

use super::{connections::Door, limits};

/// A listener that serves until its handle says otherwise.
pub(super) struct Listener {
    pub(super) address: SocketAddr,
    pub(super) handle: Handle<SocketAddr>,
    pub(super) task: JoinHandle<io::Result<()>>,
}

impl Listener {
    /// Serves the routes behind `door` on `socket`.
    pub(super) fn serve(
        socket: TcpListener,
        door: Door,
        tls: Option<RustlsConfig>,
    ) -> io::Result<Self> {
        let address = socket.local_addr()?;
        let handle = Handle::new();
        let mut server = axum_server::from_tcp(socket)?
            .acceptor(NoDelayAcceptor::new())
            .first_request_timeout(limits::HEAD_TIME)
            .accept_error_handler(
                |_, error| tracing::debug!(%error, "a connection came to nothing"),
            )
            .handle(handle.clone());
        limit(&mut server);
        let task = match tls {
            None => tokio::spawn(server.serve(door)),
            Some(tls) => {
                let secure = RustlsAcceptor::new(tls).handshake_timeout(limits::HEAD_TIME);
                tokio::spawn(server.map(|plain| secure.acceptor(plain)).serve(door))
            }
        };
        Ok(Self {
            address,
            handle,
            task,
        })
    }
}

fn limit<A>(server: &mut Server<SocketAddr, A>) {
    let http = server.http_builder();
    http.http1()
        .max_buf_size(limits::BUFFER)
        .header_read_timeout(limits::IDLE_TIME);
    http.http2()
        .max_header_list_size(u32::try_from(limits::HEADERS).unwrap_or(u32::MAX))
        .max_concurrent_streams(limits::STREAMS)
        .max_pending_accept_reset_streams(limits::RESETS)
        .max_local_error_reset_streams(limits::RESETS)
        .keep_alive_interval(limits::IDLE_TIME)
        .keep_alive_timeout(limits::HEAD_TIME);
}
