//! The requests the server makes itself: the one client for all of them (SECURITY.md 7.1).
//!
//! Addresses come from clients' registrations, so each request may be an attempt to
//! make the server call something on its own network. It speaks https only, to public
//! addresses only: a literal address is checked in the URL, a name when it is resolved,
//! and the connection goes to the very addresses that were checked. Redirects and
//! proxies are not followed; time, size, content type and concurrency are bounded; a
//! target that keeps failing is left alone for a while. Origins that the operator
//! lists in `outgoing.allow` may be on private addresses and may speak http.
//!
//! What a target answers is for the server alone: neither body nor error is ever shown
//! to the client whose registration named it.
mod addresses;
mod breaker;
mod settings;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use quick_cache::sync::Cache;
use reqwest::{Certificate, Client, ClientBuilder, Response, header, redirect, retry};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};
use url::{Host, Origin, Url};

use addresses::{Lookup, Machine, NotPublic, PublicOnly, is_public};
use breaker::Target;
pub use settings::{Settings, SettingsError};

/// Targets remembered at most.
const TARGETS: usize = 1024;

/// Why there is no answer to use. For logs; never shown to clients.
#[derive(Debug, thiserror::Error)]
pub enum OutgoingError {
    /// The URL is not https, has credentials, or no host.
    #[error("only https addresses without credentials may be called")]
    Url,
    /// The target is not on the public internet.
    #[error("the target's address is not public")]
    Address,
    /// The target failed too often lately and is left alone.
    #[error("the target failed too often lately")]
    Resting,
    /// No answer in time.
    #[error("the target did not answer in time")]
    Slow,
    /// The answer's status is not what is wanted.
    #[error("the target answered with status {0}")]
    Status(u16),
    /// The answer is not of an expected content type.
    #[error("the target answered with another content type")]
    ContentType,
    /// The body is too large.
    #[error("the target's answer is too large")]
    TooLarge,
    /// The connection failed.
    #[error("the target cannot be reached: {0}")]
    Connection(#[source] reqwest::Error),
}

/// The client. One per process; share it by `Arc`.
pub struct Outgoing {
    allow: Vec<Origin>,
    authorities: Vec<Certificate>,
    lookup: Arc<dyn Lookup>,
    limits: Limits,
    /// Calls public addresses. Made at first use: it loads the machine's authorities.
    guarded: OnceLock<Client>,
    /// Calls the origins of `allow`.
    trusted: OnceLock<Client>,
    everyone: Semaphore,
    targets: Cache<Origin, Arc<Target>>,
}

/// Bounds on one request, and on how many run at once.
struct Limits {
    connect: Duration,
    total: Duration,
    body: usize,
    at_once: usize,
}

const LIMITS: Limits = Limits {
    connect: Duration::from_secs(3),
    total: Duration::from_secs(5),
    body: 64 * 1024,
    at_once: 32,
};

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outgoing")
            .field("allow", &self.allow)
            .finish_non_exhaustive()
    }
}

/// Chooses aws-lc-rs for every TLS connection of this process, in and out. Call it
/// first thing; later calls change nothing.
pub fn install_tls_provider() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default(); // already chosen
}

impl Outgoing {
    /// A client with these settings.
    ///
    /// # Errors
    /// `ca_file` cannot be read or is not PEM.
    pub fn new(settings: &Settings) -> Result<Self, SettingsError> {
        Self::with(settings, Arc::new(Machine), LIMITS)
    }

    fn with(
        settings: &Settings,
        lookup: Arc<dyn Lookup>,
        limits: Limits,
    ) -> Result<Self, SettingsError> {
        Ok(Self {
            allow: settings.allow.clone(),
            authorities: settings.authorities()?,
            lookup,
            guarded: OnceLock::new(),
            trusted: OnceLock::new(),
            everyone: Semaphore::new(limits.at_once),
            targets: Cache::new(TARGETS),
            limits,
        })
    }

    /// The body at `url`, if the target answers 200 with one of the content types
    /// `accept` (such as `application/json`, without parameters).
    ///
    /// # Errors
    /// See [`OutgoingError`].
    pub async fn get(&self, url: &Url, accept: &[&str]) -> Result<Vec<u8>, OutgoingError> {
        let client = self.client_for(url)?;
        self.bounded(url, self.fetch(client, url, accept)).await
    }

