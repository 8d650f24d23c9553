//! What happens when things break (SECURITY.md 10).
mod away;
mod clock;
mod commit;
mod full;
mod kill;
mod power;
mod proxy;
mod secrets;

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::harness::Database;

/// The real program as a process of its own.
pub(crate) struct Process {
    child: Child,
    pub(crate) url: String,
}

/// Runs a command of the program to its end.
pub(crate) fn run(database: &Database, arguments: &[&str]) {
    let status = command(database)
        .args(arguments)
        .stdout(Stdio::null())
        .status();
    assert!(status.unwrap().success(), "{arguments:?}");
}

fn command(database: &Database) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tutela"));
    command
        .env("TUTELA_DATABASE_URL", database.url())
        .env("TUTELA_KEYS_DIR", database.path("keys"))
        .env("TUTELA_MAIL__DIR", database.path("outbox"))
        .env("TUTELA_ADMIN_LISTEN", "127.0.0.1:0")
        .stderr(Stdio::null());
    command
}

impl Process {
    /// Starts the server at `port` and waits until it is ready; its log goes to `log`.
    pub(crate) async fn start(database: &Database, port: u16, log: Option<&str>) -> Self {
        let mut command = command(database);
        if let Some(log) = log {
            command.env("RUST_LOG", "trace");
            command.stderr(std::fs::File::create(log).unwrap());
        }
        Self::run(command, port).await
    }

    /// The same on a disk that these variables put beneath it.
    async fn start_on(database: &Database, port: u16, disk: &[(&str, PathBuf)]) -> Self {
        let mut command = command(database);
        command.envs(disk.iter().cloned());
        Self::run(command, port).await
    }

    async fn run(mut command: Command, port: u16) -> Self {
        command.env("TUTELA_LISTEN", format!("127.0.0.1:{port}"));
        let child = command.spawn().unwrap();
        let url = format!("http://127.0.0.1:{port}");
        let ready = format!("{url}/health/ready");
        let wait = async {
            loop {
                if reqwest::get(&ready)
                    .await
                    .is_ok_and(|a| a.status().is_success())
                {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), wait)
            .await
            .unwrap();
        Self { child, url }
    }

    /// Ends it without a word (SIGKILL).
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its death by another's hand.
    fn dies(mut self) {
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nobody uses at this moment.
pub(crate) fn free_port() -> u16 {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}
