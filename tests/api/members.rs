//! Members and config users: invited, joined, changed, gone.
use serde_json::{Value, json};

use super::{Api, STAFF, config_users::config_users};
use crate::harness::{App, Browser, JOHN, Page, Server, claims};

pub(super) const ORG: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001";
const OLGA: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a21";
const OTHER: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0002";
const OTTO: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a31";
const INA: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a22";
pub(super) const ALL: &str = "openid org:read org:write users:read users:write accounts:support config_users:write hcp:read audit:read";
pub(super) const NEW: &str = "a walk along the river";

/// Somebody with a token of the console, as a member or as a config user.
pub(super) async fn user(server: &Server, username: &str, kind: &str) -> Api {
    let (app, browser) = (App::console(server), Browser::new(&server.url));
    let page = browser.open(&app.authorize(ALL, &[])).await;
    let mut page = browser.sign_in(&page, username).await;
    if page.has("id=\"chooser-form\"") {
        page = browser.choose_kind(&page, kind).await;
    }
    Api::bearer(server, app.redeem(&page.answer()["code"]).await.access())
}

pub(super) async fn clinic() -> Server {
    let server = Server::spawn().await;
    server.apply(STAFF).await;
    server
}

fn members(rest: &str) -> String {
    format!("/organizations/{ORG}/members{rest}")
}

fn nora(roles: &[&str]) -> Value {
    json!({"email": " Nora@Example.test ", "name": "Nora van den Berg", "roles": roles})
}

/// The path behind the link of the letter to `to`.
pub(super) async fn link(server: &Server, to: &str) -> String {
    let letters = server.letters().await;
    let letter = letters.iter().find(|l| l.contains(&format!("To: {to}")));
    let letter = letter.unwrap_or_else(|| panic!("no letter to {to}: {letters:?}"));
    let start = format!("{}/invitation?token=", server.url);
    let line = letter.lines().find(|line| line.starts_with(&start));
    line.unwrap().to_owned()
}

