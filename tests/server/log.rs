//! What the log says of requests.
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Command, Stdio},
};

/// Asks a server that logs in `format` something that it refuses: the answer, and its line in
/// the log.
fn refused(format: &str) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Command::new(env!("CARGO_BIN_EXE_tutela"))
        .args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"])
        .env("TUTELA_LOG__FORMAT", format)
        .current_dir(folder.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stderr.take().unwrap());
    let address = line_with(&mut lines, "listening").replace("\"", "");
    let (_, address) = address.split_once("127.0.0.1:").unwrap();
    let port: String = address.chars().take_while(char::is_ascii_digit).collect();
    let address = format!("127.0.0.1:{port}");
    let mut socket = TcpStream::connect(&address).unwrap();
    let path = "/api/v1/organizations/%22,%22a%22:%22/members?secret=hunter2";
    let ask = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    socket.write_all(ask.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    let line = line_with(&mut lines, "answered");
    server.kill().unwrap();
    server.wait().unwrap();
    (answer, line)
}

fn line_with(lines: &mut impl BufRead, word: &str) -> String {
    let mut lines = lines.lines().map(Result::unwrap);
    lines.find(|line| line.contains(word)).unwrap()
}

fn request_id(answer: &str) -> String {
    let mut lines = answer.lines();
    let id = lines.find_map(|line| line.strip_prefix("x-request-id: "));
    id.unwrap().to_owned()
}

#[test]
fn a_line_of_json_names_the_request_by_method_route_and_id() {
    let (answer, line) = refused("json");
    let said: serde_json::Value = serde_json::from_str(&line).unwrap();
    let request = serde_json::json!({
        "method": "GET",
        "route": "/api/v1/organizations/{org}/members",
        "request_id": request_id(&answer),
    });
    assert_eq!(said["request"], request, "{line}");
    assert_eq!(
        (&said["message"], &said["status"]),
        (&"answered".into(), &401.into())
    );
    assert!(!line.contains("hunter2") && !line.contains("%22"), "{line}");
}

#[test]
fn a_pretty_line_names_it_too() {
    let (answer, line) = refused("pretty");
    let id = request_id(&answer);
    let end = format!("method=GET route=/api/v1/organizations/{{org}}/members request_id={id}");
    assert!(line.contains("status") && line.contains("401"), "{line}");
    assert!(line.ends_with(&end), "{line}");
    assert!(!line.contains("hunter2"), "{line}");
}
