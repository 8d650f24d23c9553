//! The server as a whole: what it refuses, what it tells, how it stops.
mod dice;
mod edge;
mod garbage;
mod log;
pub(crate) mod stopping;
mod tls;

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use tempfile::TempDir;
use tutela::{
    clock::SystemClock,
    config::{Config, Sources, load},
    random::SeededRandom,
    server::{Options, Running, StartError, start},
    store::Schema,
};

/// Settings of a server in `folder`, on ports of its own.
fn config(folder: &TempDir, more: &[(&str, &str)]) -> Config {
    let path = |name: &str| folder.path().join(name).display().to_string();
    let database = format!("sqlite:{}", path("tutela.db"));
    let (keys, mail) = (path("keys"), path("outbox"));
    let own = [
        ("listen", "127.0.0.1:0"),
        ("admin_listen", "127.0.0.1:0"),
        ("database_url", &database),
        ("keys_dir", &keys),
        ("mail.dir", &mail),
    ];
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    let sources = Sources {
        flags: own.iter().chain(more).map(owned).collect(),
        ..Sources::default()
    };
    load(&sources).unwrap().config
}

async fn spawn(config: Config) -> Result<Running, StartError> {
    start(Options {
        config,
        schema: Schema::Migrate,
        clock: Arc::new(SystemClock),
        random: Arc::new(SeededRandom::new(1)),
        program: env!("CARGO_BIN_EXE_tutela").into(),
    })
    .await
}

/// Sends `request` as it is, and reads until the server closes or is silent.
async fn raw(address: SocketAddr, request: String) -> Raw {
    let talk = move || {
        let mut socket = TcpStream::connect(address).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_millis(500)))
            .unwrap();
        socket.write_all(request.as_bytes()).unwrap();
        let mut text = Vec::new();
        let is_closed = socket.read_to_end(&mut text).is_ok();
        Raw {
            text: String::from_utf8_lossy(&text).into_owned(),
            is_closed,
        }
    };
    tokio::task::spawn_blocking(talk).await.unwrap()
}

/// What came back over a socket.
struct Raw {
    text: String,
    is_closed: bool,
}

impl Raw {
    fn statuses(&self) -> Vec<&str> {
        let lines = self
            .text
            .lines()
            .filter(|line| line.starts_with("HTTP/1.1 "));
        lines.map(|line| &line[9..12]).collect()
    }
}
