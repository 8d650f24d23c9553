//! Processes that are measured: what the kernel says of their CPU time and memory.
use std::{
    fs,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// A process that ends with this.
pub(super) struct Process {
    child: Child,
    pub(super) url: String,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    pub(super) fn start(command: &mut Command, url: String) -> anyhow::Result<Self> {
        let child = command.stdout(Stdio::null()).spawn()?;
        Ok(Self { child, url })
    }

    /// CPU time so far.
    pub(super) fn cpu(&self) -> anyhow::Result<f64> {
        Ok(Times::of(self.child.id())?.own)
    }

    pub(super) fn memory_mib(&self) -> anyhow::Result<f64> {
        let statm = fs::read_to_string(format!("/proc/{}/statm", self.child.id()))?;
        Ok(statm.split(' ').nth(1).unwrap_or("0").parse::<f64>()? * 4096.0 / 1_048_576.0)
    }
}

/// What `/proc/PID/stat` says, in microseconds: user and system, to a hundredth of a second.
struct Times {
    parent: u32,
    own: f64,
    /// Of children that have ended.
    children: f64,
}

impl Times {
    fn of(pid: u32) -> anyhow::Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let ticks = |at: usize| -> anyhow::Result<f64> {
            Ok((fields[at].parse::<f64>()? + fields[at + 1].parse::<f64>()?) * 10_000.0)
        };
        Ok(Self {
            parent: fields[1].parse()?,
            own: ticks(11)?,
            children: ticks(13)?,
        })
    }
}

/// The processes of a PostgreSQL on this machine.
pub(super) struct Postgres(u32);

impl Postgres {
    /// The one that a backend belongs to.
    pub(super) fn behind(backend: u32) -> anyhow::Result<Self> {
        Ok(Self(Times::of(backend)?.parent))
    }

    /// CPU time of all of them so far.
    pub(super) fn cpu(&self) -> anyhow::Result<f64> {
        let own = Times::of(self.0)?;
        let mut sum = own.own + own.children;
        for entry in fs::read_dir("/proc")? {
            let name = entry?.file_name();
            let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            match Times::of(pid) {
                Ok(times) if times.parent == self.0 => sum += times.own,
                _ => {} // another's, or gone
            }
        }
        Ok(sum)
    }
}

pub(super) fn free_port() -> anyhow::Result<u16> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    Ok(listener.local_addr()?.port())
}

/// Asks until there is an answer that is not an error.
pub(super) async fn wait_for(url: &str) {
    let is_there = async || {
        reqwest::get(url)
            .await
            .is_ok_and(|a| a.status().is_success())
    };
    while !is_there().await {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
