//! The pages of the account on a phone: what a screen reader and a thumb need (UI.md 17).

use super::{Chromium, Script};
use crate::harness::{PASSWORD, Server};

/// Gives what is wrong with the page, one line each.
const LOOK: &str = r#"
const wrong = [];
const all = (css) => [...document.querySelectorAll(css)];
const seen = (e) => e.getClientRects().length > 0 && !e.closest("[aria-hidden=true]");
if (all("h1").length !== 1) wrong.push("h1: " + all("h1").length);
let level = 1;
for (const h of all("main h1, main h2, main h3")) {
  const n = Number(h.tagName[1]);
  if (n > level + 1) wrong.push("heading skips: " + h.textContent);
  level = n;
}
const ids = all("[id]").map((e) => e.id);
for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) wrong.push("id twice: " + id);
for (const name of ["aria-labelledby", "aria-describedby", "aria-controls"])
  for (const e of all(`[${name}]`))
    for (const id of e.getAttribute(name).trim().split(/\s+/))
      if (!document.getElementById(id)) wrong.push(`${name} leads nowhere: ${id}`);
for (const e of all("input:not([type=hidden]), select, textarea").filter(seen))
  if (!e.labels?.length && !e.ariaLabel) wrong.push("no label: " + e.name);
for (const e of all("a, button, summary").filter(seen)) {
  if (!e.textContent.trim() && !e.ariaLabel && !e.querySelector("[aria-label]")) wrong.push("no name: " + e.outerHTML);
  const box = e.getBoundingClientRect();
  const inText = getComputedStyle(e).display === "inline";
  if (!inText && box.height < 24) wrong.push(`too small: ${e.textContent.trim()} ${box.height}`);
}
if (document.documentElement.scrollWidth > innerWidth)
  wrong.push(`wider than the phone: ${document.documentElement.scrollWidth} > ${innerWidth}`);
if (document.documentElement.lang === "") wrong.push("no language");
return wrong;
"#;

pub(super) async fn look(chromium: &Chromium, place: &str) -> Vec<String> {
    let found = chromium.window.execute(LOOK, Vec::new()).await.unwrap();
    let wrong: Vec<String> = found.convert().unwrap();
    wrong
        .into_iter()
        .map(|it| format!("{place}: {it}"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_the_account_fit_a_phone_and_a_screen_reader() {
    let server = Server::spawn().await;
    let chromium = Chromium::start(Script::On).await;
    let open = async |place: &str| {
        let address = format!("{}{place}", server.url);
        chromium.window.goto(address).await.unwrap();
    };
    open("/sign-in").await;
    chromium.sign_in("john@example.test", PASSWORD).await;
    chromium.at("/account").await;
    let mut wrong = Vec::new();
    for place in [
        "/account",
        "/account/care",
        "/account/care/add",
        "/account/proxies",
        "/account/apps",
        "/account/sessions",
        "/account/security",
        "/account/security/password",
        "/account/security/identifier",
        "/account/security/close",
        "/account/activity",
        "/hand-over",
    ] {
        open(place).await;
        wrong.extend(look(&chromium, place).await);
    }
    // Where something is wrong with what was typed, the summary has the focus.
    open("/account/care/add").await;
    let send = chromium.element("#dependent-form button").await;
    send.click().await.unwrap();
    chromium.element(".problem").await;
    wrong.extend(look(&chromium, "a refused form").await);
    let focused = chromium.window.active_element().await.unwrap();
    let role = focused.attr("role").await.unwrap();
    assert_eq!(role.as_deref(), Some("alert"));
    assert_eq!(wrong, [""; 0]);
    chromium.close().await;
}
