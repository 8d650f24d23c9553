//! After a deed one goes to a page, which says what was done: `?done=…`.
use axum::response::{IntoResponse, Redirect, Response};

use super::{Fields, Texts};

/// Goes to `place`, which says what was done.
pub fn done(place: &str, deed: &str) -> Response {
    Redirect::to(&format!("{place}?done={deed}")).into_response()
}

/// What was done in words, when the query names one of `deeds`, each with the key of its words.
pub fn said(t: &Texts, query: &Fields, deeds: &[(&str, &'static str)]) -> Option<String> {
    let done = query.one("done");
    let deed = deeds.iter().find(|(name, _)| Some(*name) == done);
    deed.map(|(_, words)| t.get(words))
}
