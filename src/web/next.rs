//! Where a person goes after signing in (SECURITY.md 2.3).
//!
//! Never an address that somebody else chose: only an authorization request of ours by
//! its id, or a path on this server whose every character is known to be harmless.
use std::fmt;

use super::{Fields, paths};
use crate::id::AuthorizationRequestId;

/// A path on this server, as `/account` or `/admin?tab=hcps`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalPath(String);

impl LocalPath {
    /// Takes `text` if it is a plain path, with or without a query: segments of letters,
    /// digits and `-._~`, none of them empty, `.` or `..`. Nothing is decoded or mended,
    /// so there is nothing that a browser could read differently.
    pub fn parse(text: &str) -> Option<Self> {
        let (path, query) = match text.split_once('?') {
            Some((path, query)) => (path, query),
            None => (text, ""),
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        let is_segment =
            |s: &str| !s.is_empty() && s.chars().all(is_plain) && s.chars().any(|c| c != '.');
        let is_path = path == "/" || path.strip_prefix('/')?.split('/').all(is_segment);
        let is_query = query.chars().all(|c| is_plain(c) || "=&+".contains(c));
        (text.len() <= 512 && is_path && is_query).then(|| Self(text.to_owned()))
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LocalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a person goes after signing in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Next {
    /// To his account.
    #[default]
    Account,
    /// Back to the authorization request that sent him.
    Authorization(AuthorizationRequestId),
    /// To the page he asked for.
    Page(LocalPath),
}

impl Next {
    /// What the query of a page says: `request=ID` or `next=PATH`. What is neither, or
    /// not harmless, leads to the account.
    pub fn asked_for(query: &Fields) -> Self {
        let request = query.one("request").and_then(|id| id.parse().ok());
        let page = query.one("next").and_then(LocalPath::parse);
        match (request, page) {
            (Some(id), _) => Self::Authorization(id),
            (None, Some(path)) => Self::Page(path),
            (None, None) => Self::Account,
        }
    }

    /// The authorization request, if that is where it leads.
    pub fn request(&self) -> Option<AuthorizationRequestId> {
        match self {
            Self::Authorization(id) => Some(*id),
            Self::Account | Self::Page(_) => None,
        }
    }

    /// The address to go to.
    pub fn url(&self) -> String {
        match self {
            Self::Account => paths::account(),
            Self::Authorization(id) => paths::authorize_step(*id),
            Self::Page(path) => path.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn next(query: &str) -> Next {
        Next::asked_for(&Fields::parse(query.as_bytes()).unwrap_or_default())
    }

    #[test]
    fn plain_paths_are_kept() {
        for path in [
            "/",
            "/account",
            "/admin/hcps",
            "/admin/hcps?sort=-name&after=a.b~c",
            "/account/x-1_y",
        ] {
            assert_eq!(LocalPath::parse(path).unwrap().as_str(), path);
        }
    }

    /// SECURITY.md 2.3.
    #[test]
    fn no_known_bypass_is_taken_for_a_path() {
        for bypass in [
            "",
            "account",
            "//evil.example",
            "///evil.example",
            "////evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "\\\\evil.example",
            "/\\/evil.example",
            "/account\\..\\evil",
            "/\tevil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/\r/evil.example",
            "\t//evil.example",
            " //evil.example",
            "/ /evil.example",
            "/%2f/evil.example",
            "/%2Fevil.example",
            "%2f%2fevil.example",
            "/%5cevil.example",
            "/%5Cevil.example",
            "/%09/evil.example",
            "/%0a/evil.example",
            "/%0d%0aLocation:%20https://evil.example",
            "/\u{0}/evil.example",
            "/.//evil.example",
            "/..//evil.example",
            "/./evil",
            "/../evil",
            "/account/../../evil",
            "/account/..;/evil",
            "/account//evil",
            "/account/",
            "https://evil.example",
            "HTTPS://evil.example",
            "https:evil.example",
            "https:/evil.example",
            "http:\\\\evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "/javascript:alert(1)",
            "/account@evil.example",
            "@evil.example",
            "//user@evil.example",
            ".evil.example",
            "/account#//evil.example",
            "/account?next=//evil.example",
            "/account?next=https://evil.example",
            "/account?x=%0d%0a",
            "?//evil.example",
            "/\u{2044}evil.example",
            "/\u{ff0f}evil.example",
            "/\u{3002}evil",
            "/evil\u{202e}",
        ] {
            assert_eq!(LocalPath::parse(bypass), None, "{bypass:?}");
        }
    }

    #[test]
    fn anything_else_leads_to_the_account() {
        assert_eq!(next("next=//evil.example"), Next::Account);
        assert_eq!(next("next=/account&next=/admin"), Next::Account);
        assert_eq!(next("request=https://evil.example"), Next::Account);
        assert_eq!(next("next=/admin").url(), "/admin");
        let id = "0190b5a0-0000-7000-8000-000000000001";
        assert_eq!(
            next(&format!("request={id}&next=/x")).url(),
            format!("/authorize/{id}")
        );
    }

    proptest! {
        #[test]
        fn a_path_always_stays_on_this_server(text in "[/\\\\.a-z%:@?#&=;\t\n ]{0,12}") {
            let here = url::Url::parse("https://id.example.com/sign-in").unwrap();
            if let Some(path) = LocalPath::parse(&text) {
                let there = here.join(path.as_str()).unwrap();
                prop_assert_eq!(there.origin(), here.origin());
                prop_assert_eq!(&there[url::Position::BeforePath..], path.as_str());
            }
        }
    }
}