pub(super) async fn accept(browser: &Browser, link: &str, password: &str) -> Page {
    let page = browser.open(link).await;
    let fields = [("password", password)];
    let sent = browser.submit(&page, "accept-form", &fields).await;
    browser.follow(sent).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_colleague_is_invited_chooses_a_password_and_works_with_the_roles() {
    let server = clinic().await;
    let olga = user(&server, "olga@example.test", "provider").await;
    let made = olga
        .post(&members(""), nora(&["PROVIDER", "DISPATCH"]))
        .await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    let id = made.text("id");
    assert!(made.location().ends_with(&members(&format!("/{id}"))));
    assert_eq!(made.body["status"], "invited");
    assert_eq!(made.body["email"], "nora@example.test");
    assert_eq!(made.body["name"], "Nora van den Berg");
    let again = olga.post(&members(""), nora(&["PROVIDER"])).await;
    assert_eq!((again.status, again.code()), (409, "already_member"));

    let (link, browser) = (
        link(&server, "nora@example.test").await,
        Browser::new(&server.url),
    );
    let weak = accept(&browser, &link, "short").await;
    assert_eq!(weak.status, 422);
    let own = accept(&browser, &link, "nora nora nora nora").await;
    assert_eq!(own.status, 422); // I-07
    let joined = accept(&browser, &link, NEW).await;
    assert_eq!((joined.status, joined.url.path()), (200, "/account"));
    let twice = Browser::new(&server.url).open(&link).await;
    assert_eq!(twice.status, 400); // N-18
    assert!(!twice.has("nora"));

    let shown = olga.get(&members(&format!("/{id}"))).await;
    assert_eq!(shown.body["status"], "active");
    assert_eq!(shown.body["roles"], json!(["PROVIDER", "DISPATCH"]));
    assert!(shown.body["last_sign_in_at"].is_string());
    let page = browser
        .open(&App::portal(&server).authorize("openid roles", &[]))
        .await;
    let tokens = App::portal(&server).redeem(&page.answer()["code"]).await;
    let claims = claims(tokens.access());
    assert_eq!(
        (claims["sub"].as_str(), &claims["roles"]),
        (Some(id.as_str()), &json!(["PROVIDER", "DISPATCH"]))
    );
}

/// I-20: an address is one person's, whatever he becomes.
#[tokio::test(flavor = "multi_thread")]
async fn i20_whoever_has_an_account_signs_in_and_joins_with_it() {
    let server = clinic().await;
    let olga = user(&server, "olga@example.test", "provider").await;
    let new = json!({"email": "john@example.test", "name": "J. Doe", "roles": ["SUPPORT"]});
    let made = olga.post(&members(""), new).await;
    // The list says what the inviter wrote, not what the account holds (N-01).
    assert_eq!(made.body["name"], "J. Doe");
    assert_eq!(made.body["last_sign_in_at"], Value::Null);
    let link = link(&server, "john@example.test").await;

    let other = Browser::new(&server.url);
    let page = other.open("/sign-in").await;
    other.sign_in(&page, "ann@example.test").await;
    let page = other.open(&link).await;
    assert!(!page.has("id=\"accept-form\"")); // not hers

    let browser = Browser::new(&server.url);
    let page = browser.open(&link).await;
    assert!(!page.has("name=\"password\""));
    let sign_in = page.attribute("class=\"btn btn-primary btn-block\"", "href");
    let page = browser.open(&sign_in.replace("&#38;", "&")).await;
    let back = browser.sign_in(&page, "john@example.test").await;
    assert!(back.has("id=\"accept-form\""), "{}", back.body);
    let done = browser.submit(&back, "accept-form", &[]).await;
    assert_eq!(browser.follow(done).await.url.path(), "/account");
    let shown = olga.get(&members(&format!("/{JOHN}"))).await;
    assert_eq!(shown.body["status"], "active");
    assert_eq!(shown.body["name"], "John Doe");
    let again = json!({"email": "JOHN@example.test", "name": "Another", "roles": ["SUPPORT"]});
    let refused = olga.post(&members(""), again).await;
    assert_eq!(refused.status, 409, "{:?}", refused.body);
    assert_eq!(
        crate::exchange::account(&server, "john@example.test").await,
        JOHN
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn n18_a_link_ends_when_it_is_sent_again_withdrawn_or_too_old() {
    let server = clinic().await;
    let olga = user(&server, "olga@example.test", "provider").await;
    let id = olga
        .post(&members(""), nora(&["PROVIDER"]))
        .await
        .text("id");
    let first = link(&server, "nora@example.test").await;
    let resend = members(&format!("/{id}/invitation"));
    assert_eq!(olga.post(&resend, Value::Null).await.status, 204);
    let second = link(&server, "nora@example.test").await;
    let browser = Browser::new(&server.url);
    assert_eq!(browser.open(&first).await.status, 400);
    assert_eq!(browser.open(&second).await.status, 200);

    assert_eq!(olga.delete(&members(&format!("/{id}"))).await.status, 204);
    assert_eq!(browser.open(&second).await.status, 400);
    assert_eq!(olga.get(&members(&format!("/{id}"))).await.status, 404);
    // Invited again, the same account waits: nobody learns whether there was one.
    let again = olga.post(&members(""), nora(&["PROVIDER"])).await;
    assert_eq!(again.text("id"), id);
    let third = link(&server, "nora@example.test").await;
    server.later(8 * 24 * 60 * 60);
    assert_eq!(Browser::new(&server.url).open(&third).await.status, 400);
}

/// I-06 for invitations: what happened at the address meanwhile counts.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_got_an_account_meanwhile_joins_with_that() {
    let server = clinic().await;
    let olga = user(&server, "olga@example.test", "provider").await;
    let waiting = olga
        .post(&members(""), nora(&["PROVIDER"]))
        .await
        .text("id");
    let link = link(&server, "nora@example.test").await;
    server
        .apply(
            r#"
[[organizations]]
id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001"
name = "Example Clinic"

[[organizations.people]]
given_name = "Nora"
family_name = "Berg"
email = "nora@example.test"
password = "correct horse battery staple"
"#,
        )
        .await;
    let browser = Browser::new(&server.url);
    let page = browser.open("/sign-in").await;
    browser.sign_in(&page, "nora@example.test").await;
    let page = browser.open(&link).await;
    let done = browser.submit(&page, "accept-form", &[]).await;
    assert_eq!(browser.follow(done).await.status, 200);
    assert_eq!(olga.get(&members(&format!("/{waiting}"))).await.status, 404);
    let list = olga.get(&members("?q=nora")).await;
    assert_eq!(list.body["items"][0]["name"], "Nora Berg");
    assert_eq!(list.body["items"][0]["status"], "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn i21_i22_the_last_owner_stays_and_nobody_gives_himself_a_role() {
    let server = clinic().await;
    let olga = user(&server, "olga@example.test", "provider").await;
    let me = members(&format!("/{OLGA}"));
    for (body, status, code) in [
        (json!({"roles": ["MEMBER"]}), 409, "last_owner"),
        (json!({"status": "suspended"}), 409, "last_owner"),
        (json!({"roles": ["MEMBER", "DISPATCH"]}), 409, "last_owner"), // I-21 before I-22
        (json!({"roles": ["OWNER", "DISPATCH"]}), 403, "own_role"),
        (json!({"roles": []}), 422, "validation"),
        (json!({"roles": ["ADMIN"]}), 422, "validation"),
        (json!({"status": "ended"}), 422, "validation"),
        (json!({"role": "OWNER"}), 422, "validation"),
    ] {
        let answer = olga.patch(&me, body.clone(), "").await;
        assert_eq!((answer.status, answer.code()), (status, code), "{body}");
    }
    let unknown = olga.patch(&me, json!({"roles": ["ADMIN"]}), "").await;
    assert_eq!(
        unknown.body["errors"],
        json!([{"field": "roles", "code": "unknown_role"}])
    );
    assert_eq!(olga.delete(&me).await.code(), "last_owner");
    let same = olga.get(&me).await;
    assert_eq!(same.body["roles"], json!(["OWNER"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_owner_decides_about_owners_and_records_reviews() {
    let server = clinic().await;
    let olga = user(&server, "olga@example.test", "provider").await;
    let carl = user(&server, "carl@example.test", "config_user").await; // config Owner: users:write
    let owner = carl.post(&members(""), nora(&["OWNER"])).await;
    assert_eq!((owner.status, owner.code()), (403, "owner_only"));
    let promoted = carl
        .patch(
            &members(&format!("/{INA}")),
            json!({"roles": ["OWNER"]}),
            "",
        )
        .await;
    assert_eq!(promoted.code(), "owner_only");
    let moved = carl
        .patch(
            &members(&format!("/{INA}")),
            json!({"roles": ["DISPATCH"]}),
            "",
        )
        .await;
    assert_eq!(
        (moved.status, &moved.body["roles"]),
        (200, &json!(["DISPATCH"]))
    );
    let review = members(&format!("/{INA}/review"));
    assert_eq!(carl.post(&review, Value::Null).await.code(), "owner_only");

    let due = |body: &Value| body["review_due"].as_bool().unwrap();
    let ina = members(&format!("/{INA}"));
    assert!(!due(&olga.get(&ina).await.body));
    server.later(181 * 24 * 60 * 60);
    let olga = user(&server, "olga@example.test", "provider").await;
    assert!(due(&olga.get(&ina).await.body));
    let reviewed = olga.post(&review, Value::Null).await;
    assert_eq!((reviewed.status, due(&reviewed.body)), (200, false));
    assert!(reviewed.body["last_reviewed_at"].is_string());
}

/// N-10: rights end at the next request; a suspended member's grants end with them, and what
/// he holds as somebody else goes on.
#[tokio::test(flavor = "multi_thread")]
async fn n10_a_member_on_hold_can_do_nothing_and_comes_back() {
    let server = clinic().await;
    let olga = user(&server, "olga@example.test", "provider").await;
    let ina = user(&server, "ina@example.test", "provider").await;
    let own = Api::person(&server, "ina@example.test", INA).await;
    assert_eq!(ina.get("/me").await.code(), "insufficient_scope");
    let stale = olga.get(&members(&format!("/{INA}"))).await;
    let tag = stale.headers["etag"].to_str().unwrap().to_owned();
    let held = olga
        .patch(
            &members(&format!("/{INA}")),
            json!({"status": "suspended"}),
            &tag,
        )
        .await;
    assert_eq!(held.body["status"], "suspended");
    let again = olga
        .patch(
            &members(&format!("/{INA}")),
            json!({"status": "active"}),
            &tag,
        )
        .await;
    assert_eq!((again.status, again.code()), (412, "stale"));
    assert_eq!(ina.get("/me").await.code(), "invalid_token");
    assert_eq!(own.get("/me").await.status, 200); // as a consumer she goes on
    let back = olga
        .patch(
            &members(&format!("/{INA}")),
            json!({"status": "active"}),
            "",
        )
        .await;
    assert_eq!(back.body["status"], "active");
    assert_eq!(ina.get("/me").await.code(), "invalid_token"); // ended grants stay ended
}

#[tokio::test(flavor = "multi_thread")]
async fn support_helps_without_learning_or_setting_a_password() {
    let server = clinic().await;
    let olga = user(&server, "olga@example.test", "provider").await;
    let reset = members(&format!("/{INA}/reset-mail"));
    assert_eq!(olga.post(&reset, Value::Null).await.status, 204);
    let letter = server.letter().await;
    assert!(letter.contains("To: ina@example.test") && letter.contains("/reset-password?token="));

    let browser = Browser::new(&server.url);
    let page = browser.open("/sign-in").await;
    for _ in 0..6 {
        let wrong = [
            ("username", "ina@example.test"),
            ("password", "wrong wrong wrong"),
        ];
        browser.submit(&page, "login-form", &wrong).await;
    }
    let blocked = browser.sign_in(&page, "ina@example.test").await;
    assert_eq!(blocked.status, 429);
    let unlock = members(&format!("/{INA}/unlock"));
    assert_eq!(olga.post(&unlock, Value::Null).await.status, 204);
    assert_eq!(
        browser.sign_in(&page, "ina@example.test").await.url.path(),
        "/account"
    );
    let ina = user(&server, "ina@example.test", "provider").await;
    assert_eq!(
        ina.post(&unlock, Value::Null).await.code(),
        "insufficient_permission"
    );
}

/// Two managers at once: one OWNER stays, whoever is first.
#[tokio::test(flavor = "multi_thread")]
async fn i21_two_owners_who_leave_at_once_leave_one() {
    let server = clinic().await;
    let olga = user(&server, "olga@example.test", "provider").await;
    let promoted = olga
        .patch(
            &members(&format!("/{INA}")),
            json!({"roles": ["OWNER"]}),
            "",
        )
        .await;
    assert_eq!(promoted.status, 200);
    let ina = user(&server, "ina@example.test", "provider").await;
    let (olgas, inas) = (members(&format!("/{OLGA}")), members(&format!("/{INA}")));
    let (one, two) = tokio::join!(olga.delete(&olgas), ina.delete(&inas));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
}

#[tokio::test(flavor = "multi_thread")]
async fn n15_members_of_another_clinic_are_not_there() {
    let server = clinic().await;
    let olga = user(&server, "olga@example.test", "provider").await;
    let foreign = format!("/organizations/{OTHER}");
    for path in [
        format!("{foreign}/members"),
        format!("{foreign}/members/{OTTO}"),
        format!("{foreign}/config-users"),
        members(&format!("/{OTTO}")),
        members(&format!("/{JOHN}")), // a consumer, no member
        config_users(&format!("/{OTTO}")),
    ] {
        assert_eq!(olga.get(&path).await.code(), "not_found", "{path}");
    }
    let there = format!("{foreign}/members");
    let invited = olga.post(&there, nora(&["PROVIDER"])).await;
    assert_eq!(invited.code(), "not_found");
    let roles = json!({"roles": ["PROVIDER"]});
    let changed = olga.patch(&members(&format!("/{OTTO}")), roles, "").await;
    assert_eq!(changed.code(), "not_found");
    assert_eq!(server.letters().await, Vec::<String>::new());
}