    /// Sends `json` to `url`, with `token` as bearer token if there is one. Any 2xx is a yes.
    ///
    /// # Errors
    /// See [`OutgoingError`].
    pub async fn post(
        &self,
        url: &Url,
        token: Option<&str>,
        json: Vec<u8>,
    ) -> Result<(), OutgoingError> {
        let client = self.client_for(url)?;
        let mut request = client
            .post(url.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .body(json);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let send = async {
            let status = request.send().await.map_err(explain)?.status();
            match status.is_success() {
                true => Ok(()),
                false => Err(OutgoingError::Status(status.as_u16())),
            }
        };
        self.bounded(url, send).await
    }

    /// Runs `work` on the target at `url`: in time, in its turn, and not while it rests.
    async fn bounded<T>(
        &self,
        url: &Url,
        work: impl Future<Output = Result<T, OutgoingError>>,
    ) -> Result<T, OutgoingError> {
        let origin = url.origin();
        let target = self
            .targets
            .get_or_insert_with(&origin, || Ok::<_, OutgoingError>(Arc::new(Target::new())))?;
        let now = Instant::now();
        if target.rests(now) {
            return Err(OutgoingError::Resting);
        }
        let deadline = now + self.limits.total;
        let turn = async {
            (
                self.everyone.acquire().await,
                target.permits.acquire().await,
            )
        };
        let Ok(_turn) = timeout_at(deadline, turn).await else {
            return Err(OutgoingError::Slow); // says nothing of this target
        };
        let answer = match timeout_at(deadline, work).await {
            Ok(answer) => answer,
            Err(_) => Err(OutgoingError::Slow),
        };
        match answer {
            Ok(_) => target.succeeded(),
            Err(_) => target.failed(Instant::now()),
        }
        answer
    }

    /// The client that may call `url`.
    fn client_for(&self, url: &Url) -> Result<&Client, OutgoingError> {
        let is_plain = url.username().is_empty() && url.password().is_none();
        if !is_plain || !matches!(url.scheme(), "https" | "http") {
            return Err(OutgoingError::Url);
        }
        if self.allow.contains(&url.origin()) {
            return Ok(self.trusted.get_or_init(|| self.build(&|builder| builder)));
        }
        let literal = match url.host() {
            _ if url.scheme() != "https" => return Err(OutgoingError::Url),
            None => return Err(OutgoingError::Url),
            Some(Host::Domain(_)) => None,
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
        };
        if literal.is_some_and(|address| !is_public(address)) {
            return Err(OutgoingError::Address);
        }
        let guard = |builder: ClientBuilder| {
            builder
                .https_only(true)
                .dns_resolver(PublicOnly(Arc::clone(&self.lookup)))
        };
        Ok(self.guarded.get_or_init(|| self.build(&guard)))
    }

    #[expect(
        clippy::expect_used,
        reason = "without the machine's authorities nothing is left that can fail"
    )]
    fn build(&self, guard: &dyn Fn(ClientBuilder) -> ClientBuilder) -> Client {
        let common = || {
            let builder = Client::builder()
                .user_agent(concat!("tutela/", env!("CARGO_PKG_VERSION")))
                .redirect(redirect::Policy::none())
                .referer(false)
                .retry(retry::never())
                .no_proxy()
                .http1_only()
                .pool_max_idle_per_host(0)
                .connect_timeout(self.limits.connect);
            guard(builder)
        };
        let built = common().tls_certs_merge(self.authorities.clone()).build();
        built.unwrap_or_else(|error| {
            tracing::warn!(%error, "the machine has no certificate authorities; https targets fail unless outgoing.ca_file names theirs");
            common()
                .tls_certs_only(self.authorities.clone())
                .build()
                .expect("a client with given authorities can be made")
        })
    }

    async fn fetch(
        &self,
        client: &Client,
        url: &Url,
        accept: &[&str],
    ) -> Result<Vec<u8>, OutgoingError> {
        let request = client
            .get(url.clone())
            .header(header::ACCEPT, accept.join(", "));
        let mut response = request.send().await.map_err(explain)?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(OutgoingError::Status(response.status().as_u16()));
        }
        if !is_of_type(&response, accept) {
            return Err(OutgoingError::ContentType);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(explain)? {
            if body.len() + chunk.len() > self.limits.body {
                return Err(OutgoingError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

fn is_of_type(response: &Response, accept: &[&str]) -> bool {
    let header = response.headers().get(header::CONTENT_TYPE);
    let text = header.and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = text.split(';').next().unwrap_or("").trim();
    accept.iter().any(|one| one.eq_ignore_ascii_case(essence))
}

/// Finds what stopped a request. The URL is left out: it may hold what is not for logs.
fn explain(error: reqwest::Error) -> OutgoingError {
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        if inner.is::<NotPublic>() {
            return OutgoingError::Address;
        }
        cause = inner.source();
    }
    if error.is_timeout() {
        return OutgoingError::Slow;
    }
    OutgoingError::Connection(error.without_url())
}

#[cfg(test)]
mod tests;
