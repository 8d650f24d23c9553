//! Signing up, and getting a new password.
mod activity;
mod apps;
mod at_once;
mod care;
mod own;
mod security;
mod sessions;

use crate::harness::{App, Browser, PASSWORD, Page, Server, claims};

const NEW: &str = "purple kettle rides north";

fn fields(username: &str) -> [(&str, &str); 4] {
    [
        ("username", username),
        ("password", NEW),
        ("given_name", "Nora"),
        ("family_name", "New"),
    ]
}

async fn sign_up(browser: &Browser, username: &str) -> Page {
    let page = browser.open("/sign-up").await;
    let answer = browser
        .submit(&page, "signup-form", &fields(username))
        .await;
    browser.follow(answer).await
}

/// The line of a letter that begins so.
fn line<'a>(letter: &'a str, begins: &str) -> &'a str {
    letter
        .lines()
        .find(|line| line.starts_with(begins))
        .unwrap_or_else(|| panic!("no line {begins} in {letter}"))
}

fn code(letter: &str) -> &str {
    let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|b| b.is_ascii_digit());
    letter.lines().find(is_code).unwrap()
}

/// A page without what differs from visit to visit.
fn masked(page: &Page) -> String {
    let csrf = page.attribute("name=\"csrf\"", "value");
    let query = page.url.query().unwrap_or_default();
    let body = page.body.replace(&csrf, "CSRF").replace(query, "QUERY");
    body.replace(&query.replace('&', "&#38;"), "QUERY")
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_up_from_an_app_by_code_and_comes_back_with_a_token() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let page = browser
        .open(&app.authorize("openid profile email", &[]))
        .await;
    let sign_up = page.attribute("entry-alt", "href");
    let page = browser.open(&sign_up).await;
    assert!(page.has("Family app"));
    let answer = browser
        .submit(&page, "signup-form", &fields("nora@example.test"))
        .await;
    let page = browser.follow(answer).await;
    let letters = server.letters().await;
    assert_eq!(letters.len(), 1);
    assert!(letters[0].contains("To: nora@example.test"));
    assert!(letters[0].contains("Content-Transfer-Encoding: 8bit"));
    let wrong = browser
        .submit(&page, "code-form", &[("code", "000 000")])
        .await;
    assert_eq!(wrong.status, 422);
    let code = code(&letters[0]);
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    let page = browser
        .submit(&wrong, "code-form", &[("code", &spaced)])
        .await;
    let page = browser.follow(page).await;
    assert!(page.has("id=\"consent-form\""), "{}", page.body);
    let page = browser.decide(&page, "allow").await;
    let tokens = app.redeem(&page.answer()["code"]).await;
    let id_token = claims(tokens.body["id_token"].as_str().unwrap());
    assert_eq!(id_token["email"], "nora@example.test");
    assert_eq!(id_token["consumer_kind"], "guardian"); // no patient record yet
    let again = Browser::new(&server.url);
    let page = again.open("/sign-in").await;
    let credentials = [("username", "NORA@example.test"), ("password", NEW)];
    let page = again.submit(&page, "login-form", &credentials).await;
    assert_eq!(again.follow(page).await.url.path(), "/account");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_works_once_and_signs_nobody_in_in_another_browser() {
    let server = Server::spawn().await;
    let (mine, other) = (Browser::new(&server.url), Browser::new(&server.url));
    sign_up(&mine, "nora@example.test").await;
    let letter = server.letters().await.remove(0);
    let link = line(&letter, &server.url);
    let page = other.open(link).await;
    assert!(page.has("id=\"verify-form\""));
    let done = other.submit(&page, "verify-form", &[]).await;
    assert_eq!(other.follow(done).await.url.path(), "/sign-in");
    assert_eq!(other.open("/account").await.url.path(), "/sign-in");
    let twice = mine.open(link).await;
    let twice = mine.submit(&twice, "verify-form", &[]).await;
    assert_eq!(twice.status, 422); // N-18
}

#[tokio::test(flavor = "multi_thread")]
async fn n_01_an_address_with_an_account_is_answered_like_any_other() {
    let server = Server::spawn().await;
    let mut pages = Vec::new();
    for who in ["john@example.test", "nobody@example.test"] {
        let browser = Browser::new(&server.url);
        let page = sign_up(&browser, who).await;
        let wrong = browser
            .submit(&page, "code-form", &[("code", "123456")])
            .await;
        pages.push((page.status, masked(&page), wrong.status, masked(&wrong)));
    }
    assert_eq!(pages[0], pages[1]);
    let letters = server.letters().await;
    let john = letters
        .iter()
        .find(|l| l.contains("To: john@example.test"))
        .unwrap();
    assert!(john.contains("You have one already"));
    assert!(!john.contains("/verify?token="));
}

#[tokio::test(flavor = "multi_thread")]
async fn i_06_an_unverified_registration_reserves_nothing_and_the_first_to_verify_wins() {
    let server = Server::spawn().await;
    let (first, second) = (Browser::new(&server.url), Browser::new(&server.url));
    let one = sign_up(&first, "shared@example.test").await;
    let one_code = code(&server.letters().await[0]).to_owned();
    let two = sign_up(&second, "Shared@Example.test").await;
    let two_code = code(&server.letters().await[0]).to_owned();
    let won = second
        .submit(&two, "code-form", &[("code", &two_code)])
        .await;
    assert_eq!(second.follow(won).await.url.path(), "/account");
    let lost = first
        .submit(&one, "code-form", &[("code", &one_code)])
        .await;
    assert_eq!(lost.status, 422);
}

/// I-05, I-06: one of twenty gets the address, the others are answered as if it were taken.
#[tokio::test(flavor = "multi_thread")]
async fn i_05_of_twenty_who_verify_one_address_at_once_one_gets_it_and_the_others_a_calm_answer() {
    let server = Server::spawn().await;
    let mut begun = Vec::new();
    for n in 0..20 {
        let browser = Browser::new(&server.url);
        let page = sign_up(&browser, &format!("nora{n}@example.test")).await;
        let letter = server.letter().await;
        begun.push((browser, page, code(&letter).to_owned()));
    }
    let mut tx = server.write().await;
    tx.query("UPDATE pending_sign_ups SET value_norm = 'nora@example.test'")
        .run()
        .await
        .unwrap();
    tx.commit().await.unwrap();
    one_code_wins(begun).await;
}

/// Twenty send their codes at once, and one of them gets on.
async fn one_code_wins(begun: Vec<(Browser, Page, String)>) {
    let mut trying = tokio::task::JoinSet::new();
    for (browser, page, code) in begun {
        trying.spawn(async move {
            let answer = browser.submit(&page, "code-form", &[("code", &code)]).await;
            answer.status
        });
    }
    let mut answers = trying.join_all().await;
    answers.sort_unstable();
    assert_eq!(answers[0], 303);
    assert_eq!(answers[1..], [422; 19]);
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_of_a_code_are_counted_and_an_old_code_is_worth_nothing() {
    let server = Server::spawn().await;
    let browser = Browser::new(&server.url);
    let page = sign_up(&browser, "nora@example.test").await;
    let right = code(&server.letters().await[0]).to_owned();
    for guess in 0..5 {
        let guess = format!(
            "{:06}",
            (right.parse::<u32>().unwrap() + 1 + guess) % 1_000_000
        );
        let wrong = browser
            .submit(&page, "code-form", &[("code", &guess)])
            .await;
        assert_eq!(wrong.status, 422);
    }
    let late = browser
        .submit(&page, "code-form", &[("code", &right)])
        .await;
    assert_eq!(late.status, 422, "after five guesses no code fits");
    let page = sign_up(&browser, "nina@example.test").await;
    let right = code(&server.letters().await[0]).to_owned();
    server.later(15 * 60 + 1);
    let late = browser
        .submit(&page, "code-form", &[("code", &right)])
        .await;
    assert_eq!(late.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn i_07_every_fault_of_a_sign_up_is_shown_at_its_field_and_no_letter_leaves() {
    let server = Server::spawn().await;
    let browser = Browser::new(&server.url);
    let page = browser.open("/sign-up").await;
    for (field, value) in [
        ("username", "nora"),
        ("password", "short"),
        ("password", "nora@example.test nora@example.test"),
        ("password", "aaaaaaaaaaaaaaaaaaaaa"),
        ("given_name", " "),
    ] {
        let mut typed = fields("nora@example.test");
        typed.iter_mut().find(|(name, _)| *name == field).unwrap().1 = value;
        let refused = browser.submit(&page, "signup-form", &typed).await;
        assert_eq!(refused.status, 422, "{field} {value}");
        assert!(
            refused.has(&format!("href=\"#{field}\"")),
            "{field} {value}"
        );
        assert!(!refused.has(NEW), "a password is never shown again");
    }
    assert!(server.letters().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_every_session_and_grant_and_the_link_works_once() {
    let server = Server::spawn().await;
    let (app, signed_in) = (App::family(&server), Browser::new(&server.url));
    let scope = "openid offline_access";
    let code = app.code(&signed_in, scope, crate::harness::JOHN).await;
    let tokens = app.redeem(&code).await;
    let browser = Browser::new(&server.url);
    let page = browser.open("/forgot-password").await;
    let sent = browser
        .submit(&page, "forgot-form", &[("username", "john@example.test")])
        .await;
    assert_eq!(sent.status, 200);
    let letter = server.letter().await;
    let link = line(&letter, &server.url).to_owned();
    let page = browser.open(&link).await;
    let short = browser
        .submit(&page, "reset-form", &[("password", "short")])
        .await;
    assert_eq!(short.status, 422);
    let done = browser
        .submit(&short, "reset-form", &[("password", NEW)])
        .await;
    assert!(done.status == 200 && done.has("Your password is changed"));
    assert_eq!(app.refresh(tokens.refresh()).await.error(), "invalid_grant");
    assert_eq!(signed_in.open("/account").await.url.path(), "/sign-in");
    let notice = server.letter().await;
    assert!(notice.contains("your password was changed"));
    assert_eq!(browser.open(&link).await.status, 400);
    for (password, status) in [(PASSWORD, 422), (NEW, 303)] {
        let page = browser.open("/sign-in").await;
        let credentials = [("username", "john@example.test"), ("password", password)];
        let answer = browser.submit(&page, "login-form", &credentials).await;
        assert_eq!(answer.status, status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn n_01_forgetting_a_password_tells_nothing_and_letters_are_counted() {
    let server = Server::spawn().await;
    let browser = Browser::new(&server.url);
    let page = browser.open("/forgot-password").await;
    let mut answers = Vec::new();
    for who in ["john@example.test", "nobody@example.test"] {
        let mut statuses = Vec::new();
        for _ in 0..6 {
            let answer = browser
                .submit(&page, "forgot-form", &[("username", who)])
                .await;
            statuses.push(answer.status);
        }
        answers.push(statuses);
    }
    assert_eq!(answers[0], [200, 200, 200, 200, 200, 429]);
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_host_never_gets_into_a_letter() {
    let server = Server::spawn().await;
    let browser = Browser::new(&server.url);
    let page = browser.open("/forgot-password").await;
    let csrf = page.attribute("name=\"csrf\"", "value");
    let forged = reqwest::Client::new()
        .post(format!("{}/forgot-password", server.url))
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("csrf={csrf}&username=john%40example.test"))
        .send()
        .await
        .unwrap();
    assert_eq!(forged.status().as_u16(), 421);
    assert!(server.letters().await.is_empty());
}
