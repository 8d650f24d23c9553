//! Pages of a list. A cursor names the last thing of the page before, and is proven by the
//! server's key, so that nobody reads a list from where he likes (SECURITY.md 6.4).
use axum::{extract::FromRequestParts, http::request::Parts};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{json::List, problem::Problem};
use crate::web::{App, Fields};

/// Things on a page that names no number, and at most.
const USUAL: usize = 50;
const MOST: usize = 100;
/// Bytes of the proof.
const PROOF: usize = 16;

/// Which page is asked for: `limit`, `cursor`, and whatever else the query filters by.
pub(super) struct Paging {
    app: App,
    path: String,
    /// Things on the page.
    limit: usize,
    /// The last thing of the page before; empty for the first page.
    after: String,
    /// The other fields of the query.
    pub(super) filters: Fields,
}

impl FromRequestParts<App> for Paging {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let unfit = |_| Problem::field("query", "invalid");
        let mut filters = Fields::parse(query.as_bytes()).map_err(unfit)?;
        if let Some(name) = filters.repeated() {
            return Err(Problem::field(name, "repeated"));
        }
        let limit = match filters.one("limit") {
            None => USUAL,
            Some(text) => match text.parse() {
                Ok(limit) if (1..=MOST).contains(&limit) => limit,
                _ => return Err(Problem::field("limit", "out_of_range")),
            },
        };
        let path = parts.uri.path().to_owned();
        let after = match filters.one("cursor") {
            None => String::new(),
            Some(cursor) => {
                opened(app, &path, cursor).ok_or(Problem::field("cursor", "invalid"))?
            }
        };
        filters.remove("limit");
        filters.remove("cursor");
        Ok(Self {
            app: app.clone(),
            path,
            limit,
            after,
            filters,
        })
    }
}

impl Paging {
    /// A filter's value, read as what it must be; `None` when the query does not name it.
    ///
    /// # Errors
    /// `validation`, with the filter's name.
    pub(super) fn parsed<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Problem> {
        let text = self.filters.one(name);
        let value = text.map(str::parse).transpose();
        value.map_err(|_| Problem::field(name, "invalid"))
    }

    /// Where the page starts: after the thing with this key. Empty for the first page.
    pub(super) fn after(&self) -> &str {
        &self.after
    }

    /// Most things on the page.
    pub(super) fn limit(&self) -> i64 {
        i64::try_from(self.limit).unwrap_or(i64::MAX)
    }

    /// What the next page is asked with, when it starts after the thing with this key.
    pub(super) fn cursor(&self, key: &str) -> String {
        sealed(&self.app, &self.path, key)
    }

    /// How many rows to ask for: one more than the page holds, to know whether it is the last.
    pub(super) fn rows(&self) -> i64 {
        self.limit().saturating_add(1)
    }

    /// The page of what was found, up to [`Paging::rows`] things in order of `key`.
    pub(super) fn list<T>(&self, mut found: Vec<T>, key: impl Fn(&T) -> String) -> List<T> {
        let is_more = found.len() > self.limit;
        found.truncate(self.limit);
        let last = found.last().filter(|_| is_more);
        let next = last.map(|last| self.cursor(&key(last)));
        List { items: found, next }
    }
}

fn proof(app: &App, path: &str, key: &str) -> [u8; 32] {
    app.keys
        .mac("api cursor", &[path.as_bytes(), key.as_bytes()])
}

fn sealed(app: &App, path: &str, key: &str) -> String {
    let mut bytes = proof(app, path, key)[..PROOF].to_vec();
    bytes.extend_from_slice(key.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn opened(app: &App, path: &str, cursor: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (given, key) = bytes.split_at_checked(PROOF)?;
    let key = String::from_utf8(key.to_vec()).ok()?;
    let right = proof(app, path, &key);
    let is_ours = subtle::ConstantTimeEq::ct_eq(given, &right[..PROOF]);
    bool::from(is_ours).then_some(key)
}
