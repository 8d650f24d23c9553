//! Service accounts by pages.
use super::{ORG, at, clinic, console};
use crate::{
    exchange::own_token,
    harness::{App, BOT, Browser, Page, Server},
};

const HOUR: i64 = 3600;

fn machine(server: &Server, id: &str, key: &str) -> App {
    let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    App::machine(server, leak(id), leak(key))
}

/// The key that a page shows once.
fn shown(page: &Page) -> String {
    assert_eq!(page.status, 200, "{}", page.body);
    let (_, rest) = page.body.split_once("<code id=\"key\">").unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}

/// The address of the only link of the page that ends with `deed`.
fn link(page: &Page, deed: &str) -> String {
    let (before, _) = page.body.split_once(&format!("{deed}\"")).unwrap();
    format!("{}{deed}", before.rsplit_once('"').unwrap().1)
}

/// What the machine was when the form was opened.
fn seen(edit: &Page) -> String {
    let (_, rest) = edit.body.split_once("name=\"seen\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

/// Changes the machine's keys by the form.
async fn with_keys(olga: &Browser, edit: &Page, jwks: &str, jwks_uri: &str) -> Page {
    let seen = seen(edit);
    let fields = [
        ("name", "Signer"),
        ("modes", "application"),
        ("status", "active"),
        ("seen", seen.as_str()),
        ("jwks", jwks),
        ("jwks_uri", jwks_uri),
    ];
    let sent = olga.submit(edit, "service-account-form", &fields).await;
    olga.follow(sent).await
}

/// Keys of its own are pasted or named by their address; a private one is refused.
#[tokio::test(flavor = "multi_thread")]
async fn public_keys_are_registered_by_the_form() {
    let server = clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let page = added(&olga, "Signer").await;
    let edit_place = format!("{}/edit", page.url.path());
    let edit = olga.open(&edit_place).await;
    let (x, y) = (
        "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    );
    let key = format!(r#""kty":"EC","crv":"P-256","alg":"ES256","x":"{x}","y":"{y}""#);
    let public = format!(r#"{{"keys":[{{{key}}}]}}"#);
    let private = format!(r#"{{"keys":[{{{key},"d":"AAAA"}}]}}"#);
    let uri = "https://bot.example/jwks";
    for (jwks, jwks_uri, fault) in [
        (private.as_str(), "", "This is a private key."),
        ("keys", "", "This is no JWK set."),
        ("", "bot", "Write a full web address."),
        (&public, uri, "not both"),
    ] {
        let refused = with_keys(&olga, &edit, jwks, jwks_uri).await;
        assert_eq!(refused.status, 422, "{fault}");
        assert!(refused.has(fault), "{fault}: {}", refused.body);
        assert!(!refused.has("AAAA"), "it is not shown again");
    }
    assert_eq!(with_keys(&olga, &edit, &public, "").await.status, 200);
    let edit = olga.open(&edit_place).await;
    assert!(edit.has(x));
    assert_eq!(with_keys(&olga, &edit, "", uri).await.status, 200);
    let edit = olga.open(&edit_place).await;
    assert!(edit.has(uri) && !edit.has(x));
}

/// A machine that Olga adds by the form; its page.
async fn added(olga: &Browser, name: &str) -> Page {
    let form = olga.open(&at("/service-accounts/new")).await;
    let right = [
        ("name", name),
        ("modes", "application"),
        ("scopes", "system/Appointment.rs\nhcp:read"),
        ("purposes", "HOPERAT"),
        ("tokens_per_day", "1000"),
    ];
    let made = olga.submit(&form, "service-account-form", &right).await;
    let page = olga.follow(made).await;
    assert!(page.has("Added. Now make a key for it."), "{}", page.body);
    page
}

async fn new_key(olga: &Browser, page: &Page, name: &str) -> String {
    let form = olga.open(&format!("{}/keys/new", page.url.path())).await;
    let fields = [("name", name), ("days", "90")];
    shown(&olga.submit(&form, "key-form", &fields).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_is_added_changed_and_deleted_by_pages() {
    let server = clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let list = olga.open(&at("/service-accounts")).await;
    assert!(list.has("Reminder bot") && list.has("30 Jun 2027"));
    let form = olga.open(&at("/service-accounts/new")).await;
    let wrong = [
        ("name", ""),
        ("scopes", "openid system/Everything"),
        ("audiences", "nowhere"),
        ("requests_per_minute", "0"),
    ];
    let again = olga.submit(&form, "service-account-form", &wrong).await;
    assert_eq!(again.status, 422);
    for field in [
        "name",
        "modes",
        "scopes",
        "audiences",
        "requests_per_minute",
    ] {
        assert!(again.has(&format!("id=\"{field}-error\"")), "{field}");
    }
    assert!(again.has("openid system/Everything")); // what was typed stays
    let taken = [("name", "Reminder bot"), ("modes", "provider")];
    let again = olga.submit(&form, "service-account-form", &taken).await;
    assert!(again.has("Another service account has this name."));

    let page = added(&olga, "Night watch").await;
    let here = page.url.path().to_owned();
    for text in [
        "Acts as itself",
        "system/Appointment.rs",
        "hcp:read",
        "1000",
    ] {
        assert!(page.has(text), "{text}");
    }
    let key = new_key(&olga, &page, "first").await;
    assert!(!olga.open(&here).await.has(&key)); // N-12
    let id = here.rsplit_once('/').unwrap().1.to_owned();
    let bot = machine(&server, &id, &key);
    own_token(&bot).await;
    server.count_use().await;
    let page = olga.open(&here).await;
    assert!(page.has("1 token in the last 30 days") && page.has("<title>1 Dec: 1</title>"));
    assert!(page.has("<th scope=\"row\">1 Dec</th><td class=\"num\">1</td>"));

    let edit = olga.open(&format!("{here}/edit")).await;
    let seen = seen(&edit);
    let rest = [
        ("seen", seen.as_str()),
        ("name", "Night watch"),
        ("modes", "provider"),
        ("scopes", "system/Appointment.rs"),
        ("status", "disabled"),
    ];
    let saved = olga.submit(&edit, "service-account-form", &rest).await;
    assert!(olga.follow(saved).await.has("Acts for providers"));
    // Whoever opened the form before does not undo that.
    let late = olga.submit(&edit, "service-account-form", &rest).await;
    assert_eq!(late.status, 422);
    assert!(late.has("Somebody changed this meanwhile"), "{}", late.body);
    let asked = [("grant_type", "client_credentials")];
    assert_eq!(bot.post("/token", &asked).await.error(), "invalid_client");

    let delete = olga.open(&format!("{here}/delete")).await;
    assert!(delete.has("1 key stops working now.") && delete.has("Nobody lets it act"));
    let refused = olga
        .submit(&delete, "delete-form", &[("confirm", "night")])
        .await;
    assert_eq!(refused.status, 422);
    let confirm = [("confirm", "Night watch")];
    let gone = olga.submit(&delete, "delete-form", &confirm).await;
    let list = olga.follow(gone).await;
    assert!(list.has("is gone") && !list.has("Night watch"));
    assert_eq!(olga.open(&here).await.status, 404);
}

/// I-41: guided, one deed, both keys work meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_rotated_by_one_form_and_a_leaked_one_ended() {
    let server = clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let page = added(&olga, "Night watch").await;
    let here = page.url.path().to_owned();
    let first = new_key(&olga, &page, "first").await;
    let page = olga.open(&here).await;
    let rotate = olga.open(&link(&page, "/rotate")).await;
    assert!(rotate.has("Both work until 2 Dec 2026") && rotate.has("Stop it now"));
    let made = olga.submit(&rotate, "rotate-form", &[("overlap", "24"), ("days", "0")]);
    let made = made.await;
    let second = shown(&made);
    assert!(
        made.has("“first” works until 2 December 2026"),
        "{}",
        made.body
    );
    let twice = olga
        .submit(&rotate, "rotate-form", &[("overlap", "24")])
        .await;
    assert_eq!(twice.status, 409);
    assert!(twice.has("Somebody rotated this key already."));
    let page = olga.open(&here).await;
    assert!(page.has("first 2") && page.has("Works until 2 Dec 2026"));
    let id = here.rsplit_once('/').unwrap().1;
    let (old, new) = (machine(&server, id, &first), machine(&server, id, &second));
    own_token(&old).await;
    own_token(&new).await;

    let (_, of_old) = page.body.split_once("Works until").unwrap();
    let (_, rest) = of_old.split_once("href=\"").unwrap();
    let leaked = olga.open(rest.split_once('"').unwrap().0).await;
    let ended = olga.submit(&leaked, "revoke-form", &[]).await;
    assert!(olga.follow(ended).await.has("The key ended."));
    let asked = [("grant_type", "client_credentials")];
    assert_eq!(old.post("/token", &asked).await.error(), "invalid_client");
    own_token(&new).await;
    assert_eq!(olga.open(leaked.url.path()).await.status, 404);
}

/// SECURITY.md 6.5.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_signed_in_long_ago_proves_himself_before_he_touches_a_key() {
    let server = clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let page = olga.open(&at(&format!("/service-accounts/{BOT}"))).await;
    let rotate = olga.open(&link(&page, "/rotate")).await;
    server.later(601);
    let page = olga.open(page.url.path()).await;
    assert_eq!(page.status, 200); // looking needs nothing
    for deed in ["/edit", "/delete", "/keys/new"] {
        let asked = olga.open(&format!("{}{deed}", page.url.path())).await;
        assert_eq!(asked.url.path(), "/sign-in", "{deed}");
    }
    let sent = olga
        .submit(&rotate, "rotate-form", &[("overlap", "24")])
        .await;
    let asked = olga.follow(sent).await;
    assert_eq!(asked.url.path(), "/sign-in");
    let back = olga.sign_in(&asked, "olga@example.test").await;
    assert_eq!(back.url.path(), rotate.url.path());
    let made = olga.submit(&back, "rotate-form", &[("overlap", "0")]).await;
    assert!(shown(&made).starts_with("tsk_"));
}

/// What one may not do is absent, and refused where it is asked for nevertheless.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_only_reads_sees_no_buttons() {
    let server = clinic().await;
    server
        .apply(&format!(
            r#"
[[organizations]]
id = "{ORG}"
name = "Example Clinic"

[[organizations.people]]
given_name = "Rita"
family_name = "Reader"
email = "rita@example.test"
password = "correct horse battery staple"
config = {{ role = "member", permissions = ["service_accounts:read"] }}

[[organizations.people]]
given_name = "Will"
family_name = "Writer"
email = "will@example.test"
password = "correct horse battery staple"
config = {{ role = "member", permissions = ["service_accounts:read", "service_accounts:write"] }}

[[organizations.service_accounts]]
id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0b09"
name = "Strong"
modes = ["application"]
scopes = ["hcp:write"]
api_keys = [{{ name = "first", secret = "tsk_development_only_strong", expires_at = "2026-12-10T12:00:00Z" }}]
"#
        ))
        .await;
    let (rita, page) = console(&server, "rita@example.test").await;
    assert!(page.has("Needs your attention") && page.has("“first” ends on 10 Dec 2026"));
    let page = rita.open(&at("/service-accounts")).await;
    assert!(page.has("Reminder bot") && page.has("Key ends soon"));
    let bot = at(&format!("/service-accounts/{BOT}"));
    let page = rita.open(&bot).await;
    for deed in ["/new\"", "/edit\"", "/delete\"", "/rotate\"", "/revoke\""] {
        assert!(!page.has(deed), "{deed}");
    }
    for deed in [
        "/service-accounts/new",
        &format!("/service-accounts/{BOT}/keys/new"),
    ] {
        assert_eq!(rita.open(&at(deed)).await.status, 403);
    }
    let (will, _) = console(&server, "will@example.test").await;
    let strong = at("/service-accounts/7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0b09");
    let page = will.open(&strong).await;
    assert!(page.has("/revoke\"") && !page.has("/rotate\"") && page.has("ends soon"));
    assert_eq!(will.open(&format!("{strong}/keys/new")).await.status, 403);
    let form = will.open(&at("/service-accounts/new")).await;
    let more = [
        ("name", "x"),
        ("modes", "application"),
        ("scopes", "hcp:write"),
    ];
    let refused = will.submit(&form, "service-account-form", &more).await;
    assert!(refused.has("You can only give what you may do yourself."));

    let (otto, _) = console(&server, "otto@example.test").await;
    assert_eq!(otto.open(&bot).await.status, 404); // N-15
    let other = bot.replace(ORG, super::OTHER);
    assert_eq!(otto.open(&other).await.status, 404);
    server.later(91 * 24 * HOUR);
    let (olga, _) = console(&server, "olga@example.test").await;
    assert!(olga.open(&bot).await.has("over 90 days old"));
}
