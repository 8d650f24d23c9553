//! The cookie by which a browser shows who signed in there before (`accounts::Device`).
use axum::http::{HeaderMap, header};
use axum::response::AppendHeaders;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use super::App;
use crate::{accounts::Device, id::AccountId};

/// How long a browser remembers, in days.
const DAYS: i64 = 180;

/// By https the cookie is tied to the very host.
const NAMES: [&str; 2] = ["__Host-known", "known"];

/// What the browser behind a request brought.
pub fn brought(headers: &HeaderMap) -> Option<Device> {
    let jar = CookieJar::from_headers(headers);
    let cookie = NAMES.iter().find_map(|name| jar.get(name))?;
    Device::read(cookie.value())
}

/// The header that makes the browser remember `account`, who proved who he is just now.
pub fn keep(
    app: &App,
    headers: &HeaderMap,
    account: AccountId,
) -> AppendHeaders<[(header::HeaderName, String); 1]> {
    let device = brought(headers).unwrap_or_else(|| Device::new(app.store.random()));
    let value = device.knowing(&app.passwords, account).write();
    let is_https = app.config.issuer.is_https();
    let [secure, plain] = NAMES;
    let cookie = Cookie::build((if is_https { secure } else { plain }, value))
        .path("/")
        .http_only(true)
        .secure(is_https)
        .same_site(SameSite::Lax)
        .max_age(time::Duration::days(DAYS));
    AppendHeaders([(header::SET_COOKIE, cookie.build().to_string())])
}
