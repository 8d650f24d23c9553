//! The administration's pages, as somebody without script uses them.
use crate::{
    api::client::Api,
    harness::{App, Browser, Page, Server},
};

const DATABASE: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0101";
const PEOPLE: &str = include_str!("../hcps/hcps.toml");

async fn clinic() -> Server {
    let server = Server::spawn().await;
    server.apply(PEOPLE).await;
    server
}

fn list(rest: &str) -> String {
    format!("/admin/databases/{DATABASE}/hcps{rest}")
}

/// A browser in which `username` has opened the administration, and what it showed.
async fn opened(server: &Server, username: &str) -> (Browser, Page) {
    let browser = Browser::new(&server.url);
    let page = browser.open("/admin").await;
    let page = browser.sign_in(&page, username).await;
    (browser, page)
}

/// Sends a form and goes where it leads.
async fn send(browser: &Browser, page: &Page, form: &str, fields: &[(&str, &str)]) -> Page {
    let answer = browser.submit(page, form, fields).await;
    browser.follow(answer).await
}

/// Adds a professional and gives the page of it.
async fn add(browser: &Browser, first: &str, last: &str, email: &str) -> Page {
    let page = browser.get(&list("/new")).await;
    let fields = [
        ("type", "professional"),
        ("first_name", first),
        ("last_name", last),
        ("email", email),
    ];
    send(browser, &page, "hcp-form", &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_manages_one_directory_lands_in_it_and_others_are_told_so() {
    let server = clinic().await;
    let (_, page) = opened(&server, "olga@example.test").await;
    assert_eq!((page.status, page.url.path()), (200, list("").as_str()));
    assert!(page.has("Example Clinic"));
    let (browser, page) = opened(&server, "john@example.test").await;
    assert_eq!(page.status, 403);
    assert_eq!(browser.get(&list("")).await.status, 404); // N-15
    let (browser, _) = opened(&server, "otto@example.test").await;
    assert_eq!(browser.get(&list("")).await.status, 404);
    let (browser, page) = opened(&server, "mia@example.test").await;
    assert!(!page.has("Add User"), "she only reads");
    assert_eq!(browser.get(&list("/new")).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hcp_is_added_found_edited_disabled_and_deleted() {
    let server = clinic().await;
    let (browser, _) = opened(&server, "olga@example.test").await;
    let page = browser.get(&list("/new")).await;
    let unfit = browser
        .submit(&page, "hcp-form", &[("type", "professional")])
        .await;
    assert_eq!(unfit.status, 422);
    assert!(unfit.has("id=\"first_name-error\"") && unfit.has("id=\"email-error\""));
    let ann = add(&browser, "Ann", "Lee", "ann@example.test").await;
    assert!(
        ann.has("Added.") && ann.has("<h1>Ann Lee</h1>"),
        "{}",
        ann.body
    );
    add(&browser, "Bo", "Roe", "bo@example.test").await;
    let found = browser.get(&list("?q=lee")).await;
    assert!(found.has("ann@example.test") && !found.has("bo@example.test"));
    assert!(
        browser
            .get(&list("?q=x"))
            .await
            .has("Type at least two letters.")
    );

    let place = ann.url.path().to_owned();
    let edited = |version| {
        vec![
            ("first_name", "Anna"),
            ("last_name", "Lee"),
            ("email", "ann@example.test"),
            ("phone", "+32 470 12 34 56"),
            ("version", version),
        ]
    };
    let saved = send(&browser, &ann, "hcp-form", &edited("1")).await;
    assert!(saved.has("Saved.") && saved.has("+32470123456"));
    let stale = browser.submit(&ann, "hcp-form", &edited("1")).await;
    assert_eq!(stale.status, 422);
    assert!(stale.has("Somebody changed this meanwhile."));
    let page = browser.get(&place).await;
    let disabled = send(&browser, &page, "status-form", &[("status", "disabled")]).await;
    assert!(disabled.has("Disabled"));
    assert!(browser.get(&list("?status=disabled")).await.has("Anna Lee"));

    let wrong = browser
        .submit(&disabled, "delete-form", &[("confirm", "Ann")])
        .await;
    assert_eq!(wrong.status, 422);
    let deleted = send(&browser, &wrong, "delete-form", &[("confirm", "Anna Lee")]).await;
    assert_eq!(deleted.url.path(), list(""));
    assert!(deleted.has("Deleted.") && !deleted.has("Anna Lee"));
    assert_eq!(browser.get(&place).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_read_page_by_page_in_either_order() {
    let server = clinic().await;
    let (browser, _) = opened(&server, "olga@example.test").await;
    for n in 0..30 {
        add(
            &browser,
            "Ann",
            &format!("Lee{n:02}"),
            &format!("a{n}@example.test"),
        )
        .await;
    }
    let first = browser.get(&list("")).await;
    assert!(first.has("Ann Lee00") && first.has("Ann Lee24") && !first.has("Ann Lee25"));
    let (before, _) = first.body.split_once("\" rel=\"next\"").unwrap();
    let next = before
        .rsplit_once("href=\"")
        .unwrap()
        .1
        .replace("&#38;", "&");
    let second = browser.get(&next).await;
    assert!(second.has("Ann Lee25") && second.has("Ann Lee29") && !second.has("Ann Lee24"));
    assert!(!second.has("rel=\"next\"") && second.has("First page"));
    assert!(browser.get(&list("?sort=-name")).await.has("Ann Lee29"));
}

/// N-12.
#[tokio::test(flavor = "multi_thread")]
async fn n_12_a_token_is_shown_on_one_page_only() {
    let server = clinic().await;
    let (browser, _) = opened(&server, "olga@example.test").await;
    let ann = add(&browser, "Ann", "Lee", "ann@example.test").await;
    let new = [("name", "Nightly sync"), ("days", "30")];
    let shown = browser.submit(&ann, "token-form", &new).await;
    assert_eq!(shown.status, 200);
    let (_, rest) = shown.body.split_once("<code id=\"tok\">").unwrap();
    let token = rest.split_once('<').unwrap().0.to_owned();
    let known = App::portal(&server).introspect(&token).await;
    assert_eq!(known["principal_type"], "hcp");
    let page = browser.get(ann.url.path()).await;
    assert!(page.has("Nightly sync") && !page.has(&token));
    let again = browser.submit(&page, "token-form", &new).await;
    assert_eq!(again.status, 422);
    let id = known["jti"].as_str().unwrap();
    let page = send(&browser, &page, &format!("delete-token-{id}"), &[]).await;
    assert!(page.has("The token was deleted."));
    let known = App::portal(&server).introspect(&token).await;
    assert_eq!(known["active"], false);
}

/// N-13.
#[tokio::test(flavor = "multi_thread")]
async fn n_13_a_public_key_is_saved_and_a_private_one_refused() {
    let server = clinic().await;
    let (browser, _) = opened(&server, "olga@example.test").await;
    let ann = add(&browser, "Ann", "Lee", "ann@example.test").await;
    let private =
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n-----END PRIVATE KEY-----";
    let refused = browser
        .submit(&ann, "key-form", &[("public_key", private)])
        .await;
    assert_eq!(refused.status, 422);
    assert!(refused.has("This is a private key.") && !refused.has("MIIEvQIBADAN"));
    let keypair = browser.get(&format!("{}/keypair", ann.url.path())).await;
    assert!(keypair.has("data-keypair") && !keypair.has("name=\"private"));
    let jwk = serde_json::json!({"jwk": {"kty": "RSA", "e": "AQAB", "n": modulus()}});
    let api = Api::console(
        &server,
        "olga@example.test",
        "openid hcp:read hcp:keys hcp:write",
    )
    .await;
    let bo = serde_json::json!({"type": "organization", "name": "Bo"});
    let bo = api
        .post(&format!("/databases/{DATABASE}/hcps"), bo)
        .await
        .text("id");
    let keys = format!("/databases/{DATABASE}/hcps/{bo}/keys");
    let spki = api.post(&keys, jwk).await;
    let (spki, id) = (spki.text("spki_hex"), spki.text("id"));
    let taken = browser
        .submit(&ann, "key-form", &[("public_key", spki.as_str())])
        .await;
    assert!(taken.has("This database has this key already."));
    api.delete(&format!("{keys}/{id}")).await;
    let saved = send(&browser, &ann, "key-form", &[("public_key", spki.as_str())]).await;
    assert!(saved.has("The public key was saved."));
    let (_, rest) = saved.body.split_once("id=\"remove-key-").unwrap();
    let form = format!("remove-key-{}", rest.split_once('"').unwrap().0);
    let removed = send(&browser, &saved, &form, &[]).await;
    assert!(removed.has("The public key was removed."));
}

fn modulus() -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let mut bytes = vec![0xc1; 256];
    bytes[255] = 0xc7;
    URL_SAFE_NO_PAD.encode(bytes)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_person_behind_an_hcp_is_invited_from_its_page() {
    let server = clinic().await;
    let (browser, _) = opened(&server, "olga@example.test").await;
    let page = add(&browser, "Tom", "Becker", "tom@example.test").await;
    assert!(page.has("Not invited"));
    let sent = send(&browser, &page, "invite-form", &[]).await;
    assert!(sent.has("The invitation is on its way.") && sent.has("Sent, not used yet"));
    assert!(server.letter().await.contains("/invitation?token="));
    // Nobody gives himself a role (I-22).
    let own = add(&browser, "Olga", "Owner", "olga@example.test").await;
    let refused = browser.submit(&own, "invite-form", &[]).await;
    assert!(
        refused.has("You cannot give yourself a role."),
        "{}",
        refused.body
    );
}
