//! The database goes away and comes back (SECURITY.md 10): 503 with Retry-After, nothing
//! acknowledged is lost, and nobody restarts anything. PostgreSQL is cut off by a proxy;
//! SQLite is locked by somebody else.
use std::sync::Arc;

use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use super::proxy::{Cut, proxy};
use crate::{
    harness::{App, Browser, EMILY, Server},
    oauth::SCOPE,
};

/// What stands between the server and its database.
enum Between {
    Proxy(Arc<Cut>),
    Lock(String, Option<SqliteConnection>),
}

impl Between {
    async fn cut(&mut self) {
        match self {
            Self::Proxy(cut) => cut.everything(),
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
            Self::Proxy(cut) => cut.nothing(),
            Self::Lock(_, lock) => lock.take().unwrap().close().await.unwrap(),
        }
    }
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
