//! Password, identifier and the end of one's own account.
use super::{
    care::ANN,
    code, line,
    own::{form, signed_in},
};
use crate::harness::{App, Browser, EMILY, JOHN, PASSWORD, Server};

const SECURITY: &str = "/account/security";
const OTHER: &str = "purple kettle rides north";

fn passwords<'a>(current: &'a str, new: &'a str) -> [(&'a str, &'a str); 2] {
    [("current_password", current), ("password", new)]
}

async fn sign_in_with(server: &Server, who: &str, password: &str) -> u16 {
    let browser = Browser::new(&server.url);
    let page = browser.open("/sign-in").await;
    let fields = [("username", who), ("password", password)];
    browser.submit(&page, "login-form", &fields).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_password_needs_the_old_one_and_ends_the_other_sessions() {
    let server = Server::spawn().await;
    let there = signed_in(&server, "john@example.test").await;
    let here = signed_in(&server, "john@example.test").await;
    let page = here.open("/account/security/password").await;
    for (current, new) in [
        ("wrong horse battery staple", OTHER),
        ("", OTHER),
        (PASSWORD, "short"),
        (PASSWORD, "john@example.test 1"), // I-07
    ] {
        let refused = here
            .submit(&page, "password-form", &passwords(current, new))
            .await;
        assert_eq!(refused.status, 422, "{current} {new}");
        assert!(!refused.has(OTHER) && refused.has("aria-invalid=\"true\""));
    }
    assert!(server.letters().await.is_empty());
    let done = here
        .submit(&page, "password-form", &passwords(PASSWORD, OTHER))
        .await;
    assert!(here.follow(done).await.has("role=\"status\""));
    assert!(there.open(SECURITY).await.has("id=\"login-form\""));
    assert_eq!(here.get(SECURITY).await.status, 200);
    let letter = server.letter().await;
    assert!(letter.contains("To: john@example.test") && letter.contains("was changed"));
    assert_eq!(
        sign_in_with(&server, "john@example.test", PASSWORD).await,
        422
    );
    assert_eq!(sign_in_with(&server, "john@example.test", OTHER).await, 303);
}

/// SECURITY.md 6.5.
#[tokio::test(flavor = "multi_thread")]
async fn own_credentials_need_a_sign_in_of_the_last_ten_minutes() {
    let server = Server::spawn().await;
    let john = signed_in(&server, "john@example.test").await;
    let open = john.open("/account/security/password").await;
    for page in ["password", "identifier", "close"] {
        let page = john.get(&format!("{SECURITY}/{page}")).await;
        assert_eq!(page.status, 200);
    }
    server.later(601);
    for page in ["password", "identifier", "close"] {
        let path = format!("{SECURITY}/{page}");
        assert!(john.open(&path).await.has("id=\"login-form\""));
    }
    let posted = john
        .submit(&open, "password-form", &passwords(PASSWORD, OTHER))
        .await;
    let page = john.follow(posted).await;
    assert!(page.has("id=\"login-form\"") && page.has("sign in once more"));
    assert!(page.has("value=\"john@example.test\""));
    let back = john.sign_in(&page, "john@example.test").await;
    assert!(back.has("id=\"password-form\""), "{}", back.body);
    assert_eq!(
        sign_in_with(&server, "john@example.test", PASSWORD).await,
        303
    );
}

/// I-02, SECURITY.md 5.11.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_address_replaces_the_old_one_which_gets_a_notice_and_dependents_follow() {
    let server = Server::spawn().await;
    let stranger = Browser::new(&server.url);
    let page = stranger.open("/forgot-password").await;
    let fields = [("username", "john@example.test")];
    stranger.submit(&page, "forgot-form", &fields).await;
    let recovery = server.letter().await;

    let contact = async || {
        let mut tx = server.write().await;
        let query = "SELECT i.value_norm FROM accounts a
           JOIN login_identifiers i ON i.id = a.contact_identifier_id WHERE a.id = $1";
        let row: Option<(String,)> = tx.query(query).bind(EMILY).optional().await.unwrap();
        row.map(|(value,)| value)
    };
    assert_eq!(contact().await.as_deref(), Some("john@example.test"));
    let john = signed_in(&server, "john@example.test").await;
    let page = john.open("/account/security/identifier").await;
    let wrong = [("username", "nowhere")];
    let refused = john.submit(&page, "identifier-form", &wrong).await;
    assert_eq!(refused.status, 422);
    let own = [("username", "JOHN@example.test")];
    let refused = john.submit(&page, "identifier-form", &own).await;
    assert!(refused.has("already"));
    let new = [("username", "John.New@Example.test")];
    let page = john.submit(&page, "identifier-form", &new).await;
    let page = john.follow(page).await;
    let letter = server.letter().await;
    assert!(letter.contains("To: john.new@example.test"));
    let wrong = john.submit(&page, "code-form", &[("code", "000000")]).await;
    assert_eq!(wrong.status, 422);
    assert_eq!(
        sign_in_with(&server, "john@example.test", PASSWORD).await,
        303
    );
    let done = john
        .submit(&wrong, "code-form", &[("code", code(&letter))])
        .await;
    let page = john.follow(done).await;
    assert!(page.has("role=\"status\"") && page.has("john.new@example.test"));

    let notice = server.letter().await;
    assert!(notice.contains("To: john@example.test"));
    assert!(!notice.contains("john.new@example.test"));
    assert_eq!(contact().await.as_deref(), Some("john.new@example.test"));
    assert_eq!(
        sign_in_with(&server, "john@example.test", PASSWORD).await,
        422
    );
    assert_eq!(
        sign_in_with(&server, "john.new@example.test", PASSWORD).await,
        303
    );
    let link = line(&recovery, &server.url);
    assert_eq!(stranger.open(link).await.status, 400); // void since the address changed
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_confirms_a_number_only_for_the_account_that_asked() {
    let server = Server::spawn().await;
    let john = signed_in(&server, "john@example.test").await;
    let page = john.open("/account/security/identifier").await;
    let new = [("username", "john@elsewhere.test")];
    john.submit(&page, "identifier-form", &new).await;
    let letter = server.letter().await;
    let link = line(&letter, &server.url);
    let sarah = signed_in(&server, "sarah@example.test").await;
    let page = sarah.open(link).await;
    assert_eq!(sarah.submit(&page, "verify-form", &[]).await.status, 422);
    let other = Browser::new(&server.url);
    let page = other.open(link).await;
    let page = other.sign_in(&page, "john@example.test").await;
    let done = other.submit(&page, "verify-form", &[]).await;
    assert!(other.follow(done).await.has("john@elsewhere.test"));
    let page = other.open(link).await;
    assert_eq!(other.submit(&page, "verify-form", &[]).await.status, 422);
}

/// N-01.
#[tokio::test(flavor = "multi_thread")]
async fn n_01_a_taken_address_is_answered_like_a_free_one() {
    let server = Server::spawn().await;
    let john = signed_in(&server, "john@example.test").await;
    let page = john.open("/account/security/identifier").await;
    let mut shown = Vec::new();
    for who in ["sarah@example.test", "free@example.test"] {
        let begun = john
            .submit(&page, "identifier-form", &[("username", who)])
            .await;
        let next = john.follow(begun).await;
        let id = next.url.query().unwrap().to_owned();
        let csrf = next.attribute("name=\"csrf\"", "value");
        let body = next.body.replace(&csrf, "CSRF").replace(&id, "ID");
        shown.push((next.status, body));
    }
    assert_eq!(shown[0], shown[1]);
    let letters = server.letters().await;
    let sarahs = letters
        .iter()
        .find(|letter| letter.contains("To: sarah@example.test"))
        .unwrap();
    assert!(!sarahs.contains("token="));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_account_leaves_nothing_behind() {
    let server = Server::spawn().await;
    server.apply(ANN).await;
    let (app, john) = (App::family(&server), Browser::new(&server.url));
    let scope = "openid offline_access";
    let code = app.code(&john, scope, JOHN).await;
    let own = app.redeem(&code).await;
    let code = app.code(&john, scope, EMILY).await;
    let hers = app.redeem(&code).await;
    let page = john.open("/account/proxies").await;
    let ask = [
        ("identifier", "ann@example.test"),
        ("ends_at", "2027-03-31"),
        ("access_level", "full"),
    ];
    john.submit(&page, "proxy-form", &ask).await;
    server.letter().await; // Ann is asked after the answer
    let ann = signed_in(&server, "ann@example.test").await;
    let care = ann.open("/account/care").await;
    ann.submit(&care, &form(&care, "accept-"), &[]).await;

    let page = john.open("/account/security/close").await;
    let wrong = [("confirmation", "ann@example.test")];
    assert_eq!(john.submit(&page, "close-form", &wrong).await.status, 422);
    let right = [("confirmation", "John@example.test")];
    let done = john.submit(&page, "close-form", &right).await;
    assert!(john.follow(done).await.has("Your account is closed"));
    assert!(john.open("/account").await.has("id=\"login-form\""));
    assert_eq!(
        sign_in_with(&server, "john@example.test", PASSWORD).await,
        422
    );
    for tokens in [&own, &hers] {
        assert_eq!(app.refresh(tokens.refresh()).await.error(), "invalid_grant");
        assert_eq!(app.userinfo(tokens.access()).await.status, 401);
    }
    assert!(!ann.open("/account/care").await.has("John Doe"));
    let letters = server.letters().await;
    let is_told = |to: &str, what: &str| {
        let is_it = |letter: &&String| letter.contains(to) && letter.contains(what);
        assert_eq!(letters.iter().filter(is_it).count(), 1, "{to}: {letters:?}");
    };
    is_told("To: john@example.test", "is closed");
    is_told("To: ann@example.test", "you can no longer act for John");
}

/// I-21, I-40.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_config_owner_does_not_leave() {
    let server = Server::spawn().await;
    let carl = signed_in(&server, "carl@example.test").await;
    let page = carl.open("/account/security/close").await;
    let right = [("confirmation", "carl@example.test")];
    let refused = carl.submit(&page, "close-form", &right).await;
    assert_eq!(refused.status, 422);
    assert!(refused.has("only owner"));
    assert_eq!(carl.get("/account").await.status, 200);
}
