//! Solutions and directories by pages.
use super::console;
use crate::{
    harness::{Browser, Page},
    hcps::{self, DATABASE, ORG},
};

async fn send(browser: &Browser, page: &Page, form: &str, field: (&str, &str)) -> Page {
    let answer = browser.submit(page, form, &[field]).await;
    browser.follow(answer).await
}

/// The address before `text` in the page.
fn link_of(page: &Page, text: &str) -> String {
    let (before, _) = page.body.split_once(text).unwrap();
    let (_, link) = before.rsplit_once("href=\"").unwrap();
    link.split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn solutions_and_directories_are_made_switched_renamed_and_archived_by_pages() {
    let server = hcps::clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let all = format!("/admin/{ORG}/hcps?all=yes");
    let page = olga.open(&all).await;
    assert!(page.has("Family app"), "{}", page.body);
    let made = send(&olga, &page, "solution-form", ("name", "Home care")).await;
    assert!(made.has("Added.") && made.has("<h1>Home care</h1>"));
    let again = olga
        .submit(&page, "solution-form", &[("name", "Home care")])
        .await;
    assert_eq!(again.status, 422);
    assert!(again.has("Something here is called so already."));
    let solution = made.url.path().to_owned();
    let listed = send(&olga, &made, "database-form", ("database", "North")).await;
    assert!(listed.has("<strong>North</strong>"), "{}", listed.body);
    let empty = olga.submit(&made, "database-form", &[]).await;
    assert!(empty.status == 422 && empty.has("database-error"));

    // The header goes over to it, and back.
    let here = olga
        .open(&format!("/admin/databases/{DATABASE}/hcps"))
        .await;
    assert!(here.has("\">Home care</a>") && here.has("All solutions and databases"));
    let north = link_of(&listed, "\"><strong>North</strong>");
    let there = olga.open(&north).await;
    assert!(there.has("No HCPs yet") && there.has("\">Family app</a>"));
    assert!(there.has(&format!("/admin/databases/{DATABASE}/hcps")));

    let settings = link_of(&listed, "<span class=\"sr\"> North</span>");
    let database = olga.open(&settings).await;
    let renamed = send(&olga, &database, "rename-form", ("name", "South")).await;
    assert!(renamed.has("Saved.") && renamed.has("<h1>South</h1>"));
    let wrong = olga
        .submit(&renamed, "archive-form", &[("confirm", "North")])
        .await;
    assert_eq!(wrong.status, 422);
    let gone = send(&olga, &renamed, "archive-form", ("confirm", "South")).await;
    assert!(gone.has("Archived.") && !gone.has("South"), "{}", gone.body);
    assert_eq!(olga.open(&north).await.status, 404);

    let page = olga.open(&solution).await;
    let renamed = send(&olga, &page, "rename-form", ("name", "Care at home")).await;
    assert!(renamed.has("<h1>Care at home</h1>"));
    let taken = olga
        .submit(&renamed, "rename-form", &[("name", "Family app")])
        .await;
    assert!(taken.status == 422 && taken.has("Something here is called so already."));
    let confirm = ("confirm", "Care at home");
    let gone = send(&olga, &renamed, "archive-form", confirm).await;
    assert!(gone.has("Archived.") && !gone.has("Care at home"));
    let page = olga.open(&all).await;
    let again = send(&olga, &page, "solution-form", ("name", "Care at home")).await;
    assert!(again.has("Added."));
}

/// N-15, and the permission.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_changes_no_solution() {
    let server = hcps::clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let page = olga.open(&format!("/admin/{ORG}/hcps?all=yes")).await;
    let made = send(&olga, &page, "solution-form", ("name", "Home care")).await;
    let (mia, page) = console(&server, "mia@example.test").await;
    assert_eq!(page.status, 200);
    let all = mia.open(&format!("/admin/{ORG}/hcps?all=yes")).await;
    assert!(all.has("Family app") && !all.has("solution-form"));
    assert_eq!(mia.open(made.url.path()).await.status, 403);
    let (otto, _) = console(&server, "otto@example.test").await;
    assert_eq!(otto.open(made.url.path()).await.status, 404);
}
