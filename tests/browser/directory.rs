//! The directory in a real browser: what people do with HCPs, from the first to the last.
use std::path::Path;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use thirtyfour::prelude::*;

use super::{Chromium, Script, account::look};
use crate::{
    harness::{App, PASSWORD, Server},
    hcps::{DATABASE, ORG, clinic},
};

fn list(rest: &str) -> String {
    format!("/admin/databases/{DATABASE}/hcps{rest}")
}

/// Somebody at the console of a clinic.
struct Console {
    server: Server,
    chromium: Chromium,
}

impl Console {
    async fn open(script: Script) -> Self {
        let server = clinic().await;
        let chromium = Chromium::start(script).await;
        let console = Self { server, chromium };
        console.goto("/admin").await;
        console
            .chromium
            .sign_in("olga@example.test", PASSWORD)
            .await;
        console.chromium.at("/hcps").await;
        console
    }

    async fn goto(&self, place: &str) {
        let address = format!("{}{place}", self.server.url);
        self.chromium.window.goto(address).await.unwrap();
    }

    /// Adds a professional, and gives the address of the page.
    async fn add(&self, first: &str, last: &str, email: &str) -> String {
        self.goto(&list("/new")).await;
        self.chromium.type_in("#first_name", first).await;
        self.chromium.type_in("#last_name", last).await;
        self.chromium.type_in("#email", email).await;
        self.chromium.send("hcp-form").await;
        self.chromium.says("Added.").await;
        let url = self.chromium.window.current_url().await.unwrap();
        url.path().to_owned()
    }
}

