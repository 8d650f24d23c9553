//! Refresh tokens (SECURITY.md 1.5, 1.6; T-02).
use std::collections::{BTreeMap, BTreeSet};

use super::SCOPE;
use crate::harness::{App, Browser, EMILY, Server, Tokens, claims};

async fn tokens(server: &Server) -> (App, Tokens) {
    let (app, browser) = (App::family(server), Browser::new(&server.url));
    let code = app.code(&browser, SCOPE, EMILY).await;
    let tokens = app.redeem(&code).await;
    (app, tokens)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_forgiven_with_the_same_successor() {
    let server = Server::spawn().await;
    let (app, first) = tokens(&server).await;
    let second = app.refresh(first.refresh()).await;
    server.later(8);
    let again = app.refresh(first.refresh()).await;
    assert_eq!(again.refresh(), second.refresh());
    assert_ne!(second.refresh(), first.refresh());
    assert_eq!(app.refresh(second.refresh()).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_token_ends_the_family_and_is_audited() {
    let server = Server::spawn().await;
    let (app, first) = tokens(&server).await;
    let second = app.refresh(first.refresh()).await;
    let third = app.refresh(second.refresh()).await;
    let fourth = app.refresh(third.refresh()).await;
    server.later(11);
    assert_eq!(app.refresh(first.refresh()).await.error(), "invalid_grant");
    assert_eq!(app.refresh(fourth.refresh()).await.error(), "invalid_grant");
    assert_eq!(app.userinfo(fourth.access()).await.status, 401);
    let audited = server.audited().await;
    assert!(audited.contains(&("refresh_reuse".to_owned(), "refused".to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invented_cut_or_foreign_token_changes_nothing() {
    let server = Server::spawn().await;
    let (app, first) = tokens(&server).await;
    let good = first.refresh();
    let flipped = match good.strip_suffix('A') {
        Some(body) => format!("{body}B"),
        None => format!("{}A", &good[..good.len() - 1]),
    };
    for token in [
        &good[..good.len() - 1],
        &format!("{good}A"),
        &flipped,
        &good.to_lowercase(),
        "x",
    ] {
        assert_eq!(app.refresh(token).await.error(), "invalid_grant", "{token}");
    }
    assert_eq!(
        App::portal(&server).refresh(good).await.error(),
        "invalid_grant"
    );
    assert_eq!(app.refresh(good).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_uses_at_once_yield_one_successor() {
    let server = Server::spawn().await;
    let (app, mut current) = tokens(&server).await;
    for _ in 0..20 {
        let attempts: Vec<_> = (0..50)
            .map(|_| {
                let (app, token) = (app.clone(), current.refresh().to_owned());
                tokio::spawn(async move { app.refresh(&token).await })
            })
            .collect();
        let (mut successors, mut statuses) = (BTreeSet::new(), BTreeMap::new());
        for attempt in attempts {
            let answer = attempt.await.unwrap();
            *statuses.entry(answer.status).or_insert(0) += 1;
            if answer.status == 200 {
                successors.insert(answer.refresh().to_owned());
                current = answer;
            }
        }
        assert_eq!(successors.len(), 1, "{statuses:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn scope_narrows_the_access_token_and_not_the_family() {
    let server = Server::spawn().await;
    let (app, first) = tokens(&server).await;
    let narrow = |token: &str, scope: &'static str| {
        let (app, token) = (app.clone(), token.to_owned());
        async move {
            let fields = [
                ("grant_type", "refresh_token"),
                ("refresh_token", &token),
                ("scope", scope),
            ];
            app.post("/token", &fields).await
        }
    };
    let narrowed = narrow(first.refresh(), "openid patient/Observation.rs").await;
    assert_eq!(narrowed.body["scope"], "openid patient/Observation.rs");
    let wider = narrow(narrowed.refresh(), "openid patient/*.cruds").await;
    assert_eq!(wider.error(), "invalid_scope");
    let whole = app.refresh(narrowed.refresh()).await;
    assert_eq!(whole.body["scope"], SCOPE);
}

#[tokio::test(flavor = "multi_thread")]
async fn n02_a_guardian_gets_nothing_more_once_the_child_is_of_age() {
    let server = Server::spawn().await;
    server
        .apply(&include_str!("../resources/clinic.toml").replace("2018-09-14", "2008-12-20"))
        .await;
    let (app, mut current) = tokens(&server).await;
    // Emily is 18 on 20 December, 18 days and 12 hours from the start of the test.
    server.later(18 * 86_400 + 11 * 3600 + 58 * 60);
    current = app.refresh(current.refresh()).await;
    assert_eq!(current.status, 200, "{:?}", current.body);
    let access = claims(current.access());
    let majority = 1_797_724_800; // 2026-12-20T00:00:00Z
    assert_eq!(access["exp"], majority); // T-01
    server.later(121);
    assert_eq!(
        App::portal(&server).introspect(current.access()).await["active"],
        false
    );
    assert_eq!(
        app.refresh(current.refresh()).await.error(),
        "invalid_grant"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn refresh_looks_at_the_world_anew() {
    let clinic = include_str!("../resources/clinic.toml");
    let guardian = "guardians = [{ account = \"7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a01\", relationship = \"FTH\", basis = \"parental\", verification = \"staff_verified\" }]";
    let without_patient = clinic.replace("patient/*.cruds offline_access", "offline_access");
    let ended = guardian.replace(" }]", ", ends_at = \"2026-12-01T12:00:01Z\" }]");
    let over = clinic.replace(guardian, &ended);
    for (what, declared, error) in [
        ("the relation ends", over.as_str(), "invalid_grant"),
        ("the client loses a scope", without_patient.as_str(), ""),
    ] {
        let server = Server::spawn().await;
        let (app, first) = tokens(&server).await;
        server.apply(declared).await;
        server.later(5);
        let next = app.refresh(first.refresh()).await;
        assert_eq!(next.error(), error, "{what}: {:?}", next.body);
        if error.is_empty() {
            let scope = next.body["scope"].as_str().unwrap();
            assert!(!scope.contains("patient/*"), "{what}: {scope}");
        }
    }
}
