//! Files are read in a process of their own: it sees no settings, can open no file, and dies
//! when it takes too much memory or time.
use std::{
    io::{self, BufRead, BufWriter, Read, Write},
    panic,
    path::PathBuf,
    process::{ExitCode, Stdio},
    time::Duration,
};

use rustix::process::{Resource, Rlimit, setrlimit};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, Command},
    sync::Semaphore,
    time::timeout,
};

use super::{Fault, Limits, Table, read};

/// How many files are read at once; others wait for their turn.
const AT_ONCE: usize = 2;
/// Most seconds of processor time for one file.
const MOST_SECONDS: u64 = 20;
/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Most bytes of memory for one file.
const MOST_MEMORY: u64 = 512 * 1024 * 1024;
/// The sub-command of the program that does the work.
const COMMAND: &str = "read-spreadsheet";

/// Reads files, each in a process of its own.
#[derive(Debug)]
pub struct Worker {
    program: PathBuf,
    turns: Semaphore,
}

/// The file could not be read, and that was not the file's fault.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The process did not start or could not be talked to.
    #[error("the process that reads spreadsheets cannot work: {0}")]
    Io(#[from] io::Error),
    /// The server is stopping.
    #[error("the server is stopping")]
    Stopping,
}

/// What the process is told in its first line; the file follows.
#[derive(Debug, Serialize, Deserialize)]
struct Job {
    name: String,
    limits: Limits,
}

type Answer = Result<Table, Fault>;

/// Where the running program is; a [`Worker`] starts it again.
///
/// # Errors
/// Nobody knows.
pub fn own_program() -> io::Result<PathBuf> {
    // Linux finds it even after another was put in its place.
    let own = PathBuf::from("/proc/self/exe");
    match own.exists() {
        true => Ok(own),
        false => std::env::current_exe(),
    }
}

impl Worker {
    /// A worker that runs `program`, which must be this one.
    pub fn running(program: PathBuf) -> Self {
        Self {
            program,
            turns: Semaphore::new(AT_ONCE),
        }
    }

    /// [`read`] in a process of its own. One that takes too much memory or time makes the
    /// file too large.
    ///
    /// # Errors
    /// The process cannot be run.
    pub async fn read(
        &self,
        bytes: &[u8],
        name: &str,
        limits: Limits,
    ) -> Result<Answer, WorkerError> {
        let _turn = self
            .turns
            .acquire()
            .await
            .map_err(|_| WorkerError::Stopping)?;
        let mut child = Command::new(&self.program)
            .arg(COMMAND)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let job = Job {
            name: name.to_owned(),
            limits,
        };
        let answer = timeout(PATIENCE, converse(&mut child, &job, bytes)).await;
        let Ok(answer) = answer else {
            return Ok(Err(Fault::FileTooLarge));
        };
        let answer = answer?;
        child.wait().await?;
        Ok(serde_json::from_slice(&answer).unwrap_or(Err(Fault::FileTooLarge)))
    }
}

/// Tells the process its job and listens to its answer.
async fn converse(child: &mut Child, job: &Job, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(job)?;
    line.push(b'\n');
    let (mut ears, mut mouth) = (child.stdin.take(), child.stdout.take());
    let tell = async {
        if let Some(mut ears) = ears.take() {
            // A process that died does not listen; its silence is the answer.
            let _ = ears.write_all(&line).await;
            let _ = ears.write_all(bytes).await;
        }
    };
    let listen = async {
        let mut answer = Vec::new();
        if let Some(mouth) = mouth.as_mut() {
            mouth.read_to_end(&mut answer).await?;
        }
        Ok(answer)
    };
    tokio::join!(tell, listen).1
}

/// The process's side: reads a job from stdin and writes the answer to stdout.
pub fn work() -> ExitCode {
    match answer() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tutela: {error}");
            ExitCode::FAILURE
        }
    }
}

fn answer() -> io::Result<()> {
    confine();
    let mut input = io::stdin().lock();
    let (mut line, mut bytes) = (String::new(), Vec::new());
    input.read_line(&mut line)?;
    let job: Job = serde_json::from_str(&line)?;
    input.read_to_end(&mut bytes)?;
    panic::set_hook(Box::new(|_| {}));
    let table = panic::catch_unwind(|| read(&bytes, &job.name, job.limits));
    drop(bytes);
    let table: Answer = table.unwrap_or(Err(Fault::CorruptFile));
    let mut answer = BufWriter::new(io::stdout());
    serde_json::to_writer(&mut answer, &table)?;
    answer.flush()
}

/// Gives up what reading needs not. Where the system knows no such limit, the parent's
/// patience remains.
fn confine() {
    for (resource, most) in [
        (Resource::Data, MOST_MEMORY),
        (Resource::Cpu, MOST_SECONDS),
        (Resource::Nofile, 3),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
    ] {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        let _ = setrlimit(resource, limit);
    }
}
