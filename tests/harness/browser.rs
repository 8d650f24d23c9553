//! A browser without script: it keeps cookies, reads forms and follows one step at a time.
use std::collections::{BTreeSet, HashMap};

use reqwest::{
    Client,
    header::{ACCEPT, HeaderMap, HeaderValue},
    redirect::Policy,
};
use url::{Position, Url};

/// Somebody's browser.
pub(crate) struct Browser {
    http: Client,
    base: Url,
}

/// What it shows.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) url: Url,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: String,
}

impl Page {
    /// Where it leads.
    pub(crate) fn location(&self) -> Option<Url> {
        let location = self.headers.get("location")?.to_str().unwrap();
        Some(self.url.join(location).unwrap())
    }

    pub(crate) fn has(&self, text: &str) -> bool {
        self.body.contains(text)
    }

    /// The value of an attribute that follows `after` in the page.
    pub(crate) fn attribute(&self, after: &str, name: &str) -> String {
        let (_, rest) = self.body.split_once(after).unwrap_or_else(|| {
            panic!("no {after} in {} {}", self.status, self.body);
        });
        let (_, value) = rest.split_once(&format!("{name}=\"")).unwrap();
        value
            .split_once('"')
            .unwrap()
            .0
            .replace("&amp;", "&")
            .replace("&#38;", "&")
    }

    fn csrf(&self) -> String {
        self.attribute("name=\"csrf\"", "value")
    }

    /// Where its links and forms lead on the server, signing out left aside.
    pub(crate) fn links(&self) -> BTreeSet<String> {
        let targets = ["href=\"", "action=\""].map(|start| self.body.split(start).skip(1));
        let local = targets.into_iter().flatten().filter_map(|rest| {
            let target = rest.split('"').next()?;
            let target = target.replace("&amp;", "&").replace("&#38;", "&");
            let url = self.url.join(&target).ok()?;
            let path = &url[Position::BeforePath..Position::AfterQuery];
            (url.origin() == self.url.origin()).then(|| path.to_owned())
        });
        local
            .filter(|path| !path.starts_with("/assets") && !path.starts_with("/sign-out"))
            .collect()
    }

    /// The parameters of the query of where it leads.
    pub(crate) fn answer(&self) -> HashMap<String, String> {
        self.location()
            .unwrap()
            .query_pairs()
            .into_owned()
            .collect()
    }
}

impl Browser {
    /// A fresh browser that knows the server.
    pub(crate) fn new(server: &str) -> Self {
        let accepts = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("text/html"))]);
        let http = Client::builder()
            .cookie_store(true)
            .default_headers(accepts)
            .redirect(Policy::none());
        Self {
            http: http.build().unwrap(),
            base: Url::parse(server).unwrap(),
        }
    }

    pub(crate) async fn get(&self, address: &str) -> Page {
        let url = self.base.join(address).unwrap();
        let answer = self.http.get(url.clone()).send().await.unwrap();
        page(url, answer).await
    }

    /// Posts fields as they are, without a page's token.
    pub(crate) async fn post(&self, address: &str, fields: &[(&str, &str)]) -> Page {
        let url = self.base.join(address).unwrap();
        let answer = self
            .http
            .post(url.clone())
            .form(fields)
            .send()
            .await
            .unwrap();
        page(url, answer).await
    }

    /// Fills in the form `id` of `page` and sends it.
    pub(crate) async fn submit(&self, page: &Page, id: &str, fields: &[(&str, &str)]) -> Page {
        let form = format!("id=\"{id}\"");
        assert!(
            page.has(&form),
            "no form {id} in {} {}",
            page.status,
            page.body
        );
        let (_, rest) = page.body.split_once(&form).unwrap();
        let tag = rest.split_once('>').unwrap().0;
        let action = match tag.split_once("action=\"") {
            Some((_, rest)) => rest
                .split_once('"')
                .unwrap()
                .0
                .replace("&#38;", "&")
                .replace("&amp;", "&"),
            None => page.url.to_string(),
        };
        let csrf = page.csrf();
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend_from_slice(fields);
        let to = page.url.join(&action).unwrap();
        self.post(to.as_str(), &all).await
    }

    /// Sends a form of `page` with a file in it.
    pub(crate) async fn upload(
        &self,
        page: &Page,
        action: &str,
        (field, value): (&str, &str),
        (name, file): (&str, &[u8]),
    ) -> Page {
        const BOUNDARY: &str = "b0unDary-of-a-form";
        let part = |name: &str, value: &str| {
            format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            )
        };
        let fields = [part("csrf", &page.csrf()), part(field, value)].concat();
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
        );
        let end = format!("\r\n--{BOUNDARY}--\r\n");
        let body = [fields.as_bytes(), head.as_bytes(), file, end.as_bytes()].concat();
        let url = self.base.join(action).unwrap();
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let request = self.http.post(url.clone()).header("content-type", kind);
        self::page(url, request.body(body).send().await.unwrap()).await
    }

    /// Goes where `page` leads, as long as it stays on the server. Gives the last page, or
    /// the redirect that leads away.
    pub(crate) async fn follow(&self, mut page: Page) -> Page {
        for _ in 0..10 {
            match page.location() {
                Some(next) if next.origin() == self.base.origin() => {
                    page = self.get(next.as_str()).await;
                }
                _ => return page,
            }
        }
        panic!("redirects without end at {}", page.url);
    }

    /// Opens an address and follows.
    pub(crate) async fn open(&self, address: &str) -> Page {
        let page = self.get(address).await;
        self.follow(page).await
    }

    /// Signs in on a sign-in page and follows.
    pub(crate) async fn sign_in(&self, page: &Page, who: &str) -> Page {
        let fields = [("username", who), ("password", super::PASSWORD)];
        let answer = self.submit(page, "login-form", &fields).await;
        self.follow(answer).await
    }

    /// Chooses for whom to act and follows.
    pub(crate) async fn choose(&self, page: &Page, subject: &str) -> Page {
        self.choose_by(page, &format!("data-subject=\"{subject}\""))
            .await
    }

    /// Chooses in which capacity to act and follows.
    pub(crate) async fn choose_kind(&self, page: &Page, kind: &str) -> Page {
        self.choose_by(page, &format!("data-kind=\"{kind}\"")).await
    }

    async fn choose_by(&self, page: &Page, attribute: &str) -> Page {
        let (before, _) = page.body.split_once(attribute).unwrap();
        let (_, option) = before.rsplit_once("value=\"").unwrap();
        let option = option.split_once('"').unwrap().0;
        let answer = self
            .submit(page, "chooser-form", &[("option", option)])
            .await;
        self.follow(answer).await
    }

    /// Allows or denies and follows.
    pub(crate) async fn decide(&self, page: &Page, decision: &str) -> Page {
        let answer = self
            .submit(page, "consent-form", &[("decision", decision)])
            .await;
        self.follow(answer).await
    }
}

async fn page(url: Url, answer: reqwest::Response) -> Page {
    Page {
        status: answer.status().as_u16(),
        url,
        headers: answer.headers().clone(),
        body: answer.text().await.unwrap(),
    }
}
