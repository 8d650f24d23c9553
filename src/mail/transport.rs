//! How letters leave: as files in a folder, or through a mail server.
use std::path::{Path, PathBuf};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Body, Mailbox, SinglePart,
        header::{ContentTransferEncoding, ContentType},
    },
};

use super::{Letter, Recipient};
use crate::config::Mail;

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
    /// Texts need a transport of their own.
    #[error("texts to phones need mail.transport = file")]
    NoTexts,
}

/// How letters leave.
pub(super) struct Transport {
    from: String,
    way: Way,
}

enum Way {
    Folder(PathBuf),
    Server(AsyncSmtpTransport<Tokio1Executor>),
}

impl Transport {
    pub(super) fn new(config: &Mail, host: &str) -> Result<Self, TransportError> {
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
        let transport = Transport::new(&config, "id.example").unwrap();
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
}
