//! How letters leave: as files in a folder, or through a mail server.
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Body, Mailbox, SinglePart,
        header::{ContentTransferEncoding, ContentType},
    },
};

use super::{Letter, Recipient};
use crate::{
    config::{Mail, TextGateway},
    outgoing::{Outgoing, OutgoingError},
    secret::Secret,
};

/// Why a letter did not leave. Says nothing of what it holds.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The sealed row does not open.
    #[error("the stored letter cannot be read")]
    Unreadable,
    /// The letter cannot be put into words or into a message.
    #[error("the letter cannot be written: {0}")]
    Unwritable(String),
    /// The mail server's address cannot be used.
    #[error("mail.url cannot be used: {0}")]
    Url(lettre::transport::smtp::Error),
    /// The mail server refused or is away.
    #[error("the mail server did not take it: {0}")]
    Smtp(#[from] lettre::transport::smtp::Error),
    /// The folder cannot be written.
    #[error("cannot write to mail.dir: {0}")]
    Io(#[from] std::io::Error),
    /// Texts need a gateway.
    #[error("texts to phones need text.url, or mail.transport = file")]
    NoTexts,
    /// The gateway did not take the text.
    #[error("the gateway did not take the text: {0}")]
    Gateway(#[from] OutgoingError),
}

impl TransportError {
    /// Whether it is the address that nobody can deliver to, so that another try is in vain.
    /// Any other refusal may be the mail server's or ours, and pass.
    pub(super) fn is_final(&self) -> bool {
        let Self::Smtp(error) = self else {
            return false;
        };
        let code = error.status().map(u16::from);
        // RFC 5321 §4.2.3, RFC 7504: no such mailbox, not here, not an address, takes no mail.
        code.is_some_and(|code| [550, 551, 553, 556].contains(&code))
    }
}

/// Who takes texts to phones, and by which client they are posted.
pub(super) type Gateway = (TextGateway, Arc<Outgoing>);

/// How letters leave.
pub(super) struct Transport {
    from: String,
    way: Way,
    texts: Option<Gateway>,
}

/// A text to a phone, as the gateway gets it.
#[derive(serde::Serialize)]
struct Text<'a> {
    /// The same when the same text is sent once more.
    id: &'a str,
    /// E.164.
    to: &'a str,
    text: &'a str,
}

enum Way {
    Folder(PathBuf),
    Server(AsyncSmtpTransport<Tokio1Executor>),
}

impl Transport {
    pub(super) fn new(
        config: &Mail,
        texts: Option<Gateway>,
        host: &str,
    ) -> Result<Self, TransportError> {
        let way = match config {
            Mail::File { dir } => Way::Folder(dir.clone()),
            Mail::Smtp { url } => {
                let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose());
                Way::Server(server.map_err(TransportError::Url)?.build())
            }
        };
        Ok(Self {
            from: format!("Tutela <no-reply@{host}>"),
            way,
            texts,
        })
    }

    pub(super) async fn send(
        &self,
        id: &str,
        to: &Recipient,
        letter: &Letter,
    ) -> Result<(), TransportError> {
        let unwritable = |error: String| TransportError::Unwritable(error);
        let text = letter.text().map_err(|e| unwritable(e.to_string()))?;
        if let (Recipient::Phone(number), Some((gateway, outgoing))) = (to, &self.texts) {
            let (to, text) = (number.as_str(), text.as_str());
            let json = serde_json::to_vec(&Text { id, to, text });
            let json = json.map_err(|error| unwritable(error.to_string()))?;
            let token = gateway.token.as_ref().map(Secret::expose);
            return Ok(outgoing.post(&gateway.url, token, json).await?);
        }
        match (to, &self.way) {
            (Recipient::Email(address), Way::Folder(dir)) => {
                let message = self.message(address, letter, &text)?;
                put(dir, &format!("{id}.eml"), &message.formatted()).await
            }
            (Recipient::Email(address), Way::Server(server)) => {
                let message = self.message(address, letter, &text)?;
                server.send(message).await?;
                Ok(())
            }
            (Recipient::Phone(number), Way::Folder(dir)) => {
                let text = format!("To: {number}\n\n{text}");
                put(dir, &format!("{id}.txt"), text.as_bytes()).await
            }
            (Recipient::Phone(_), Way::Server(_)) => Err(TransportError::NoTexts),
        }
    }

    fn message(&self, to: &str, letter: &Letter, text: &str) -> Result<Message, TransportError> {
        let mailbox = |address: &str| {
            address
                .parse::<Mailbox>()
                .map_err(|error| TransportError::Unwritable(error.to_string()))
        };
        // As it is, so that each link and code stays whole on its line; none is near the
        // 998 bytes that a line may have (RFC 5322 §2.1.1).
        let text = text.replace('\n', "\r\n").into_bytes();
        let body = Body::dangerous_pre_encoded(text, ContentTransferEncoding::EightBit);
        let part = SinglePart::builder()
            .header(ContentType::TEXT_PLAIN)
            .header(ContentTransferEncoding::EightBit)
            .body(body);
        Message::builder()
            .from(mailbox(&self.from)?)
            .to(mailbox(to)?)
            .subject(letter.subject())
            .singlepart(part)
            .map_err(|error| TransportError::Unwritable(error.to_string()))
    }
}

