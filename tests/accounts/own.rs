//! What a person does on the pages of his own account.
use crate::harness::{Browser, Page, Server};

/// A browser in which `who` is signed in.
pub(super) async fn signed_in(server: &Server, who: &str) -> Browser {
    let browser = Browser::new(&server.url);
    let page = browser.get("/sign-in").await;
    browser.sign_in(&page, who).await;
    browser
}

/// The id of the first form that begins so.
pub(super) fn form(page: &Page, begins: &str) -> String {
    let (_, rest) = page
        .body
        .split_once(&format!("id=\"{begins}"))
        .unwrap_or_else(|| panic!("no form {begins} in {}", page.body));
    format!("{begins}{}", rest.split_once('"').unwrap().0)
}
