//! The database goes away and comes back (SECURITY.md 10): 503 with Retry-After, nothing
//! acknowledged is lost, and nobody restarts anything. PostgreSQL is cut off by a proxy;
//! SQLite is locked by somebody else.
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::Notify,
};

use crate::{
    harness::{App, Browser, EMILY, Server},
    oauth::SCOPE,
};

/// What stands between the server and its database.
enum Between {
    Proxy(Arc<Cut>),
    Lock(String, Option<SqliteConnection>),
}

#[derive(Default)]
struct Cut {
    is_cut: AtomicBool,
    cut: Notify,
}

impl Between {
    async fn cut(&mut self) {
        match self {
            Self::Proxy(cut) => {
                cut.is_cut.store(true, Ordering::SeqCst);
                cut.cut.notify_waiters();
            }
            Self::Lock(path, lock) => {
                let options = SqliteConnectOptions::new().filename(path.as_str());
                let mut conn = options.connect().await.unwrap();
                sqlx::query("BEGIN EXCLUSIVE")
                    .execute(&mut conn)
                    .await
                    .unwrap();
                *lock = Some(conn);
            }
        }
    }

    async fn heal(&mut self) {
        match self {
            Self::Proxy(cut) => cut.is_cut.store(false, Ordering::SeqCst),
            Self::Lock(_, lock) => lock.take().unwrap().close().await.unwrap(),
        }
    }
}

/// Forwards to the PostgreSQL of the tests, until it is cut.
async fn proxy(cut: Arc<Cut>) -> u16 {
    let server = std::env::var("TEST_POSTGRES").unwrap();
    let target = server
        .split(['@', '/'])
        .find(|part| part.contains(':') && !part.ends_with(':'));
    let target = target.unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut from, _)) = listener.accept().await {
            let (cut, target) = (Arc::clone(&cut), target.clone());
            tokio::spawn(async move {
                let ended = cut.cut.notified();
                if cut.is_cut.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(mut to) = TcpStream::connect(target).await else {
                    return;
                };
                tokio::select! {
                    _ = copy_bidirectional(&mut from, &mut to) => {}
                    () = ended => {}
                }
            });
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_means_503_and_its_return_needs_nobody() {
    let (server, mut between) = match std::env::var("TEST_POSTGRES") {
        Ok(_) => {
            let cut = Arc::new(Cut::default());
            let server = Server::spawn_through(proxy(Arc::clone(&cut)).await).await;
            (server, Between::Proxy(cut))
        }
        Err(_) => {
            let server = Server::spawn().await;
            let path = server.path("tutela.db");
            (server, Between::Lock(path, None))
        }
    };
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let tokens = app.redeem(&app.code(&browser, SCOPE, EMILY).await).await;

    between.cut().await;
    let refused = app.refresh(tokens.refresh()).await;
    assert_eq!(
        (refused.status, refused.error()),
        (503, "temporarily_unavailable")
    );
    assert!(refused.headers.contains_key("retry-after"));
    let page = Browser::new(&server.url).get("/sign-in").await;
    let signing_in = Browser::new(&server.url);
    let fresh = signing_in.get("/sign-in").await;
    let fields = [
        ("username", "john@example.test"),
        ("password", crate::harness::PASSWORD),
    ];
    let answer = signing_in.submit(&fresh, "login-form", &fields).await;
    assert_eq!((page.status, answer.status), (200, 503));
    for path in ["/.well-known/openid-configuration", "/jwks", "/health/live"] {
        let answer = reqwest::get(format!("{}{path}", server.url)).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
    }

    between.heal().await;
    let recovered = async {
        loop {
            let next = app.refresh(tokens.refresh()).await;
            if next.status == 200 {
                return next;
            }
            assert_eq!(next.status, 503, "{:?}", next.body); // never refused, never lost
        }
    };
    let next = tokio::time::timeout(std::time::Duration::from_secs(20), recovered)
        .await
        .unwrap();
    assert_eq!(app.userinfo(next.access()).await.status, 200);
}
