//! Draining (SECURITY.md 10: SIGTERM).
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Command, Stdio},
};

use super::{config, spawn};

#[tokio::test(flavor = "multi_thread")]
async fn a_running_request_is_answered_before_the_server_stops() {
    let folder = tempfile::tempdir().unwrap();
    let server = spawn(config(&folder, &[])).await.unwrap();
    let address = server.address();
    let mut socket = TcpStream::connect(address).unwrap();
    let head = format!("POST /token HTTP/1.1\r\nHost: {address}\r\nContent-Length: 5\r\n\r\nab");
    socket.write_all(head.as_bytes()).unwrap();
    // An answer on another connection shows that the first request is being read.
    assert!(
        reqwest::get(format!("http://{address}/health/ready"))
            .await
            .unwrap()
            .status()
            .is_success()
    );

    let stopping = tokio::spawn(server.shutdown());
    while TcpStream::connect(address).is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!stopping.is_finished());
    let answer = tokio::task::spawn_blocking(move || {
        socket.write_all(b"cde").unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    });
    assert!(answer.await.unwrap().starts_with("HTTP/1.1 4"));
    stopping.await.unwrap();
}

#[cfg(unix)]
#[test]
fn sigterm_ends_the_program_with_0() {
    let folder = tempfile::tempdir().unwrap();
    let log = serve_and_stop(folder.path());
    assert!(log.contains("\"stopped\""), "{log}");
}

/// Starts the program in `folder`, stops it by SIGTERM once it listens, and gives its log.
pub(crate) fn serve_and_stop(folder: &Path) -> String {
    let mut server = Command::new(env!("CARGO_BIN_EXE_tutela"))
        .args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"])
        .current_dir(folder)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stderr.take().unwrap());
    let mut log = String::new();
    while !log.contains("\"listening\"") {
        assert_ne!(lines.read_line(&mut log).unwrap(), 0, "{log}");
    }
    let kill = Command::new("kill")
        .args(["-TERM", &server.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    lines.read_to_string(&mut log).unwrap();
    assert_eq!(server.wait().unwrap().code(), Some(0), "{log}");
    log
}