/// Puts a whole file into the folder: whoever watches it never sees half of one.
async fn put(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), TransportError> {
    tokio::fs::create_dir_all(dir).await?;
    let unfinished = dir.join(format!(".{name}.part"));
    tokio::fs::write(&unfinished, bytes).await?;
    Ok(tokio::fs::rename(&unfinished, dir.join(name)).await?)
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead, BufReader, Write},
        net::TcpListener,
        thread,
    };

    use super::*;
    use crate::secret::Secret;

    /// A mail server that takes one letter and gives what it was told.
    fn sink(listener: TcpListener) -> thread::JoinHandle<Vec<String>> {
        thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let mut told = Vec::new();
            let mut lines = BufReader::new(socket.try_clone().unwrap()).lines();
            socket.write_all(b"220 sink\r\n").unwrap();
            let mut in_letter = false;
            while let Some(Ok(line)) = lines.next() {
                let answer: &[u8] = match line.as_str() {
                    "." => b"250 taken\r\n",
                    _ if in_letter => b"",
                    "DATA" => b"354 go on\r\n",
                    "QUIT" => b"221 bye\r\n",
                    greeting if greeting.starts_with("EHLO") => b"250-sink\r\n250 8BITMIME\r\n",
                    _ => b"250 yes\r\n",
                };
                in_letter = line == "DATA" || (in_letter && line != ".");
                let is_over = line == "." || line == "QUIT";
                told.push(line);
                socket.write_all(answer).unwrap();
                if is_over {
                    break;
                }
            }
            told
        })
    }

    #[tokio::test]
    async fn a_letter_reaches_a_mail_server_whole() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let server = sink(listener);
        let config = Mail::Smtp {
            url: Secret::new(url),
        };
        let transport = Transport::new(&config, None, "id.example").unwrap();
        let letter = Letter::Verify {
            organization: "Clinique Édith".to_owned(),
            link: "https://id.example/verify?token=tsu_abc".to_owned(),
            code: "012345".to_owned(),
        };
        let to = Recipient::Email("nora@example.test".to_owned());
        transport.send("1", &to, &letter).await.unwrap();
        let told = server.join().unwrap();
        for line in [
            "RCPT TO:<nora@example.test>",
            "012345",
            "https://id.example/verify?token=tsu_abc",
            "Content-Transfer-Encoding: 8bit",
        ] {
            assert!(
                told.iter().any(|told| told.starts_with(line)),
                "{line}: {told:?}"
            );
        }
        assert!(told.iter().any(|line| line.contains("Édith")));
        let text = Recipient::Phone("+32470123456".to_owned());
        let refused = transport.send("2", &text, &letter).await;
        assert!(matches!(refused, Err(TransportError::NoTexts)));
    }

    /// A gateway that takes one text and gives the request.
    fn gateway(listener: TcpListener) -> thread::JoinHandle<String> {
        thread::spawn(move || {
            let (socket, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(socket.try_clone().unwrap());
            let (mut request, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                request.push_str(&line);
                if line == "\r\n" {
                    break;
                }
            }
            let mut body = vec![0; length];
            std::io::Read::read_exact(&mut reader, &mut body).unwrap();
            request.push_str(&String::from_utf8(body).unwrap());
            (&socket)
                .write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")
                .unwrap();
            request
        })
    }

    #[tokio::test]
    async fn a_text_reaches_the_gateway_with_its_id_and_token() {
        crate::outgoing::install_tls_provider();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/send", listener.local_addr().unwrap());
        let url: url::Url = url.parse().unwrap();
        let taken = gateway(listener);
        let settings = crate::outgoing::Settings {
            allow: vec![url.origin()],
            ca_file: None,
        };
        let texts = TextGateway {
            url,
            token: Some(Secret::new("gateway-token")),
        };
        let outgoing = Arc::new(Outgoing::new(&settings).unwrap());
        let config = Mail::Smtp {
            url: Secret::new("smtp://127.0.0.1:1"),
        };
        let transport = Transport::new(&config, Some((texts, outgoing)), "id.example").unwrap();
        let letter = Letter::NewIdentifier {
            link: "https://id.example/x?token=tni_abc".to_owned(),
            code: "012345".to_owned(),
        };
        let to = Recipient::Phone("+32470123456".to_owned());
        transport.send("letter-1", &to, &letter).await.unwrap();
        let request = taken.join().unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /send HTTP/1.1"));
        assert!(
            head.to_lowercase()
                .contains("authorization: bearer gateway-token")
        );
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(
            (&body["id"], &body["to"]),
            (&"letter-1".into(), &"+32470123456".into())
        );
        assert!(body["text"].as_str().unwrap().contains("012345"));
    }
}
