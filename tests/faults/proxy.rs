//! What stands between the server and the PostgreSQL of the tests, and can cut them apart.
use std::{
    io,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

/// What is cut off.
#[derive(Default)]
pub(super) struct Cut {
    what: Mutex<What>,
    now: Notify,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum What {
    #[default]
    Nothing,
    Everything,
    Commits,
}

impl Cut {
    /// Every connection ends, and nobody gets another.
    pub(super) fn everything(&self) {
        *self.what.lock().unwrap() = What::Everything;
        self.now.notify_waiters();
    }

    /// Every connection ends as soon as the database has committed something, before the
    /// server hears of it.
    pub(super) fn commits(&self) {
        *self.what.lock().unwrap() = What::Commits;
    }

    /// All goes well again.
    pub(super) fn nothing(&self) {
        *self.what.lock().unwrap() = What::Nothing;
    }

    fn is(&self, what: What) -> bool {
        *self.what.lock().unwrap() == what
    }
}

/// Starts one; gives its port.
pub(super) async fn proxy(cut: Arc<Cut>) -> u16 {
    let server = std::env::var("TEST_POSTGRES").unwrap();
    let target = server
        .split(['@', '/'])
        .find(|part| part.contains(':') && !part.ends_with(':'));
    let target = target.unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((from, _)) = listener.accept().await {
            let (cut, target) = (Arc::clone(&cut), target.clone());
            tokio::spawn(async move {
                let ended = cut.now.notified();
                if cut.is(What::Everything) {
                    return;
                }
                let Ok(to) = TcpStream::connect(target).await else {
                    return;
                };
                tokio::select! {
                    _ = forward(from, to, &cut) => {}
                    () = ended => {}
                }
            });
        }
    });
    port
}

async fn forward(mut from: TcpStream, mut to: TcpStream, cut: &Cut) -> io::Result<()> {
    let (mut asked, mut answered) = ([0; 16 * 1024], [0; 16 * 1024]);
    loop {
        tokio::select! {
            read = from.read(&mut asked) => match read? {
                0 => return Ok(()),
                n => {
                    to.write_all(&asked[..n]).await?;
                    let is_commit = asked[..n].windows(6).any(|word| word == b"COMMIT");
                    if is_commit && cut.is(What::Commits) {
                        to.read(&mut answered).await?; // it is done
                        return Ok(());
                    }
                }
            },
            read = to.read(&mut answered) => match read? {
                0 => return Ok(()),
                n => from.write_all(&answered[..n]).await?,
            },
        }
    }
}
