//! SIGKILL under load: what was acknowledged holds (SECURITY.md 1.7).
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::{Process, free_port, power::Disk, run};
use crate::{
    harness::{App, Browser, Database, EMILY},
    oauth::SCOPE,
};

const ROUNDS: usize = 50;

/// What one family's client was told before the server died.
struct Told {
    code: String,
    refresh: String,
    is_revoked: bool,
}

#[tokio::test(flavor = "multi_thread")]
async fn after_fifty_kills_every_acknowledged_write_is_there() {
    survive(&clinic().await, ROUNDS, None).await;
}

/// A database with the clinic, which nobody has open.
pub(super) async fn clinic() -> Database {
    let database = Database::new().await;
    let clinic = database.path("clinic.toml");
    std::fs::write(&clinic, include_str!("../resources/clinic.toml")).unwrap();
    run(&database, &["apply", &clinic]);
    database
}

/// Ends a server in the midst of its work, so many times, the power of its disk with it if there
/// is one, and after each start checks what its clients were told.
pub(super) async fn survive(database: &Database, rounds: usize, mut disk: Option<&mut Disk>) {
    let port = free_port();
    let start = async |disk: Option<&mut Disk>| match disk {
        Some(disk) => Process::start_on(database, port, &disk.environment()).await,
        None => Process::start(database, port, None).await,
    };
    let mut server = start(disk.as_deref_mut()).await;
    let app = App::family_at(&server.url);
    let browser = Browser::new(&server.url);
    let first = app.redeem(&app.code(&browser, SCOPE, EMILY).await).await;
    let hint = first.body["id_token"].as_str().unwrap().to_owned();
    for round in 0..rounds {
        let mut codes = Vec::new();
        for _ in 0..3 {
            let silent = [("prompt", "none"), ("id_token_hint", hint.as_str())];
            let page = browser.get(&app.authorize(SCOPE, &silent)).await;
            codes.push(page.answer()["code"].clone());
        }
        let answered = Arc::new(AtomicUsize::new(0));
        let work: Vec<_> = codes
            .into_iter()
            .enumerate()
            .map(|(n, code)| tokio::spawn(live(app.clone(), code, n, Arc::clone(&answered))))
            .collect();
        while answered.load(Ordering::SeqCst) < 4 + round % 9 {
            tokio::task::yield_now().await;
        }
        match &disk {
            Some(disk) => disk.cut(server),
            None => server.kill(),
        }
        let mut told = Vec::new();
        for family in work {
            told.extend(family.await.unwrap());
        }
        if let Some(disk) = &mut disk {
            disk.lose_power().await;
        }
        server = start(disk.as_deref_mut()).await;
        for told in told {
            check(&app, told, round).await;
        }
    }
}

/// Redeems and refreshes until nobody answers; the third of a family revokes after a while.
async fn live(app: App, code: String, n: usize, answered: Arc<AtomicUsize>) -> Option<Told> {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", app.redirect_uri),
        ("code_verifier", crate::harness::VERIFIER),
    ];
    let first = app.try_post("/token", &fields).await?;
    answered.fetch_add(1, Ordering::SeqCst);
    let mut told = Told {
        refresh: first.refresh().to_owned(),
        code,
        is_revoked: false,
    };
    for turn in 0.. {
        if n == 2 && turn == 1 {
            let fields = [("token", told.refresh.as_str())];
            match app.try_post("/revoke", &fields).await {
                Some(answer) if answer.status == 200 => told.is_revoked = true,
                // Whether it was done is not known, so nothing is promised.
                _ => return None,
            }
            answered.fetch_add(1, Ordering::SeqCst);
            return Some(told);
        }
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", told.refresh.as_str()),
        ];
        let Some(next) = app.try_post("/token", &fields).await else {
            return Some(told);
        };
        if next.status != 200 {
            return Some(told); // it was dying
        }
        told.refresh = next.refresh().to_owned();
        answered.fetch_add(1, Ordering::SeqCst);
    }
    None
}

async fn check(app: &App, told: Told, round: usize) {
    let next = app.refresh(&told.refresh).await;
    match told.is_revoked {
        true => assert_eq!(
            next.error(),
            "invalid_grant",
            "round {round}: revoked came back"
        ),
        false => assert_eq!(next.status, 200, "round {round}: {:?}", next.body),
    }
    let again = app.redeem(&told.code).await;
    assert_eq!(
        again.error(),
        "invalid_grant",
        "round {round}: a code was good twice"
    );
}
