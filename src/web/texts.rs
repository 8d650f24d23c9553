//! The words of the pages, in the visitor's language.
//!
//! They are Fluent files in `templates/locales/LANGUAGE/`, compiled in. The languages
//! are those that have files. The visitor's is the first that fits of: `ui_locales`
//! in the query, the cookie that remembers it, `Accept-Language`, English.
use std::{borrow::Cow, collections::HashMap};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Uri, header, request::Parts},
};
use axum_extra::extract::CookieJar;
use fluent_langneg::{NegotiationStrategy, negotiate_languages};
use fluent_templates::{LanguageIdentifier, Loader, fluent_bundle::FluentValue, langid};

use super::Fields;
use crate::clock::Timestamp;

fluent_templates::static_loader! {
    static LOCALES = {
        locales: "./templates/locales",
        fallback_language: "en",
        customise: |bundle| bundle.set_use_isolating(false), // no right-to-left language ships
    };
}

/// The cookie that remembers a chosen language.
pub(super) const COOKIE: &str = "tutela_language";
/// The query parameter that chooses one, as OpenID Connect names it.
const PARAMETER: &str = "ui_locales";
/// The query parameters that a change of language keeps.
const KEPT: [&str; 2] = ["request", "next"];

/// A language that pages exist in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its BCP 47 tag.
    pub tag: String,
    /// Its own name for itself.
    pub name: String,
}

/// The words of the pages in one language. Pages take it as an extractor and hold it
/// as `t`.
#[derive(Debug, Clone)]
pub struct Texts {
    language: LanguageIdentifier,
    /// Whether the visitor chose it just now.
    is_chosen: bool,
    kept: Vec<(String, String)>,
}

impl Texts {
    /// In the language that `uri` and `headers` ask for.
    pub fn asked_for(uri: &Uri, headers: &HeaderMap) -> Self {
        let query = Fields::of_query(uri.query());
        let chosen = query.one(PARAMETER).unwrap_or_default();
        let cookie = CookieJar::from_headers(headers);
        let remembered = cookie.get(COOKIE).map_or("", |cookie| cookie.value());
        let accepted = headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let by_choice = lookup(&tags(chosen));
        Self {
            is_chosen: by_choice.is_some(),
            language: by_choice
                .or_else(|| lookup(&tags(remembered)))
                .or_else(|| lookup(&by_preference(accepted)))
                .unwrap_or(langid!("en")),
            kept: KEPT
                .iter()
                .filter_map(|name| Some(((*name).to_owned(), query.one(name)?.to_owned())))
                .collect(),
        }
    }

    /// The text called `key`. `key` is a literal: a test holds that it exists in every
    /// language.
    pub fn get(&self, key: &str) -> String {
        LOCALES.lookup(&self.language, key)
    }

