//! HCPs out of a file, by pages.
use super::console;
use crate::{
    harness::{Browser, Page},
    hcps::{self, DATABASE, ORG, OTHER_DATABASE},
};

fn place() -> String {
    format!("/admin/{ORG}/hcp-import")
}

async fn upload(browser: &Browser, form: &Page, name: &str, file: &[u8]) -> Page {
    let database = ("database", DATABASE);
    let sent = browser.upload(form, &place(), database, (name, file)).await;
    browser.follow(sent).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_chosen_checked_imported_and_undone_by_pages() {
    let server = hcps::clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let form = olga.open(&place()).await;
    assert!(form.has("id=\"import-form\""), "{}", form.body);
    let file = b"First Name,Last Name,Email Address\nAnna,Berg,anna@example.test\nBram,,bram@example.test\n";
    let rows = upload(&olga, &form, "people.csv", file).await;
    assert_eq!(rows.status, 200);
    for words in [
        "people.csv",
        "Anna Berg",
        "Last Name is missing",
        "1 ready",
        "1 rejected",
    ] {
        assert!(rows.has(words), "{words}: {}", rows.body);
    }
    let csv = olga.get(&format!("{}/rejected.csv", rows.url.path())).await;
    assert!(csv.has("3,,Bram") || csv.has("3,Bram"), "{}", csv.body);
    let taken = olga.submit(&rows, "commit-form", &[]).await;
    let taken = olga.follow(taken).await;
    assert!(
        taken.has("Imported.") && taken.has("1 imported"),
        "{}",
        taken.body
    );
    assert!(!taken.has("id=\"commit-form\""));
    let again = olga.submit(&rows, "commit-form", &[]).await;
    assert_eq!(again.status, 409);
    assert!(again.has("These rows were imported before."));
    let undone = olga.submit(&taken, "undo-form", &[]).await;
    let undone = olga.follow(undone).await;
    assert!(undone.has("The import was undone."), "{}", undone.body);
}

/// The page says how far the import is, asks again by itself, and then shows the rows.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_under_way_shows_how_far_it_is() {
    let server = hcps::clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let form = olga.open(&place()).await;
    let file = b"First Name,Last Name,Email Address\nAnna,Berg,anna@example.test\n";
    let rows = upload(&olga, &form, "people.csv", file).await;
    let mut tx = server.write().await;
    tx.query(
        "UPDATE imports SET status = 'committing', rows_wanted = 400, rows_done = 200, moved_at = 0,
           doer = 'x', doer_type = 'machine'",
    )
    .run()
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let progress = olga.open(rows.url.path()).await;
    for words in [
        "200 of 400 rows are imported",
        "max=\"400\" value=\"200\"",
        "http-equiv=\"refresh\"",
    ] {
        assert!(progress.has(words), "{words}: {}", progress.body);
    }
    assert!(!progress.has("id=\"commit-form\"") && !progress.has("id=\"undo-form\""));
    let id = rows.url.path().rsplit('/').next().unwrap().parse().unwrap();
    let mut tell = |_| {};
    let done = tutela::imports::carry_out(server.store(), None, id, &mut tell);
    done.await.unwrap();
    let rows = olga.open(rows.url.path()).await;
    assert!(
        rows.has("1 imported") && rows.has("id=\"undo-form\""),
        "{}",
        rows.body
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_taken_is_said_beside_its_field() {
    let server = hcps::clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let form = olga.open(&place()).await;
    for (name, file, words) in [
        ("", "", "Choose a file."),
        ("a.pdf", "x", "We cannot read this kind of file"),
        ("a.csv", "First Name", "Last Name, Email Address"),
    ] {
        let page = upload(&olga, &form, name, file.as_bytes()).await;
        assert_eq!(page.status, 422, "{name}");
        assert!(
            page.has(words) && page.has("file-error"),
            "{name}: {}",
            page.body
        );
    }
}

/// N-15, the permission, and forms of foreign pages.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_imports() {
    let server = hcps::clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let form = olga.open(&place()).await;
    let file: (&str, &[u8]) = ("a.csv", b"First Name,Last Name,Email Address\n");
    let other = ("database", OTHER_DATABASE);
    let theirs = olga.upload(&form, &place(), other, file).await;
    assert_eq!(theirs.status, 404);
    let rows = upload(&olga, &form, file.0, file.1).await;
    let (mia, _) = console(&server, "mia@example.test").await;
    assert_eq!(mia.open(&place()).await.status, 403);
    assert_eq!(mia.open(rows.url.path()).await.status, 403);
    let foreign = mia
        .upload(&form, &place(), ("database", DATABASE), file)
        .await;
    assert_eq!(foreign.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_to_begin_with_is_there_and_everybody_in_it_can_be_invited() {
    let server = hcps::clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let form = olga.open(&format!("{}?database={DATABASE}", place())).await;
    assert!(form.has(&format!("value=\"{DATABASE}\" selected")));
    let example = olga.get(&format!("{}/hcps.csv", place())).await;
    let rows = upload(&olga, &form, "hcps.csv", example.body.as_bytes()).await;
    assert!(rows.has("2 ready"), "{}", rows.body);
    let taken = olga
        .submit(&rows, "commit-form", &[("invite", "yes")])
        .await;
    assert!(olga.follow(taken).await.has("2 imported"));
    assert_eq!(server.letters().await.len(), 2);
    let (mia, _) = console(&server, "mia@example.test").await;
    assert_eq!(mia.get(&format!("{}/hcps.csv", place())).await.status, 403);
}
