//! Style sheet, script, fonts and drawings: compiled in, and served under the hash of
//! their contents, so that browsers keep them for a year and a new release is seen
//! at once. The style sheet names fonts and drawings relative to itself, inside the
//! same hashed folder.
use std::sync::LazyLock;

use axum::{
    Router,
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::Embed;

use crate::secret::Fingerprint;

#[derive(Embed)]
#[folder = "$CARGO_MANIFEST_DIR/templates/assets"]
struct Assets;

/// The hash of all names and contents, short.
static HASH: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Assets::iter().collect();
    names.sort();
    let parts: Vec<_> = names
        .iter()
        .filter_map(|name| {
            Some(format!(
                "{name} {}",
                hex::encode(Assets::get(name)?.metadata.sha256_hash())
            ))
        })
        .collect();
    Fingerprint::of(&parts.join("\n")).as_str()[..16].to_owned()
});

/// The address of the asset called `name`.
pub fn url(name: &str) -> String {
    format!("/static/{}/{name}", *HASH)
}

/// `GET /static/HASH/NAME`.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/static/{hash}/{*name}", get(show))
}

async fn show(Path((hash, name)): Path<(String, String)>) -> Response {
    let Some(asset) = Assets::get(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // Another hash is another release's: a node of that release may be serving the page
    // meanwhile. Ours is shown but not kept.
    let keep = if hash == *HASH {
        "public, max-age=31536000, immutable"
    } else {
        "no-store"
    };
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static(content_type(&name)),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static(keep)),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ];
    (headers, asset.data).into_response()
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_style_sheet_names_exists() {
        let css = Assets::get("tutela.css").unwrap();
        let css = std::str::from_utf8(&css.data).unwrap();
        let names: Vec<_> = css
            .split("url(\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .filter(|name| !name.starts_with("data:"))
            .collect();
        assert!(names.len() >= 4);
        for name in names {
            assert!(Assets::get(name).is_some(), "{name}");
        }
    }

    #[test]
    fn the_fonts_travel_with_their_licence() {
        assert!(Assets::get("fonts/OFL-1.1.txt").is_some());
    }
}