    /// The text called `key`, with words filled in.
    pub fn with(&self, key: &str, words: &[(&'static str, &str)]) -> String {
        let words = words.iter();
        self.fill(
            key,
            words.map(|(name, word)| (*name, FluentValue::from(*word))),
        )
    }

    /// The text called `key`, in the number that `count` asks for; it is named `count`.
    pub fn count(&self, key: &str, count: i64) -> String {
        self.fill(key, [("count", FluentValue::from(count))])
    }

    /// A moment as people write it: "22 November 2026, 21:04 UTC".
    pub fn moment(&self, at: Timestamp) -> String {
        let at = at.to_jiff().to_zoned(jiff::tz::TimeZone::UTC);
        self.moment_there(at.datetime(), "UTC")
    }

    /// A moment as the clocks of a time zone show it: "22 November 2026, 22:04 Europe/Brussels".
    pub fn moment_there(&self, at: jiff::civil::DateTime, zone: &str) -> String {
        let number = |n: i64| FluentValue::from(n.to_string());
        let parts = [
            ("day", number(at.day().into())),
            ("month", FluentValue::from(i64::from(at.month()))),
            ("year", number(at.year().into())),
            (
                "time",
                format!("{:02}:{:02}", at.hour(), at.minute()).into(),
            ),
            ("zone", zone.into()),
        ];
        self.fill("moment", parts)
    }

    /// A wait in words: "1 minute", "15 minutes", "30 seconds".
    pub fn wait(&self, seconds: i64) -> String {
        match seconds {
            ..60 => self.count("seconds", seconds.max(1)),
            60..7200 => self.count("minutes", (seconds + 59) / 60),
            _ => self.count("hours", (seconds + 3599) / 3600),
        }
    }

    fn fill<'a>(
        &self,
        key: &str,
        words: impl IntoIterator<Item = (&'static str, FluentValue<'a>)>,
    ) -> String {
        let words: HashMap<Cow<'static, str>, FluentValue<'a>> = words
            .into_iter()
            .map(|(name, value)| (Cow::Borrowed(name), value))
            .collect();
        LOCALES.lookup_with_args(&self.language, key, &words)
    }

    /// The BCP 47 tag of the language.
    pub fn language(&self) -> String {
        self.language.to_string()
    }

    /// The languages one may choose from.
    pub fn choices(&self) -> Vec<Choice> {
        let mut choices: Vec<_> = LOCALES
            .locales()
            .map(|language| Choice {
                tag: language.to_string(),
                name: LOCALES.lookup(language, "language-name"),
            })
            .collect();
        choices.sort_by(|a, b| a.tag.cmp(&b.tag));
        choices
    }

    /// The query parameters that a change of language keeps.
    pub fn kept(&self) -> &[(String, String)] {
        &self.kept
    }

    /// Whether the visitor chose the language with this very request.
    pub(super) fn is_chosen(&self) -> bool {
        self.is_chosen
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Texts {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        if let Some(texts) = parts.extensions.get::<Self>() {
            return Ok(texts.clone());
        }
        let texts = Self::asked_for(&parts.uri, &parts.headers);
        parts.extensions.insert(texts.clone());
        Ok(texts)
    }
}

/// The language we have that fits the first of `wanted` that any fits.
fn lookup(wanted: &[LanguageIdentifier]) -> Option<LanguageIdentifier> {
    let have: Vec<_> = LOCALES.locales().cloned().collect();
    let found = negotiate_languages(wanted, &have, None, NegotiationStrategy::Lookup);
    found.first().map(|language| (*language).clone())
}

/// The tags of a list such as `fr-BE en`; what is no tag is left out.
fn tags(list: &str) -> Vec<LanguageIdentifier> {
    list.split(' ').filter_map(|tag| tag.parse().ok()).collect()
}

/// The tags of an `Accept-Language` header, the most wanted first (RFC 9110 §12.5.4).
fn by_preference(header: &str) -> Vec<LanguageIdentifier> {
    let mut weighed: Vec<(f32, LanguageIdentifier)> = header
        .split(',')
        .filter_map(|entry| {
            let (tag, weight) = entry.split_once(';').unwrap_or((entry, "q=1"));
            let weight: f32 = weight.trim().strip_prefix("q=")?.parse().ok()?;
            (weight > 0.0).then_some((weight, tag.trim().parse().ok()?))
        })
        .collect();
    weighed.sort_by(|a, b| b.0.total_cmp(&a.0));
    weighed.into_iter().map(|(_, tag)| tag).collect()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    fn texts(uri: &str, headers: &[(header::HeaderName, &str)]) -> Texts {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(name, value.parse().unwrap());
        }
        Texts::asked_for(&uri.parse().unwrap(), &map)
    }

    fn english() -> Texts {
        texts("/", &[])
    }

    /// Every file below `folder` whose name ends with `ending`, as one text.
    fn source(folder: &str, ending: &str) -> String {
        fn walk(folder: &Path, ending: &str, all: &mut String) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, ending, all);
                } else if path.to_str().unwrap().ends_with(ending) {
                    all.push_str(&fs::read_to_string(path).unwrap());
                    all.push('\n');
                }
            }
        }
        let mut all = String::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        walk(&root.join(folder), ending, &mut all);
        all
    }

    /// The literals that follow `call` in `source`, where `call` is not the end of a longer
    /// name.
    fn literals<'a>(source: &'a str, call: &str) -> BTreeSet<&'a str> {
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        source
            .match_indices(call)
            .filter(|(at, _)| !source[..*at].ends_with(is_name))
            .filter_map(|(at, _)| source[at + call.len()..].split('"').next())
            .collect()
    }

    /// The keys of a language, each of which stands in one place only: a second would fail
    /// when the first page is shown.
    fn keys(language: &str) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        for line in source(&format!("templates/locales/{language}"), ".ftl").lines() {
            let is_key = line.starts_with(|c: char| c.is_ascii_lowercase());
            if let Some((key, _)) = line.split_once(" =").filter(|_| is_key) {
                assert!(
                    keys.insert(key.to_owned()),
                    "{language}: {key} stands twice"
                );
            }
        }
        keys
    }

    #[test]
    fn every_text_is_used_and_exists_in_every_language() {
        let sources = source("templates", ".html") + source("src", ".rs").as_str();
        let english = keys("en");
        for choice in english_choices() {
            assert_eq!(keys(&choice), english, "{choice}");
        }
        for key in &english {
            assert!(sources.contains(&format!("\"{key}\"")), "{key} is not used");
        }
        for call in ["t.get(\"", "t.with(\"", "t.count(\""] {
            for key in literals(&sources, call) {
                assert!(english.contains(key), "{key} does not exist");
            }
        }
    }

    fn english_choices() -> Vec<String> {
        english().choices().into_iter().map(|c| c.tag).collect()
    }

    #[test]
    fn every_icon_that_templates_draw_exists() {
        let templates = source("templates", ".html");
        let icons: Vec<_> = ["m::icon(\"", " icon(\""]
            .iter()
            .flat_map(|call| literals(&templates, call))
            .collect();
        assert!(icons.len() > 5);
        for icon in icons {
            assert_ne!(super::super::icon::shapes(icon), "", "{icon}");
        }
    }

    /// UI.md 15 and 17.4.
    #[test]
    fn no_template_holds_inline_style_or_script() {
        let templates = source("templates", ".html").to_lowercase();
        let page = templates.replace("type=\"module\"></script>", "");
        for inline in [
            "style=",
            "<style",
            "</script>",
            "javascript:",
            " onclick=",
            " onload=",
        ] {
            assert!(!page.contains(inline), "{inline}");
        }
    }

    #[test]
    fn the_first_language_that_we_have_is_taken() {
        let accept = |value| texts("/", &[(header::ACCEPT_LANGUAGE, value)]).language();
        assert_eq!(accept("xx, en-GB;q=0.5"), "en");
        assert_eq!(accept(";;,=,"), "en");
        let chosen = texts("/sign-in?ui_locales=zz+en-US&next=/account", &[]);
        assert!(chosen.is_chosen());
        assert_eq!(chosen.kept(), [("next".to_owned(), "/account".to_owned())]);
        assert!(!texts("/?ui_locales=zz", &[(header::COOKIE, "tutela_language=en")]).is_chosen());
    }

    #[test]
    fn preferences_are_read_by_weight() {
        let tags: Vec<_> = by_preference("fr;q=0.5, de-CH, *;q=0.1, nl;q=0, en;q=0.8, ;;")
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(tags, ["de-CH", "en", "fr"]);
    }

    #[test]
    fn waits_and_moments_are_words() {
        let t = english();
        let waits = [0, 1, 59, 60, 61, 900, 86_400].map(|seconds| t.wait(seconds));
        assert_eq!(
            waits,
            [
                "1 second",
                "1 second",
                "59 seconds",
                "1 minute",
                "2 minutes",
                "15 minutes",
                "24 hours"
            ]
        );
        let at = Timestamp::parse("2026-11-22T21:04:11Z").unwrap();
        assert_eq!(t.moment(at), "22 November 2026, 21:04 UTC");
        assert_eq!(t.with("hello", &[("name", "<Ann>")]), "Hello, <Ann>");
    }
}
