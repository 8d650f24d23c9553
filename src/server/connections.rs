//! Who may connect: a bounded number of connections, in all and from one address.
use std::{
    collections::HashMap,
    convert::Infallible,
    future::{Ready, ready},
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use axum::{
    BoxError, Router,
    body::{Bytes, HttpBody},
    extract::ConnectInfo,
    response::Response,
    routing::future::RouteFuture,
};
use http::Request;
use ipnet::IpNet;
use tower::Service;

use super::limits::{CONNECTIONS, CONNECTIONS_OF_ONE};

/// Makes a [`Connection`] of each socket, while there is room.
#[derive(Clone)]
pub(super) struct Door {
    routes: Router,
    trusted: Arc<[IpNet]>,
    inside: Arc<Mutex<Inside>>,
}

#[derive(Default)]
struct Inside {
    all: usize,
    of: HashMap<IpAddr, usize>,
}

/// There are connections enough.
#[derive(Debug, thiserror::Error)]
#[error("too many connections")]
pub(super) struct Full;

impl Door {
    pub(super) fn new(routes: Router, trusted: &[IpNet]) -> Self {
        Self {
            routes,
            trusted: trusted.into(),
            inside: Arc::default(),
        }
    }

    fn enter(&self, peer: IpAddr) -> Result<Place, Full> {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let of_peer = inside.of.get(&peer).copied().unwrap_or(0);
        let is_proxy = self.trusted.iter().any(|net| net.contains(&peer));
        if inside.all >= CONNECTIONS || (of_peer >= CONNECTIONS_OF_ONE && !is_proxy) {
            return Err(Full);
        }
        inside.all += 1;
        inside.of.insert(peer, of_peer + 1);
        Ok(Place {
            peer,
            inside: Arc::clone(&self.inside),
        })
    }
}

/// A connection's place; it is free again when this goes.
struct Place {
    peer: IpAddr,
    inside: Arc<Mutex<Inside>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        inside.all -= 1;
        match inside.of.get_mut(&self.peer) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                inside.of.remove(&self.peer);
            }
        }
    }
}

impl Service<SocketAddr> for Door {
    type Response = Connection;
    type Error = Full;
    type Future = Ready<Result<Connection, Full>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Full>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, peer: SocketAddr) -> Self::Future {
        let place = self.enter(peer.ip().to_canonical());
        ready(place.map(|place| Connection {
            routes: self.routes.clone(),
            peer,
            _place: Arc::new(place),
        }))
    }
}

/// The routes as one connection sees them.
#[derive(Clone)]
pub(super) struct Connection {
    routes: Router,
    peer: SocketAddr,
    _place: Arc<Place>,
}

impl<B> Service<Request<B>> for Connection
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(())) // routes are always ready
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        request.extensions_mut().insert(ConnectInfo(self.peer));
        self.routes.call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_every_place_and_gives_its_places_back() {
        let door = Door::new(Router::new(), &["10.0.0.0/8".parse().unwrap()]);
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let mut places: Vec<_> = (0..CONNECTIONS_OF_ONE)
            .map(|_| door.enter(address("192.0.2.1")).unwrap())
            .collect();
        assert!(door.enter(address("192.0.2.1")).is_err());
        assert!(door.enter(address("192.0.2.2")).is_ok());
        places.pop();
        assert!(door.enter(address("192.0.2.1")).is_ok());

        let proxied: Vec<_> = (places.len()..CONNECTIONS)
            .map(|_| door.enter(address("10.0.0.1")).unwrap())
            .collect();
        assert!(
            door.enter(address("192.0.2.2")).is_err(),
            "all places are taken"
        );
        drop((places, proxied));
        assert!(door.inside.lock().unwrap().of.is_empty());
    }
}
