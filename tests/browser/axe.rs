//! What axe-core finds wrong with the pages: nothing, in light and dark, at 1280 and at 390
//! pixels. It is a browser's matter, so it is looked at once, on SQLite.
use std::collections::BTreeSet;

use serde_json::json;

use super::{Chromium, Script};
use crate::{
    api::STAFF,
    harness::{App, Browser, EMILY, PASSWORD, Server},
    hcps,
    oauth::SCOPE,
};

/// Runs axe-core and gives a line per violation and element.
const RUN: &str = r#"
const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ["violations"] }).then((found) => {
  const lines = found.violations.flatMap((v) =>
    v.nodes.map((n) => `${v.id}: ${n.target.join(" ")}: ${n.failureSummary.split("\n")[1]}`));
  if (document.documentElement.scrollWidth > innerWidth)
    lines.push(`wider than the window: ${document.documentElement.scrollWidth} > ${innerWidth}`);
  done(lines);
}, (error) => done([String(error)]));
"#;

/// The source of axe-core, which `tests/run` installs. `None`: not to be run here.
fn axe() -> Option<String> {
    if std::env::var("TEST_POSTGRES").is_ok() {
        return None;
    }
    let path = std::env::var("TEST_AXE").unwrap(); // `tests/run` installs it
    Some(std::fs::read_to_string(path).unwrap())
}

/// Looks at the page that is open, in each of the four ways.
async fn look(chromium: &Chromium, axe: &str, place: &str, wrong: &mut BTreeSet<String>) {
    let tools = chromium.window.cdp();
    chromium.window.execute(axe, Vec::new()).await.unwrap();
    for (width, mobile) in [(1280, false), (390, true)] {
        let size = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": mobile});
        let sized = tools.send_raw("Emulation.setDeviceMetricsOverride", size);
        sized.await.unwrap();
        for scheme in ["light", "dark"] {
            let media = json!({"features": [
                {"name": "prefers-color-scheme", "value": scheme},
                {"name": "prefers-reduced-motion", "value": "reduce"},
            ]});
            let shown = tools.send_raw("Emulation.setEmulatedMedia", media);
            shown.await.unwrap();
            let found = chromium.window.execute_async(RUN, Vec::new()).await;
            let found: Vec<String> = found.unwrap().convert().unwrap();
            let told = found
                .into_iter()
                .map(|it| format!("{place} {width} {scheme}: {it}"));
            wrong.extend(told);
        }
    }
}

/// The pages that links lead to, one of each kind, as `who` sees them.
async fn places(server: &Server, who: &str) -> BTreeSet<String> {
    let browser = Browser::new(&server.url);
    let page = browser.open("/sign-in").await;
    browser.sign_in(&page, who).await;
    let mut waiting: Vec<String> = ["/account", "/admin"].map(str::to_owned).to_vec();
    let (mut kinds, mut places) = (BTreeSet::new(), BTreeSet::new());
    while let Some(path) = waiting.pop() {
        let is_one_of_many = |part: &str| {
            let is_role =
                !part.is_empty() && part.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
            is_role || part.len() > 30 || part.bytes().any(|b| b.is_ascii_digit())
        };
        let kind = |part: &str| match is_one_of_many(part) {
            true => "…".to_owned(),
            false => part.to_owned(),
        };
        let shape = path.split('?').next().unwrap();
        let shape: Vec<_> = shape.split('/').map(kind).collect();
        if !kinds.insert(shape.join("/")) {
            continue;
        }
        let page = browser.open(&path).await;
        if page.status == 200 && page.has("<html") {
            waiting.extend(page.links());
            places.insert(page.url.path().to_owned());
        }
    }
    places
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_wrong_with_what_strangers_see() {
    let Some(axe) = axe() else { return };
    let server = Server::spawn().await;
    let chromium = Chromium::start(Script::On).await;
    let mut wrong = BTreeSet::new();
    for place in [
        "/sign-in",
        "/sign-up?client_id=family-app",
        "/forgot-password",
        "/reset-password?token=none",
        "/verify",
        "/invitation?token=none",
        "/hand-over",
        "/sign-out",
        "/authorize?client_id=nobody",
        "/nowhere",
        "/api/docs",
    ] {
        let url = format!("{}{place}", server.url);
        chromium.window.goto(&url).await.unwrap();
        look(&chromium, &axe, place, &mut wrong).await;
    }
    // A refused sign-in, then the way to the application.
    let app = App::family(&server);
    let start = format!("{}{}", server.url, app.authorize(SCOPE, &[]));
    chromium.window.goto(&start).await.unwrap();
    chromium.sign_in("john@example.test", "wrong").await;
    chromium.element(".problem").await;
    look(&chromium, &axe, "refused", &mut wrong).await;
    chromium.sign_in("john@example.test", PASSWORD).await;
    chromium.at("/for").await;
    look(&chromium, &axe, "chooser", &mut wrong).await;
    let emily = format!("button[data-subject='{EMILY}']");
    chromium.element(&emily).await.click().await.unwrap();
    chromium.at("/consent").await;
    look(&chromium, &axe, "consent", &mut wrong).await;
    chromium.close().await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_wrong_with_the_account_and_the_console() {
    let Some(axe) = axe() else { return };
    let server = hcps::clinic().await;
    server.apply(STAFF).await;
    let api = hcps::olga(&server).await;
    let parent = hcps::make(&api, hcps::organization("Cardiology")).await;
    let mut nora = hcps::person("Nora", "Berg", "nora@example.test");
    nora["parent_id"] = json!(parent);
    hcps::make(&api, nora).await;
    let mut wrong = BTreeSet::new();
    for who in ["olga@example.test", "john@example.test"] {
        let chromium = Chromium::start(Script::On).await;
        let page = format!("{}/sign-in", server.url);
        chromium.window.goto(&page).await.unwrap();
        chromium.sign_in(who, PASSWORD).await;
        chromium.at("/account").await;
        let places = places(&server, who).await;
        assert!(places.len() > 7, "{places:?}");
        for place in places {
            let url = format!("{}{place}", server.url);
            chromium.window.goto(&url).await.unwrap();
            look(&chromium, &axe, &place, &mut wrong).await;
        }
        chromium.close().await;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
