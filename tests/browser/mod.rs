//! A real Chromium: the pages as people use them, with and without script.
mod account;
mod axe;
mod directory;
mod families;
mod form_post;
mod machines;
mod staff;

use std::process::{Child, Command, Stdio};

use thirtyfour::prelude::*;

use crate::{
    faults::free_port,
    harness::{App, PASSWORD, Server, Tokens, claims},
    oauth::SCOPE,
};

/// A browser window with a profile of its own.
struct Chromium {
    window: WebDriver,
    driver: Child,
    _profile: tempfile::TempDir,
}

impl Chromium {
    async fn start(script: Script) -> Self {
        let port = free_port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(); // `tests/run` installs it
        let profile = tempfile::tempdir().unwrap();
        let mut wanted = DesiredCapabilities::chrome();
        for argument in [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=390,844",
        ] {
            wanted.add_arg(argument).unwrap();
        }
        let folder = format!("--user-data-dir={}", profile.path().display());
        wanted.add_arg(&folder).unwrap();
        // What every page asks the network for, for tests that look at it.
        let all = thirtyfour::LoggingPrefsLogLevel::All;
        wanted
            .set_logging_prefs("performance".to_owned(), all)
            .unwrap();
        if script == Script::Off {
            let off =
                serde_json::json!({ "profile.managed_default_content_settings.javascript": 2 });
            wanted.add_experimental_option("prefs", off).unwrap();
        }
        let address = format!("http://127.0.0.1:{port}");
        while reqwest::get(format!("{address}/status")).await.is_err() {
            tokio::task::yield_now().await;
        }
        Self {
            window: WebDriver::new(&address, wanted).await.unwrap(),
            driver,
            _profile: profile,
        }
    }

    async fn element(&self, css: &str) -> WebElement {
        self.window.query(By::Css(css)).first().await.unwrap()
    }

    /// Waits until the address holds `part`, and gives the address.
    async fn at(&self, part: &str) -> url::Url {
        let wait = async {
            loop {
                let url = self.window.current_url().await.unwrap();
                if url.as_str().contains(part) {
                    return url;
                }
            }
        };
        let waited = tokio::time::timeout(std::time::Duration::from_secs(20), wait).await;
        waited.unwrap_or_else(|_| panic!("never at {part}"))
    }

    async fn goto(&self, address: &str) {
        self.window.goto(address).await.unwrap();
    }

    async fn type_in(&self, css: &str, text: impl Into<TypingData>) {
        let field = self.element(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    async fn click(&self, css: &str) {
        let found = self.element(css).await;
        found.scroll_into_view().await.unwrap();
        found.click().await.unwrap();
    }

    /// Waits until the page says so.
    async fn says(&self, words: &str) {
        let wait = async {
            loop {
                let source = self.window.source().await.unwrap();
                if source.contains(words) {
                    return;
                }
            }
        };
        let waited = tokio::time::timeout(std::time::Duration::from_secs(20), wait).await;
        if waited.is_err() {
            let source = self.window.source().await.unwrap();
            panic!("never says {words}: {source}");
        }
    }

    /// The tokens for the code that the browser brought back to the application.
    async fn tokens(&self, app: &App) -> Tokens {
        let back = self.at(&format!("{}?", app.redirect_uri)).await;
        let code = back.query_pairs().find(|(name, _)| name == "code");
        let code = code.unwrap_or_else(|| panic!("no code in {back}")).1;
        app.redeem(&code).await
    }

    /// Fills in the sign-in page that is open, and sends it.
    async fn sign_in(&self, who: &str, password: &str) {
        let username = self.element("#username").await;
        username.clear().await.unwrap();
        username.send_keys(who).await.unwrap();
        let field = self.element("#password").await;
        field
            .send_keys(password.to_owned() + Key::Enter)
            .await
            .unwrap();
    }

    /// Sends a form by its main button.
    async fn send(&self, form: &str) {
        self.click(&format!("#{form} button[type=submit]")).await;
    }

    async fn text(&self, css: &str) -> String {
        self.element(css).await.text().await.unwrap()
    }

    async fn close(mut self) {
        self.window.quit().await.unwrap();
        self.driver.kill().unwrap();
        self.driver.wait().unwrap();
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    On,
    Off,
}

/// From the first click to the code, by keyboard only.
async fn by_keyboard(script: Script) {
    let server = Server::spawn().await;
    let app = App::family(&server);
    let chromium = Chromium::start(script).await;
    let start = format!("{}{}", server.url, app.authorize(SCOPE, &[]));
    chromium.window.goto(&start).await.unwrap();
    chromium.at("/sign-in").await;
    assert_eq!(
        chromium.window.title().await.unwrap(),
        "Sign in to Family app – Tutela"
    );
    let username = chromium.element("#username").await;
    assert_eq!(
        username.attr("autocomplete").await.unwrap().as_deref(),
        Some("username webauthn")
    );
    username.send_keys("john@example.test").await.unwrap();
    let password = chromium.element("#password").await;
    password.send_keys(PASSWORD).await.unwrap();
    password.send_keys(Key::Enter + "").await.unwrap();
    chromium.at("/for").await;
    let emily = chromium.element("button[data-kind='dependent']").await;
    assert!(emily.text().await.unwrap().contains("Emily Doe"));
    emily.send_keys(Key::Enter + "").await.unwrap();
    chromium.at("/consent").await;
    assert!(
        chromium
            .element(".acting")
            .await
            .text()
            .await
            .unwrap()
            .contains("Emily Doe")
    );
    let allow = chromium.element("button[value='allow']").await;
    allow.send_keys(Key::Enter + "").await.unwrap();
    let tokens = chromium.tokens(&app).await;
    assert_eq!(claims(tokens.access())["sub"], crate::harness::EMILY);
    chromium.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_father_gets_to_his_app_by_keyboard() {
    by_keyboard(Script::On).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_father_gets_to_his_app_without_script() {
    by_keyboard(Script::Off).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_sign_in_says_so_first_and_keeps_what_was_typed() {
    let server = Server::spawn().await;
    let chromium = Chromium::start(Script::On).await;
    chromium
        .window
        .goto(format!("{}/sign-in", server.url))
        .await
        .unwrap();
    chromium
        .element("#username")
        .await
        .send_keys("john@example.test")
        .await
        .unwrap();
    let password = chromium.element("#password").await;
    password.send_keys("wrong" + Key::Enter).await.unwrap();
    let problem = chromium.element(".problem").await;
    assert!(
        problem
            .text()
            .await
            .unwrap()
            .contains("don’t match an account")
    );
    let focused = chromium.window.active_element().await.unwrap();
    assert_eq!(
        focused.attr("role").await.unwrap().as_deref(),
        Some("alert")
    );
    let username = chromium.element("#username").await;
    assert_eq!(
        username.prop("value").await.unwrap().as_deref(),
        Some("john@example.test")
    );
    assert_eq!(
        chromium
            .element("#password")
            .await
            .prop("value")
            .await
            .unwrap()
            .as_deref(),
        Some("")
    );
    chromium.close().await;
}