async fn both_types_are_added_edited_and_deleted(script: Script) {
    let console = Console::open(script).await;
    console.chromium.says("No HCPs yet").await;
    console.goto(&list("/new?type=organization")).await;
    console.chromium.type_in("#name", "Northgate Clinic").await;
    console.chromium.send("hcp-form").await;
    console.chromium.says("Added.").await;
    console.chromium.says("PARENT_ORGANISATION_ID").await;

    console.goto(&list("/new")).await;
    console.chromium.type_in("#first_name", "Ann").await;
    console.chromium.type_in("#last_name", "Lee").await;
    console.chromium.type_in("#email", "ann@example.test").await;
    console
        .chromium
        .type_in("#parent_id", "northgate clinic")
        .await;
    console.chromium.send("hcp-form").await;
    console.chromium.says(">Northgate Clinic</a>").await;

    console.chromium.type_in("#first_name", "Anna").await;
    console.chromium.send("hcp-form").await;
    console.chromium.says("<h1>Anna Lee</h1>").await;

    console.goto(&list("?q=lee")).await;
    console.chromium.click("[popovertarget^='menu-']").await;
    console.chromium.click(".menu:popover-open a.danger").await;
    console.chromium.says("It can’t be undone.").await;
    console.chromium.type_in("#confirm", "Ann Lee").await;
    console.chromium.send("delete-form").await;
    console
        .chromium
        .says("Type the name as it stands here.")
        .await;
    console.chromium.type_in("#confirm", "Anna Lee").await;
    console.chromium.send("delete-form").await;
    console.chromium.says("Deleted.").await;
    let rest = console.chromium.text("table").await;
    assert!(rest.contains("Northgate Clinic") && !rest.contains("Anna Lee"));
    console.chromium.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_professional_and_an_organization_are_added_edited_and_deleted() {
    both_types_are_added_edited_and_deleted(Script::On).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_professional_and_an_organization_are_added_edited_and_deleted_without_script() {
    both_types_are_added_edited_and_deleted(Script::Off).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_is_copied_and_pasted() {
    let console = Console::open(Script::On).await;
    let place = console.add("Ann", "Lee", "ann@example.test").await;
    let id = place.rsplit('/').next().unwrap();
    console.chromium.click("[aria-label='Copy the ID']").await;
    console.chromium.element("[data-copy][data-done]").await;
    console.goto(&list("")).await;
    console
        .chromium
        .type_in("[name=q]", Key::Control + "v")
        .await;
    let field = console.chromium.element("[name=q]").await;
    let pasted = field.prop("value").await.unwrap();
    assert_eq!(pasted.as_deref(), Some(id));
    console.chromium.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_invited_accepts_and_that_is_seen() {
    let console = Console::open(Script::On).await;
    console.goto(&list("/new?type=organization")).await;
    console.chromium.type_in("#name", "Northgate Clinic").await;
    console.chromium.send("hcp-form").await;
    console.chromium.says("Added.").await;
    console.goto(&list("/new")).await;
    console.chromium.type_in("#first_name", "Tom").await;
    console.chromium.type_in("#last_name", "Becker").await;
    console.chromium.type_in("#email", "tom@example.test").await;
    console
        .chromium
        .type_in("#parent_id", "Northgate Clinic")
        .await;
    console.chromium.send("hcp-form").await;
    console.chromium.says("Not invited").await;
    console.chromium.click("#invite a").await;
    console.chromium.click("input[value=THERAPIST]").await;
    console.chromium.send("invite-form").await;
    console.chromium.says("Sent, not used yet").await;
    let letter = console.server.letter().await;
    let link = letter
        .lines()
        .find(|line| line.contains("/invitation?token="));

    let toms = Chromium::start(Script::On).await;
    toms.window.goto(link.unwrap()).await.unwrap();
    let password = toms.element("#password").await;
    password
        .send_keys("a walk along the river".to_owned() + Key::Enter)
        .await
        .unwrap();
    toms.at("/account").await;
    toms.close().await;

    console.goto(&list("?q=becker")).await;
    console.chromium.says("Accepted").await;
    console.chromium.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_made_used_once_and_deleted() {
    let console = Console::open(Script::On).await;
    let place = console.add("Ann", "Lee", "ann@example.test").await;
    let row = place.rsplit('/').next().unwrap();
    console.goto(&list(&format!("?open={row}"))).await;
    console.chromium.click(".expand a.boxed").await;
    console.chromium.type_in("#name", "Nightly sync").await;
    // The field for a moment is there once it is asked for.
    let custom = console
        .chromium
        .window
        .find(By::Id("custom-date"))
        .await
        .unwrap();
    assert!(!custom.is_displayed().await.unwrap());
    console.chromium.click("input[value=custom]").await;
    assert!(custom.is_displayed().await.unwrap());
    console.chromium.click("input[value='7']").await;
    console.chromium.send("token-form").await;
    console.chromium.says("Copy your token now").await;
    let token = console.chromium.text("#tok").await;
    console.chromium.click("[data-copy-from=tok]").await;
    console
        .chromium
        .element("[data-copy-from][data-done]")
        .await;
    let portal = App::portal(&console.server);
    assert_eq!(portal.introspect(&token).await["active"], true);

    console.chromium.click("main .buttons a").await;
    console.chromium.says("Last used").await;
    let source = console.chromium.window.source().await.unwrap();
    assert!(!source.contains(&token));
    console
        .chromium
        .click("form[id^=delete-token] button")
        .await;
    console.chromium.says("The token was deleted.").await;
    assert_eq!(portal.introspect(&token).await["active"], false);
    console.chromium.close().await;
}

/// N-13: whatever the browser asked the network for, none of it held the private key.
#[tokio::test(flavor = "multi_thread")]
async fn n_13_of_a_keypair_only_the_public_key_leaves_the_browser() {
    let console = Console::open(Script::On).await;
    let place = console.add("Ann", "Lee", "ann@example.test").await;
    console.goto(&format!("{place}/keypair")).await;
    console.chromium.click("[data-kp-agree]").await;
    console.chromium.click("[data-kp-make]").await;
    console
        .chromium
        .element("[data-kp-step=save]:not([hidden])")
        .await;
    let private = console.chromium.text("#kp-private").await;
    let public = console.chromium.text("#kp-public").await;
    assert!(private.len() > 2000 && public.starts_with("3082"));
    console
        .chromium
        .click("[data-kp-step=save] input[type=checkbox]")
        .await;
    console
        .chromium
        .click("[data-kp-step=save] button[type=submit]")
        .await;
    console.chromium.says("The public key was saved.").await;

    let log = console
        .chromium
        .window
        .get_log("performance")
        .await
        .unwrap();
    let requests: Vec<String> = log
        .into_iter()
        .map(|entry| entry.message)
        .filter(|message| message.contains("Network.requestWillBeSent"))
        .collect();
    let with = |part: &str| requests.iter().filter(|sent| sent.contains(part)).count();
    assert_eq!(with(&format!("public_key={public}")), 1, "{requests:?}");
    // The numbers that only the private key has, in hexadecimal and in base64.
    let bytes = hex::decode(&private).unwrap();
    for part in bytes[310..].chunks_exact(24) {
        assert_eq!(with(&hex::encode(part)), 0);
        assert_eq!(with(&STANDARD.encode(part)), 0);
        assert_eq!(with(&URL_SAFE_NO_PAD.encode(part)), 0);
    }
    // The API has the same public key, and the page offers it as files.
    console.chromium.says("public.pem").await;
    console.chromium.close().await;
}

/// A file beside others of the test's own.
fn written(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

async fn rejected_rows_are_mended_and_imported(script: Script) {
    const HEAD: &str = "First Name,Last Name,Email Address\nAnna,Berg,anna@example.test\n";
    let console = Console::open(script).await;
    let folder = tempfile::tempdir().unwrap();
    let wrong = written(
        folder.path(),
        "staff.csv",
        &format!("{HEAD}Bram,,bram@example.test\n"),
    );
    let mended = written(
        folder.path(),
        "mended.csv",
        &format!("{HEAD}Bram,Roe,bram@example.test\n"),
    );
    console.goto(&format!("/admin/{ORG}/hcp-import")).await;
    let file = console.chromium.element("#file").await;
    let none = written(folder.path(), "none.csv", "First Name\n");
    file.send_keys(&none).await.unwrap();
    console.chromium.send("import-form").await;
    console.chromium.says("These columns are missing").await;

    let file = console.chromium.element("#file").await;
    file.send_keys(&wrong).await.unwrap();
    console.chromium.send("import-form").await;
    console.chromium.says("Last Name is missing").await;
    console.chromium.says("1 rejected").await;
    console.chromium.click("main a[href*='?database=']").await;
    let file = console.chromium.element("#file").await;
    file.send_keys(&mended).await.unwrap();
    console.chromium.send("import-form").await;
    console.chromium.says("2 ready").await;
    console.chromium.send("commit-form").await;
    console.chromium.says("2 imported").await;
    console.goto(&list("")).await;
    let all = console.chromium.text("table").await;
    assert!(
        all.contains("Anna Berg") && all.contains("Bram Roe"),
        "{all}"
    );
    console.chromium.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_rows_of_a_file_are_mended_and_imported() {
    rejected_rows_are_mended_and_imported(Script::On).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_rows_of_a_file_are_mended_and_imported_without_script() {
    rejected_rows_are_mended_and_imported(Script::Off).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_the_directory_fit_a_phone_and_a_screen_reader() {
    let console = Console::open(Script::On).await;
    let place = console.add("Ann", "Lee", "ann@example.test").await;
    let id = place.rsplit('/').next().unwrap();
    let mut wrong = Vec::new();
    for place in [
        list(""),
        list(&format!("?open={id}")),
        list("?q=nobody"),
        list("/new"),
        list("/new?type=organization"),
        place.clone(),
        format!("{place}/invite"),
        format!("{place}/tokens"),
        format!("{place}/keypair"),
        format!("/admin/{ORG}/hcp-import"),
        format!("/admin/{ORG}/hcps?all=yes"),
    ] {
        console.goto(&place).await;
        wrong.extend(look(&console.chromium, &place).await);
    }
    assert_eq!(wrong, [""; 0]);
    console.chromium.close().await;
}
