//! The authorization endpoint: what it answers, and where to.
use super::SCOPE;
use crate::harness::{App, Browser, EMILY, JOHN, Server, claims};

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_client_or_address_is_shown_and_never_followed() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    for changes in [
        [("client_id", "nobody")],
        [("client_id", "")],
        [("redirect_uri", "https://evil.example/callback")],
        [("redirect_uri", "http://127.0.0.1:7001/callback/../x")],
        [("redirect_uri", "http://127.0.0.1:7001/callback#x")],
        [("redirect_uri", "http://localhost:7001/callback")],
    ] {
        let page = browser.get(&app.authorize(SCOPE, &changes)).await;
        assert_eq!((page.status, page.location()), (400, None), "{changes:?}");
        assert!(
            page.headers["content-type"]
                .to_str()
                .unwrap()
                .starts_with("text/html")
        );
    }
    let twice = format!(
        "{}&redirect_uri=http://127.0.0.1:7001/callback",
        app.authorize(SCOPE, &[])
    );
    assert_eq!(browser.get(&twice).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_other_error_goes_to_the_client_with_state_and_iss() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    for (changes, error) in [
        (vec![("response_type", "")], "invalid_request"),
        (
            vec![("response_type", "token")],
            "unsupported_response_type",
        ),
        (
            vec![("response_type", "id_token")],
            "unsupported_response_type",
        ),
        (vec![("response_mode", "web_message")], "invalid_request"),
        (vec![("code_challenge", "")], "invalid_request"),
        (vec![("code_challenge", "short")], "invalid_request"),
        (vec![("code_challenge_method", "plain")], "invalid_request"),
        (vec![("code_challenge_method", "")], "invalid_request"),
        (vec![("scope", "")], "invalid_scope"),
        (vec![("scope", "nonsense")], "invalid_scope"),
        (vec![("prompt", "none")], "login_required"),
        (vec![("prompt", "none login")], "invalid_request"),
        (vec![("prompt", "dance")], "invalid_request"),
        (vec![("max_age", "-1")], "invalid_request"),
        (vec![("max_age", "soon")], "invalid_request"),
        (vec![("claims", "[]")], "invalid_request"),
        (vec![("claims", "{")], "invalid_request"),
        (
            vec![("claims", r#"{"id_token":{"sub":{"value":7}}}"#)],
            "invalid_request",
        ),
        (
            vec![("claims", r#"{"id_token":{"sub":{"values":"x"}}}"#)],
            "invalid_request",
        ),
        (vec![("id_token_hint", "x")], "invalid_request"),
        (
            vec![("resource", "https://elsewhere.example")],
            "invalid_target",
        ),
        (vec![("request", "x")], "request_not_supported"),
        (
            vec![("request_uri", "https://x.example")],
            "request_uri_not_supported",
        ),
        (vec![("registration", "{}")], "registration_not_supported"),
    ] {
        let answer = browser.get(&app.authorize(SCOPE, &changes)).await;
        let to = answer
            .location()
            .unwrap_or_else(|| panic!("{changes:?} {}", answer.body));
        assert_eq!(answer.status, 303, "{changes:?}");
        assert!(
            to.as_str().starts_with("http://127.0.0.1:7001/callback?"),
            "{to}"
        );
        let answer = answer.answer();
        assert_eq!(answer["error"], error, "{changes:?}");
        assert_eq!(answer["state"], "s-1");
        assert_eq!(answer["iss"], server.url);
    }
    let twice = format!("{}&nonce=again", app.authorize(SCOPE, &[]));
    assert_eq!(
        browser.get(&twice).await.answer()["error"],
        "invalid_request"
    );
    let twice = format!("{}&resource=a&resource=b", app.authorize(SCOPE, &[]));
    assert_eq!(
        browser.get(&twice).await.answer()["error"],
        "invalid_target"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_travels_in_the_mode_that_was_asked_for() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    app.code(&browser, SCOPE, EMILY).await;
    let fragment = browser
        .open(&app.authorize(SCOPE, &[("response_mode", "fragment")]))
        .await;
    let page = browser.choose(&fragment, EMILY).await;
    assert!(
        page.location()
            .unwrap()
            .fragment()
            .unwrap()
            .starts_with("code=")
    );
    let page = browser
        .open(&app.authorize(SCOPE, &[("response_mode", "form_post")]))
        .await;
    let page = browser.choose(&page, EMILY).await;
    assert_eq!(page.status, 200);
    assert!(page.has("action=\"http://127.0.0.1:7001/callback\""));
    for name in ["code", "state", "iss"] {
        assert!(page.has(&format!("name=\"{name}\"")), "{name}");
    }
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("form-action 'self' http://127.0.0.1:7001;"),
        "{policy}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn i50_two_apps_in_one_browser_act_for_different_people() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let for_emily = app.redeem(&app.code(&browser, SCOPE, EMILY).await).await;
    let for_john = app.redeem(&app.code(&browser, SCOPE, JOHN).await).await;
    let again = app.refresh(for_emily.refresh()).await;
    assert_eq!(claims(again.access())["sub"], EMILY); // N-07
    assert_eq!(claims(for_john.access())["sub"], JOHN);
}

#[tokio::test(flavor = "multi_thread")]
async fn i51_a_choice_that_is_not_in_the_list_ends_the_request() {
    let server = Server::spawn().await;
    let app = App::family(&server);
    for option in ["0000000000000000000000000000000", EMILY, "' OR 1=1"] {
        let browser = Browser::new(&server.url);
        let page = browser.open(&app.authorize(SCOPE, &[])).await;
        let page = browser.sign_in(&page, "john@example.test").await;
        let answer = browser
            .submit(&page, "chooser-form", &[("option", option)])
            .await;
        assert_eq!(answer.answer()["error"], "access_denied", "{option}");
        let again = browser.get(page.url.as_str()).await;
        assert_eq!(again.status, 400, "the request is over");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn prompts_and_ages_are_obeyed() {
    let server = Server::spawn().await;
    let (app, browser) = (App::portal(&server), Browser::new(&server.url));
    let page = browser.open(&app.authorize("openid", &[])).await;
    let page = browser.sign_in(&page, "john@example.test").await;
    let page = browser.choose(&page, JOHN).await;
    assert!(page.answer().contains_key("code"));
    // Signed in, trusted, but two options: nothing can be chosen unseen.
    let silent = browser
        .open(&app.authorize("openid", &[("prompt", "none")]))
        .await;
    assert_eq!(silent.answer()["error"], "account_selection_required");
    let login = browser
        .open(&app.authorize("openid", &[("prompt", "login")]))
        .await;
    assert!(login.has("id=\"login-form\""));
    server.later(100);
    let old = browser
        .open(&app.authorize("openid", &[("max_age", "50")]))
        .await;
    assert!(old.has("id=\"login-form\""));
    let page = browser.sign_in(&old, "john@example.test").await;
    assert!(page.has("id=\"chooser-form\""));
    let young = browser
        .open(&app.authorize("openid", &[("max_age", "50")]))
        .await;
    assert!(young.has("id=\"chooser-form\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_token_hint_picks_the_option_without_a_page() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let tokens = app.redeem(&app.code(&browser, SCOPE, EMILY).await).await;
    let hint = tokens.body["id_token"].as_str().unwrap();
    let silent = [("prompt", "none"), ("id_token_hint", hint)];
    let answer = browser.open(&app.authorize(SCOPE, &silent)).await.answer();
    let again = app.redeem(&answer["code"]).await;
    assert_eq!(claims(again.access())["sub"], EMILY); // T-09
    let stranger = Browser::new(&server.url);
    let answer = stranger.open(&app.authorize(SCOPE, &silent)).await.answer();
    assert_eq!(answer["error"], "login_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_is_remembered_and_asked_again_for_more() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let page = browser.open(&app.authorize("openid profile", &[])).await;
    let page = browser.sign_in(&page, "john@example.test").await;
    let page = browser.choose(&page, EMILY).await;
    assert!(page.has("id=\"consent-form\"") && page.has("You are acting for Emily Doe"));
    let denied = browser.decide(&page, "deny").await;
    assert_eq!(denied.answer()["error"], "access_denied");
    app.code(&browser, "openid profile", EMILY).await;
    let page = browser.open(&app.authorize("openid profile", &[])).await;
    let page = browser.choose(&page, EMILY).await;
    assert!(page.answer().contains_key("code"), "remembered");
    let page = browser
        .open(&app.authorize("openid profile patient/Immunization.rs", &[]))
        .await;
    let page = browser.choose(&page, EMILY).await;
    assert!(page.has("id=\"consent-form\"") && page.has("Already allowed")); // I-45
    let page = browser.open(&app.authorize("openid profile", &[])).await;
    let page = browser.choose(&page, JOHN).await;
    assert!(page.has("id=\"consent-form\""), "another subject asks anew"); // I-45
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_belongs_to_the_browser_it_began_in() {
    let server = Server::spawn().await;
    let app = App::family(&server);
    let (mine, yours) = (Browser::new(&server.url), Browser::new(&server.url));
    let page = mine.open(&app.authorize(SCOPE, &[])).await;
    let mine_signed_in = mine.sign_in(&page, "john@example.test").await;
    assert_eq!(yours.get(page.url.as_str()).await.status, 400);
    assert_eq!(yours.get(mine_signed_in.url.as_str()).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_out_of_order_change_nothing() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let page = browser.open(&app.authorize(SCOPE, &[])).await;
    let id = page.url.query_pairs().next().unwrap().1.into_owned();
    for step in [
        format!("/authorize/{id}/consent"),
        format!("/authorize/{id}/for"),
        format!("/authorize/{id}"),
    ] {
        let answer = browser.open(&step).await;
        assert!(answer.has("id=\"login-form\""), "{step}");
    }
    let page = browser.sign_in(&page, "john@example.test").await;
    let early = browser.open(&format!("/authorize/{id}/consent")).await;
    assert!(early.has("id=\"chooser-form\""));
    let empty = browser.submit(&page, "chooser-form", &[]).await;
    assert!(browser.follow(empty).await.has("id=\"chooser-form\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_posted_request_is_taken_up_by_the_browser() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let query = app.authorize(SCOPE, &[]);
    let (_, query) = query.split_once('?').unwrap();
    let fields: Vec<_> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let fields: Vec<_> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    let page = browser.post("/authorize", &fields).await;
    assert_eq!(page.status, 303);
    assert!(browser.follow(page).await.has("id=\"login-form\""));
}

const MARY: &str = r#"
[[organizations]]
id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001"
name = "Example Clinic"
[[organizations.people]]
id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a51"
given_name = "Mary"
family_name = "Major"
email = "mary@example.test"
password = "correct horse battery staple"
patient_id = "pat-mary"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_in_next_chooses_and_decides_anew() {
    let server = Server::spawn().await;
    server.apply(MARY).await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let page = browser.open(&app.authorize(SCOPE, &[])).await;
    let page = browser.sign_in(&page, "john@example.test").await;
    let page = browser.choose(&page, EMILY).await;
    assert!(page.has("id=\"consent-form\""));
    // "Use a different account"
    let another = page.attribute("consent-form", "href");
    let page = browser.open(&another).await;
    let page = browser.sign_in(&page, "mary@example.test").await;
    assert!(page.has("id=\"consent-form\"") && page.has("Mary Major"));
    let page = browser.decide(&page, "allow").await;
    let tokens = app.redeem(&page.answer()["code"]).await;
    let claims = claims(tokens.access());
    assert_eq!(claims["sub"], "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a51");
    assert!(claims.get("act").is_none()); // N-05
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_was_removed_meanwhile_gets_no_code() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let page = browser.open(&app.authorize(SCOPE, &[])).await;
    let page = browser.sign_in(&page, "john@example.test").await;
    let page = browser.choose(&page, JOHN).await;
    let moved =
        crate::harness::CLINIC.replace("127.0.0.1:7001/callback", "127.0.0.1:7001/elsewhere");
    server.apply(&moved).await;
    let answer = browser.decide(&page, "allow").await;
    assert_eq!(answer.status, 400);
    assert!(answer.location().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_allows_what_the_page_did_not_show() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let page = browser.open(&app.authorize(SCOPE, &[])).await;
    let page = browser.sign_in(&page, "john@example.test").await;
    let page = browser.choose(&page, EMILY).await;
    let stale = [("decision", "allow"), ("shown", "something else")];
    let again = browser.submit(&page, "consent-form", &stale).await;
    let again = browser.follow(again).await;
    assert!(again.has("id=\"consent-form\""), "it is asked again");
    assert!(
        browser
            .decide(&again, "allow")
            .await
            .answer()
            .contains_key("code")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_may_demand_a_subject_or_several_and_any_acr() {
    let server = Server::spawn().await;
    let (app, browser) = (App::portal(&server), Browser::new(&server.url));
    let page = browser.open(&app.authorize("openid", &[])).await;
    browser.sign_in(&page, "john@example.test").await;
    let ask = async |claims: String| {
        let page = browser
            .open(&app.authorize("openid", &[("claims", &claims), ("prompt", "none")]))
            .await;
        page.answer()
    };
    let only = ask(format!(r#"{{"id_token":{{"sub":{{"value":"{EMILY}"}}}}}}"#)).await;
    let tokens = app.redeem(&only["code"]).await;
    assert_eq!(claims(tokens.access())["sub"], EMILY);
    let several = ask(format!(
        r#"{{"id_token":{{"sub":{{"values":["x","{JOHN}"]}}}}}}"#
    ))
    .await;
    let tokens = app.redeem(&several["code"]).await;
    assert_eq!(claims(tokens.access())["sub"], JOHN);
    let nobody = ask(r#"{"id_token":{"sub":{"value":"x"}}}"#.to_owned()).await;
    assert_eq!(nobody["error"], "login_required");
    let any = ask(format!(
        r#"{{"id_token":{{"sub":{{"value":"{JOHN}"}},"acr":{{"essential":true,"values":[]}}}}}}"#
    ))
    .await;
    assert!(any.contains_key("code"));
}
