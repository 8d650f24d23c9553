//! What a browser calls itself, in a person's words: "Firefox on Windows". Good enough to
//! know one's own devices by; nothing is decided by it.
use crate::web::Texts;

/// By what a browser says, in the order in which it counts: most claim to be others, too.
const BROWSERS: [(&str, &str); 8] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// As [`BROWSERS`].
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
];

/// The browser behind a `User-Agent` header. One that is not known is called as it calls
/// itself.
pub(super) fn browser(t: &Texts, agent: Option<&str>) -> String {
    let Some(agent) = agent else {
        return t.get("unknown-browser");
    };
    match (among(&BROWSERS, agent), among(&SYSTEMS, agent)) {
        (Some(browser), Some(system)) => {
            t.with("browser-on", &[("browser", browser), ("system", system)])
        }
        _ => agent.to_owned(),
    }
}

fn among(names: &[(&'static str, &'static str)], agent: &str) -> Option<&'static str> {
    let found = names.iter().find(|(mark, _)| agent.contains(mark));
    found.map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_called_by_their_names() {
        let t = Texts::asked_for(&"/".parse().unwrap(), &Default::default());
        for (agent, expected) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
                "Chrome on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0",
                "Firefox on Mac",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
                "Samsung Internet on Android",
            ),
            ("curl/8.5.0", "curl/8.5.0"),
        ] {
            let shown = browser(&t, Some(agent));
            assert_eq!(shown.replace(['\u{2068}', '\u{2069}'], ""), expected);
        }
        assert_eq!(browser(&t, None), "Unknown browser");
    }
}
